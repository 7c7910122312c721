"""The issuer's business dates: when one ends, and what its totals were with each acquirer.

Its date is the day in Morocco until a peer says that it ends (0800 with DE70 201); from then on it
is what the last of them said. A request is of the date that its answer said (DE15), and so is its
reversal, whenever it comes.
"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select

from simulator.hosts.reading import CURRENCY, OPERATIONS, RefusedError
from simulator.hosts.tables import counters, postings, requests
from switch.link import answer_to
from switch.runtime import CASABLANCA
from switch.store import upsert
from switch.wire import Message
from switch.wire.mti import original_mti
from switch.wire.totals import Totals, count_one, read_totals

CUT_OVER = "201"
"""DE70 of the 0800 that ends a business date."""

BUSINESS_DATE = "business_date"
"""The counter that holds the date once it was said: 20261124."""

DAYS_BACK = timedelta(days=10)
"""How long before a date, or after, a request of it may have come."""

_KINDS = {name: (mti, processing) for (mti, processing), name in OPERATIONS.items()}


def business_date(connection: Connection, now: datetime) -> date:
    """The date that holds."""
    said = connection.execute(
        select(counters.c.value).where(counters.c.name == BUSINESS_DATE)
    ).scalar()
    if said is None:
        return now.astimezone(CASABLANCA).date()
    return date(said // 10_000, said // 100 % 100, said % 100)


def date_of(connection: Connection, said: str, now: datetime) -> date:
    """The date that a message says it is of (DE15), or else the one that holds."""
    holds = business_date(connection, now)
    try:
        return _meant(said, holds) if said else holds
    except RefusedError:
        return holds


def cut_over(connection: Connection, message: Message, now: datetime) -> Message:
    """A new date begins: that of DE15, or else the one that follows. A repeat changes nothing."""
    holds = business_date(connection, now)
    new = holds + timedelta(days=1)
    if "15" in message:
        new = _meant(message.text("15"), holds)
    value = new.year * 10_000 + new.month * 100 + new.day
    if new > holds:
        connection.execute(
            upsert(connection, counters)
            .values(name=BUSINESS_DATE, value=value)
            .on_conflict_do_update(index_elements=["name"], set_={"value": value})
        )
    return answer_to(message, "00", de15=new.strftime("%m%d"))


def reconcile(connection: Connection, message: Message, now: datetime) -> Message:
    """Compare an acquirer's totals of a date with ours: DE66 is 1 in balance, 2 out of it.

    Raises RefusedError: 12 for other messages of this class, 30 for what cannot be read.
    """
    if original_mti(message.mti) not in ("0500", "0520"):
        raise RefusedError("12", f"{message.mti} is not offered")
    acquirer = message.text("32").lstrip("0")
    if not (acquirer and message.text("15")):
        raise RefusedError("30", f"{message.mti} without DE15 or DE32")
    try:
        theirs = read_totals(message)
    except ValueError as error:
        raise RefusedError("30", str(error)) from None
    if theirs is None:
        raise RefusedError("30", f"{message.mti} without totals")
    day = _meant(message.text("15"), business_date(connection, now))
    ours = totals(connection, acquirer, day)
    equal = not ours.differences(theirs)
    answer = answer_to(message, "00" if equal else "95", de66="1" if equal else "2")
    answer.update(ours.elements())
    answer["15"] = message.text("15")
    answer["50"] = message.text("50") or "504"
    return answer


def totals(connection: Connection, acquirer: str, day: date) -> Totals:
    """What stands in the books of a date for an acquirer, and what went back of it."""
    rows = connection.execute(
        select(requests, postings.c.reversed_minor)
        .join(postings, postings.c.id == requests.c.posting_id, isouter=True)
        .where(
            requests.c.origin.startswith(f"{acquirer}/", autoescape=True),
            requests.c.currency == CURRENCY,
            requests.c.at >= (day - DAYS_BACK).isoformat(),
            requests.c.at < (day + DAYS_BACK).isoformat(),
        )
    )
    found = Totals()
    for row in rows:
        answer = json.loads(row.answer)
        if answer.get("39") != "00" or answer.get("15") != day.strftime("%m%d"):
            continue
        mti, processing = _KINDS[row.operation]
        back_minor = None if row.reversed_at is None else row.reversed_minor
        found += count_one(mti, processing, row.amount_minor, reversed_minor=back_minor)
    return found


def _meant(text: str, near: date) -> date:
    """The date of a DE15, in the year that is nearest. Raises RefusedError 30."""
    for year in sorted((near.year - 1, near.year, near.year + 1), key=lambda y: abs(y - near.year)):
        try:
            found = date(year, int(text[:2]), int(text[2:]))
        except ValueError:
            continue
        if abs((found - near).days) <= 183:
            return found
    raise RefusedError("30", f"DE15 {text[:4]} is no date")
