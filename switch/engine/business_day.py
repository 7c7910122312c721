"""Business dates: which one it is, when the next begins, and which year a DE15 means.

A business date begins at a time of day in Morocco. One that begins at noon or later is named
after the day that follows, as most of it lies there: with `20:00` the date of 25 November begins
on the 24th in the evening. A date never goes back: the hour that repeats when Ramadan begins does
not undo a cut-over, and the hour that is skipped when it ends loses none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache

from switch.runtime import CASABLANCA

NOON = 12 * 60
MINUTE = timedelta(minutes=1)
MINUTES_TO_SCAN = 27 * 60
"""More than the longest day: one of 25 hours."""


def local_date(now: datetime) -> date:
    """The date in Morocco."""
    return now.astimezone(CASABLANCA).date()


def date_due(now: datetime, begins: int) -> date:
    """The business date by the clock, when dates begin at `begins` minutes after midnight."""
    there = now.astimezone(CASABLANCA)
    begun = there.hour * 60 + there.minute >= begins
    day = there.date()
    if begins >= NOON:
        return day + timedelta(days=1) if begun else day
    return day if begun else day - timedelta(days=1)


def next_beginning(now: datetime, begins: int) -> datetime:
    """The instant at which the next business date begins; after `now`, to the minute."""
    due = date_due(now, begins)
    # Minute by minute: whatever the clocks do in between is then seen as it happens.
    at = now.replace(second=0, microsecond=0) + MINUTE
    for _ in range(MINUTES_TO_SCAN):
        if date_due(at, begins) > due:
            break
        at += MINUTE
    return at


def in_de15(day: date) -> str:
    """
    >>> in_de15(date(2026, 11, 24))
    '1124'
    """
    return f"{day.month:02}{day.day:02}"


@lru_cache(maxsize=64)
def from_de15(text: str, near: date) -> date | None:
    """The date that DE15 means: of all years, the nearest to `near`. None when there is none.

    >>> from_de15("0101", date(2026, 12, 31)), from_de15("1231", date(2027, 1, 1))
    (datetime.date(2027, 1, 1), datetime.date(2026, 12, 31))
    """
    if not (len(text) == 4 and text.isascii() and text.isdigit()):
        return None
    month, day = int(text[:2]), int(text[2:])
    found = []
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            found.append(date(year, month, day))
        except ValueError:
            continue  # 29 February, in a year that has none
    return min(found, key=lambda each: abs(each - near), default=None)


class BusinessDays:
    """The business date of each party, as the journal has them: ours, and those of links."""

    def __init__(self, ours: date, parties: Mapping[str, date] | None = None) -> None:
        self.ours = ours
        self._parties = dict(parties or {})

    def of(self, party: str) -> date:
        """The date of a link or a listener; ours, when it has none of its own."""
        return self._parties.get(party, self.ours)

    def known(self, party: str) -> date | None:
        """Its own date, None when it has none."""
        return self._parties.get(party)

    def moved(self, party: str, day: date) -> None:
        """A party has cut over; the empty name is us."""
        if party:
            self._parties[party] = day
        else:
            self.ours = day
