"""The rows of the journal: how one is found, named, told of and forgotten."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select

from switch.engine.states import State
from switch.engine.tables import EARLY_REVERSALS, PENDING, TRANSACTIONS, TRANSMISSIONS
from switch.store import upsert
from switch.wire import Value

COPIED = (
    *("2", "3", "4", "5", "6", "9", "10", "11", "12", "13", "15", "18", "22", "25", "26", "28"),
    *("32", "37", "41", "42", "43", "49", "50", "51", "100", "102", "103"),
)
"""What a reversal repeats of its original: nothing else of a request is kept."""

EARLY_REVERSALS_MAX = 100_000
"""Reversals without an original that are remembered; the oldest make room for new ones."""


@dataclass(frozen=True)
class Received:
    """What became of a request's entry in the journal."""

    transaction_id: int
    operation_key: str
    state: State
    new: bool
    destination: str
    second: str = ""
    """Where its second leg goes; empty for nearly all."""
    response_code: str = ""
    answer: Mapping[str, Value] | None = None
    """The elements of the answer once given, for an entry that was there before."""


def find(connection: Connection, condition: Any) -> Row[Any]:
    """The transaction that fits; there is one."""
    return connection.execute(select(TRANSACTIONS).where(condition)).one()


def name_transmission(connection: Connection, reference: str, transaction_id: int) -> None:
    """This transmission is known as one of that transaction."""
    # DE7 has no year: of two transmissions a year apart, the later one is meant.
    connection.execute(
        upsert(connection, TRANSMISSIONS)
        .values(reference=reference, transaction_id=transaction_id)
        .on_conflict_do_update(
            index_elements=["reference"], set_={"transaction_id": transaction_id}
        )
    )


def purge(connection: Connection, transaction_id: int) -> None:
    """Keep nothing more of its request."""
    connection.execute(delete(PENDING).where(PENDING.c.transaction_id == transaction_id))


def forget_oldest(connection: Connection) -> None:
    """Hold no more early reversals than allowed."""
    held = connection.execute(select(func.count()).select_from(EARLY_REVERSALS)).scalar_one()
    if held > EARLY_REVERSALS_MAX:
        oldest = (
            select(EARLY_REVERSALS.c.reference)
            .order_by(EARLY_REVERSALS.c.received_at)
            .limit(held - EARLY_REVERSALS_MAX)
        )
        connection.execute(delete(EARLY_REVERSALS).where(EARLY_REVERSALS.c.reference.in_(oldest)))


def as_received(found: Row[Any], *, new: bool) -> Received:
    """An entry that was there before, or has just changed."""
    return Received(
        transaction_id=found.id,
        operation_key=found.operation_key,
        state=State(found.state),
        new=new,
        destination=found.destination,
        second=found.second,
        response_code=found.response_code,
        answer=json.loads(found.answer) if found.answer else None,
    )
