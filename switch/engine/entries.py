"""The rows of the journal: how one is found, named, told of and forgotten."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from switch.engine.request import Request
from switch.engine.states import State
from switch.engine.tables import (
    EARLY_REVERSALS,
    PENDING,
    SWITCH_MESSAGES,
    TRANSACTIONS,
    TRANSMISSIONS,
)
from switch.keys.vault import Vault
from switch.store import upsert
from switch.wire import Message, Value

COPIED = (
    *("2", "3", "4", "5", "6", "9", "10", "11", "12", "13", "15", "18", "22", "25", "26", "28"),
    *("32", "37", "41", "42", "43", "49", "50", "51", "100", "102", "103"),
)
"""What a reversal repeats of its original: nothing else of a request is kept."""

OF_AN_ADVICE = (*COPIED, "14", "23", "38", "39", "44", "48", "54", "62")
"""What an advice tells its destination: no PIN, no track, no chip data."""

EARLY_REVERSALS_MAX = 100_000
"""Reversals without an original that are remembered; the oldest make room for new ones."""


@dataclass(slots=True)
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
    amount_minor: int = 0
    """Of an entry that was there before."""
    answer: Mapping[str, Value] | None = None
    """The elements of the answer once given, for an entry that was there before."""
    given: tuple[Mapping[str, Value], Message] | None = None
    """What was journaled as its answer last: the elements that are its own, and the whole."""


def new_entry(
    request: Request,
    transaction_id: int | None,
    operation_key: str,
    state: State,
    now: str,
    *,
    route: str,
    destination: str,
    second: str,
    card_key: str,
) -> dict[str, Any]:
    """The row of a transaction that has just come; the order of its columns is the table's."""
    message = request.message
    return {
        "id": transaction_id,
        "operation_key": operation_key,
        "duplicate_key": request.duplicate_key,
        "state": state.value,
        "operation": request.operation,
        "moves_money": request.moves_money,
        "mti": message.mti,
        "processing_code": message.text("3"),
        "amount_minor": request.amount_minor,
        "currency": request.currency,
        "card": request.card,
        "card_key": card_key,
        "acquirer": request.acquirer,
        "terminal": request.terminal,
        "stan": message.text("11"),
        "rrn": message.text("37"),
        "transmission_time": message.text("7"),
        "local_time": message.text("13") + message.text("12"),
        "route": route,
        "destination": destination,
        "second": second,
        "settled_on": "",
        "reversed_minor": 0,
        "response_code": "",
        "answer": "",
        "reason": "",
        "received_at": now,
        "changed_at": now,
    }


def kept_of(request: Request) -> dict[str, Value]:
    """What is kept of a request for a reversal of it to copy."""
    return _kept(request, _KEPT)


def kept_of_advice(advice: Request) -> dict[str, Value]:
    """What is kept of an advice for its destination."""
    return _kept(advice, _KEPT_OF_AN_ADVICE)


_KEPT = frozenset(("t", "7", *COPIED))
_KEPT_OF_AN_ADVICE = frozenset(("t", "7", *OF_AN_ADVICE))


def _kept(request: Request, elements: frozenset[str]) -> dict[str, Value]:
    kept = {name: value for name, value in request.forwarded.items() if name in elements}
    if request.pan:
        kept["2"] = request.pan
    return kept


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


def adopt(connection: Connection, reference: str, transaction_id: int) -> None:
    """The messages of a reversal that came before its original belong to it now."""
    connection.execute(
        update(SWITCH_MESSAGES)
        .where(SWITCH_MESSAGES.c.transaction_id.is_(None), SWITCH_MESSAGES.c.reference == reference)
        .values(transaction_id=transaction_id)
    )


def purge(connection: Connection, transaction_id: int) -> None:
    """Keep nothing more of its request."""
    connection.execute(delete(PENDING).where(PENDING.c.transaction_id == transaction_id))


def seal_all(connection: Connection, vault: Vault) -> None:
    """Seal what an older program kept in clear."""
    clear = connection.execute(
        select(PENDING, TRANSACTIONS.c.operation_key)
        .join(TRANSACTIONS, TRANSACTIONS.c.id == PENDING.c.transaction_id)
        .where(PENDING.c.request.like("{%"))
    ).all()
    for row in clear:
        sealed = vault.seal(row.request, row.operation_key)
        connection.execute(
            update(PENDING)
            .where(PENDING.c.transaction_id == row.transaction_id)
            .values(request=sealed)
        )


def forget_oldest(connection: Connection) -> None:
    """Hold no more early reversals than allowed."""
    held = connection.execute(select(func.count()).select_from(EARLY_REVERSALS)).scalar_one()
    if held > EARLY_REVERSALS_MAX:
        oldest = (
            select(EARLY_REVERSALS.c.reference)
            .order_by(EARLY_REVERSALS.c.received_at)
            .limit(held - EARLY_REVERSALS_MAX)
        )
        connection.execute(
            delete(SWITCH_MESSAGES).where(
                SWITCH_MESSAGES.c.transaction_id.is_(None), SWITCH_MESSAGES.c.reference.in_(oldest)
            )
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
        amount_minor=found.amount_minor,
        answer=json.loads(found.answer) if found.answer else None,
    )
