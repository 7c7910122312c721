"""Business dates by the clock of Morocco: through Ramadan, over years, never backwards."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.engine.business_day import (
    BusinessDays,
    date_due,
    from_de15,
    in_de15,
    next_beginning,
)

MIDNIGHT, EVENING, NIGHT = 0, 20 * 60, 2 * 60 + 30
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "begins", "due"),
    [
        ("2026-11-24T22:59", MIDNIGHT, date(2026, 11, 24)),
        ("2026-11-24T23:00", MIDNIGHT, date(2026, 11, 25)),
        ("2026-11-24T18:59", EVENING, date(2026, 11, 24)),
        ("2026-11-24T19:00", EVENING, date(2026, 11, 25)),
        ("2026-11-25T01:29", NIGHT, date(2026, 11, 24)),
        ("2026-11-25T01:30", NIGHT, date(2026, 11, 25)),
        # In Ramadan Morocco is at UTC+0: 20:00 there is an hour later by UTC.
        ("2026-03-01T19:59", EVENING, date(2026, 3, 1)),
        ("2026-03-01T20:00", EVENING, date(2026, 3, 2)),
    ],
)
def test_the_date_by_the_clock(instant: str, begins: int, due: date) -> None:
    assert date_due(at(instant), begins) == due


def test_a_beginning_in_the_hour_that_is_skipped_comes_right_after_it() -> None:
    # Ramadan 2026 ends on 22 March: 02:00 becomes 03:00 there, at 02:00 UTC.
    assert next_beginning(at("2026-03-22T00:00"), NIGHT) == at("2026-03-22T02:00")


def test_a_beginning_in_the_hour_that_repeats_comes_the_first_time() -> None:
    # It begins on 15 February: at 02:00 UTC the clocks go from 03:00 back to 02:00.
    assert next_beginning(at("2026-02-15T00:00"), NIGHT) == at("2026-02-15T01:30")


@given(now=INSTANTS, begins=st.integers(0, 1439))
def test_dates_begin_once_a_day_and_none_is_lost(now: datetime, begins: int) -> None:
    first = next_beginning(now, begins)
    assert first > now
    assert first - now <= timedelta(hours=26)
    assert date_due(first, begins) == date_due(now, begins) + timedelta(days=1)


@given(day=st.dates(date(2020, 1, 1), date(2040, 1, 1)), apart=st.integers(-150, 150))
def test_de15_is_read_in_the_nearest_year(day: date, apart: int) -> None:
    near = day + timedelta(days=apart)
    if (day.month, day.day) != (2, 29):
        assert from_de15(in_de15(day), near) == day


@pytest.mark.parametrize("text", ["", "1", "1332", "0230", "11-4", "11241"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert from_de15(text, date(2026, 11, 24)) is None


def test_a_party_without_a_date_of_its_own_has_ours() -> None:
    days = BusinessDays(date(2026, 11, 24), {"issuer": date(2026, 11, 23)})
    assert (days.of("issuer"), days.of("other")) == (date(2026, 11, 23), date(2026, 11, 24))
    days.moved("other", date(2026, 11, 26))
    days.moved("", date(2026, 11, 25))
    assert (days.of("other"), days.ours, days.known("nobody")) == (
        date(2026, 11, 26),
        date(2026, 11, 25),
        None,
    )
