"""Reading the journal as an operator does: what fits a search, what is in doubt, what is owed.

Nothing here writes. The functions take any connection to a journal or to an archive of one, and
read in the order of the entries, newest first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as day_time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, and_, func, select

from switch.engine.states import FINAL, State
from switch.engine.tables import OWED, TRANSACTIONS, TRANSMISSIONS
from switch.runtime import CASABLANCA
from switch.wire import mask_pan

LIMIT_MAX = 100_000
"""Entries that one search gives, at most."""

SETTLED_BY_AGE = frozenset({State.APPROVED, State.ADVISED})
"""States in which a transaction may be left for good, although it could still be reversed."""

UNSETTLED = tuple(state for state in State if state not in FINAL | SETTLED_BY_AGE)
"""States in which something must still happen."""


@dataclass(frozen=True)
class Search:
    """What to look for; whatever is left empty fits everything."""

    stan: str = ""
    rrn: str = ""
    terminal: str = ""
    card: str = ""
    """Masked as it is kept, in clear, or its last four digits."""
    amount_minor: int | None = None
    day: date | None = None
    """In local time."""
    states: tuple[State, ...] = ()
    operation: str = ""
    destination: str = ""
    response_code: str = ""

    def conditions(self) -> list[Any]:
        """As conditions of SQL, but for the day."""
        column = TRANSACTIONS.c
        exact = {
            column.stan: self.stan.zfill(6) if self.stan else "",
            column.rrn: self.rrn,
            column.terminal: self.terminal,
            column.operation: self.operation,
            column.destination: self.destination,
            column.response_code: self.response_code,
        }
        found: list[Any] = [each == value for each, value in exact.items() if value]
        if self.card:
            found.append(_of_card(self.card))
        if self.amount_minor is not None:
            found.append(column.amount_minor == self.amount_minor)
        if self.states:
            found.append(column.state.in_([state.value for state in self.states]))
        return found


@dataclass(frozen=True)
class Total:
    """The transactions of one operation that stand in one state."""

    operation: str
    state: str
    currency: str
    count: int
    amount_minor: int


def day_bounds(day: date, zone: ZoneInfo = CASABLANCA) -> tuple[str, str]:
    """The instants at which a local day begins and ends, as the journal writes them.

    >>> day_bounds(date(2026, 11, 24))
    ('2026-11-23T23:00:00.000+00:00', '2026-11-24T23:00:00.000+00:00')
    """
    first, last = (
        datetime.combine(each, day_time(), zone).astimezone(UTC).isoformat(timespec="milliseconds")
        for each in (day, day + timedelta(days=1))
    )
    return first, last


def first_since(connection: Connection, instant: str) -> int:
    """The number from which on entries were received at `instant` or later; past the last, if none.

    Entries are numbered as they come, so that a few looks find it in any number of them.
    """
    number = TRANSACTIONS.c.id
    low, high = connection.execute(select(func.min(number), func.max(number))).one()
    if low is None:
        return 1
    high += 1
    while low < high:
        middle = (low + high) // 2
        found = connection.execute(
            select(number, TRANSACTIONS.c.received_at)
            .where(number >= middle)
            .order_by(number)
            .limit(1)
        ).one()
        if found.received_at >= instant:
            high = middle
        else:
            low = found.id + 1
    return int(low)


def search(connection: Connection, wanted: Search, limit: int) -> list[Row[Any]]:
    """The newest entries that fit, newest first."""
    statement = _within(connection, select(TRANSACTIONS), wanted)
    return list(
        connection.execute(
            statement.order_by(TRANSACTIONS.c.id.desc()).limit(min(limit, LIMIT_MAX))
        )
    )


def unsettled(connection: Connection, limit: int) -> list[Row[Any]]:
    """What must still come to its end, oldest first."""
    return list(
        connection.execute(
            select(TRANSACTIONS)
            .where(TRANSACTIONS.c.state.in_([state.value for state in UNSETTLED]))
            .order_by(TRANSACTIONS.c.id)
            .limit(min(limit, LIMIT_MAX))
        )
    )


def owed(
    connection: Connection, limit: int, *, destination: str = "", transaction_id: int | None = None
) -> list[Row[Any]]:
    """What store-and-forward holds, each with its transaction, in the order of delivery."""
    facts = ("state", "operation", "amount_minor", "currency", "card", "terminal", "stan", "rrn")
    statement = select(OWED, *(TRANSACTIONS.c[name] for name in facts)).join(
        TRANSACTIONS, TRANSACTIONS.c.id == OWED.c.transaction_id
    )
    if destination:
        statement = statement.where(OWED.c.destination == destination)
    if transaction_id is not None:
        statement = statement.where(OWED.c.transaction_id == transaction_id)
    return list(
        connection.execute(
            statement.order_by(OWED.c.destination, OWED.c.id).limit(min(limit, LIMIT_MAX))
        )
    )


def totals(connection: Connection, wanted: Search) -> Iterator[Total]:
    """How many, and how much, by operation and state."""
    column = TRANSACTIONS.c
    by = (column.operation, column.state, column.currency)
    statement = select(*by, func.count(), func.sum(column.amount_minor))
    for row in connection.execute(
        _within(connection, statement, wanted).group_by(*by).order_by(*by)
    ):
        yield Total(row[0], row[1], row[2], int(row[3]), int(row[4]))


def transmissions(connection: Connection, transaction_id: int) -> list[str]:
    """Each time its request was sent: acquirer/terminal/STAN/DE7."""
    return list(
        connection.execute(
            select(TRANSMISSIONS.c.reference)
            .where(TRANSMISSIONS.c.transaction_id == transaction_id)
            .order_by(TRANSMISSIONS.c.reference)
        ).scalars()
    )


def _within(connection: Connection, statement: Select[Any], wanted: Search) -> Select[Any]:
    if wanted.day is not None:
        first, last = (first_since(connection, each) for each in day_bounds(wanted.day))
        statement = statement.where(TRANSACTIONS.c.id >= first, TRANSACTIONS.c.id < last)
    conditions = wanted.conditions()
    return statement.where(and_(*conditions)) if conditions else statement


def _of_card(card: str) -> Any:
    digits = card.replace(" ", "")
    if digits.isdigit() and len(digits) <= 6:
        return TRANSACTIONS.c.card.endswith(digits)
    return TRANSACTIONS.c.card == (mask_pan(digits) if digits.isdigit() else digits)
