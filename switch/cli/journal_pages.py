"""The journal as its operator reads it: tables, the life of one transaction, JSON.

Times are told in local time and in UTC. Cards are masked in the journal itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Row

from switch.cli.tables import Column
from switch.engine.messages import KeptMessage
from switch.engine.reading import Total
from switch.engine.states import State
from switch.runtime import CASABLANCA
from switch.settings import SettingsError
from switch.wire import Dialect, describe, load_dialect, one_line
from switch.wire.codes import amount_words

ENTRIES = (
    Column("id", right=True),
    Column("local time"),
    Column("terminal"),
    Column("STAN"),
    Column("RRN", rank=4),
    Column("operation", rank=1),
    Column("amount", right=True),
    Column("card", rank=2),
    Column("state"),
    Column("code", rank=1),
    Column("to", rank=3),
)

UNSETTLED = (
    Column("id", right=True),
    Column("local time"),
    Column("age", right=True),
    Column("terminal"),
    Column("STAN"),
    Column("amount", right=True),
    Column("card", rank=2),
    Column("state"),
    Column("what now"),
)

OWED = (
    Column("owed", right=True),
    Column("to"),
    Column("what"),
    Column("status"),
    Column("tries", right=True),
    Column("since", rank=1),
    Column("id", right=True),
    Column("terminal"),
    Column("STAN"),
    Column("amount", right=True),
    Column("note", rank=2),
)

TOTALS = (
    Column("operation"),
    Column("state"),
    Column("count", right=True),
    Column("amount", right=True),
)

WHAT_NOW = {
    State.RECEIVED: "being answered",
    State.FORWARDED: "being answered",
    State.AUTHORISED: "its second leg is being answered",
    State.IN_DOUBT: "reversed by itself, once its destination takes it",
    State.REVERSING: "reversed by itself, once its destination takes it",
    State.STOOD_IN: "advised by itself, once its destination takes it",
    State.ADVISING: "advised by itself, once its destination takes it",
    State.EXCEPTION: "decide: guichet journal show, then ask the destination",
}


def money(amount_minor: int, currency: str) -> str:
    """An amount in words; nothing for an operation that has none."""
    return amount_words(f"{amount_minor}", currency) if amount_minor else ""


def local(instant: str) -> str:
    """An instant of the journal in local time, to the second."""
    return datetime.fromisoformat(instant).astimezone(CASABLANCA).strftime("%Y-%m-%d %H:%M:%S")


def both(instant: str) -> str:
    """An instant in local time and in UTC."""
    utc = datetime.fromisoformat(instant).astimezone(UTC)
    return f"{local(instant)} local, {utc:%Y-%m-%d %H:%M:%S.%f}"[:-3] + " UTC"


def age(instant: str, now: datetime) -> str:
    """How long ago, in the two largest units.

    >>> age("2026-11-24T10:00:00.000+00:00", datetime(2026, 11, 24, 12, 5, tzinfo=UTC))
    '2h 05m'
    """
    seconds = max(0, int((now - datetime.fromisoformat(instant)) / timedelta(seconds=1)))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days}d {hours:02}h"
    return f"{hours}h {minutes:02}m" if hours else f"{minutes}m {seconds % 60:02}s"


def entry_cells(row: Row[Any]) -> tuple[str, ...]:
    """The cells of ENTRIES."""
    return (
        str(row.id),
        local(row.received_at),
        row.terminal,
        row.stan,
        row.rrn,
        row.operation,
        money(row.amount_minor, row.currency),
        row.card,
        row.state,
        row.response_code,
        _destinations(row),
    )


def unsettled_cells(row: Row[Any], now: datetime) -> tuple[str, ...]:
    """The cells of UNSETTLED."""
    return (
        str(row.id),
        local(row.received_at),
        age(row.received_at, now),
        row.terminal,
        row.stan,
        money(row.amount_minor, row.currency),
        row.card,
        row.state,
        WHAT_NOW.get(State(row.state), ""),
    )


def owed_cells(row: Row[Any]) -> tuple[str, ...]:
    """The cells of OWED."""
    return (
        str(row.id),
        row.destination,
        row.kind,
        row.status,
        str(row.attempts),
        local(row.queued_at),
        str(row.transaction_id),
        row.terminal,
        row.stan,
        money(row.amount_minor, row.currency),
        row.note or row.reason,
    )


def total_cells(total: Total) -> tuple[str, ...]:
    """The cells of TOTALS."""
    amount = money(total.amount_minor, total.currency)
    return (total.operation, total.state, f"{total.count:,}", amount)


def life(row: Row[Any], sent: Sequence[str], owed: Sequence[Row[Any]]) -> Iterator[str]:
    """One transaction in plain text: what it is, what became of it, what is owed."""
    yield f"transaction {row.id}: {row.operation} {money(row.amount_minor, row.currency)}".rstrip()
    facts = {
        "state": f"{row.state}{f', because {row.reason}' if row.reason else ''}",
        "answered": row.response_code or "not yet",
        "card": row.card or "none",
        "terminal": f"{row.terminal} of {row.acquirer}",
        "STAN, RRN": f"{row.stan}, {row.rrn}",
        "request": f"{row.mti} processing code {row.processing_code}, "
        f"DE7 {row.transmission_time} UTC, DE13+12 {row.local_time} local",
        "received": both(row.received_at),
        "changed": both(row.changed_at),
        "route": f"{row.route or 'none'} to {_destinations(row) or 'nowhere'}",
        "asked there as": row.operation_key,
    }
    width = max(len(name) for name in facts)
    for name, told in facts.items():
        yield f"  {name:<{width}}  {told}"
    for reference in sent:
        yield f"  {'transmission':<{width}}  {reference}"
    if row.answer:
        elements = (f"DE{name} {_flat(value)}" for name, value in json.loads(row.answer).items())
        yield f"  {'answer':<{width}}  {', '.join(elements)}"
    for each in owed:
        told = f"{each.kind} to {each.destination}, {each.status}, tried {each.attempts} times"
        because = each.note or each.reason
        yield f"  {'owed':<{width}}  {told}, since {both(each.queued_at)}: {because}"


def passed(kept: Sequence[KeptMessage]) -> Iterator[str]:
    """Each message that came or left, with all of its elements."""
    for each in kept:
        way = f"from {each.peer}" if each.direction == "in" else f"to {each.peer}"
        note = f" ({each.note})" if each.note else ""
        yield ""
        yield f"{both(each.at)}: {way}{note}"
        dialect = _dialect(each.dialect)
        if dialect is None:
            yield f"  {one_line(each.message)}"
        else:
            yield from (f"  {line}" for line in describe(each.message, dialect).splitlines())


@cache
def _dialect(name: str) -> Dialect | None:
    """The dialect of that name; None for one that is not here any more, or no dialect at all."""
    try:
        return load_dialect(name) if name else None
    except SettingsError:
        return None


def documents(rows: Iterable[Row[Any]]) -> list[dict[str, Any]]:
    """Rows for JSON, instants in UTC and in local time, the answer as an object."""
    return [_document(row) for row in rows]


def _document(row: Row[Any]) -> dict[str, Any]:
    told = dict(row._mapping)
    for name in ("received_at", "changed_at", "queued_at", "at"):
        if name in told:
            instant = datetime.fromisoformat(told[name]).astimezone(CASABLANCA)
            told[name.replace("_at", "_local")] = instant.isoformat(timespec="milliseconds")
    if "answer" in told:
        told["answer"] = json.loads(told["answer"]) if told["answer"] else None
    return told


def _destinations(row: Row[Any]) -> str:
    return f"{row.destination}, then {row.second}" if row.second else str(row.destination)


def _flat(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
