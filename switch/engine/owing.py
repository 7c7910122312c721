"""What is owed to destinations, as rows: how it is queued, given out, taken, put aside.

These functions run inside the store's transaction. A row that is not queued is passed by, and so
is what the same destination is owed after it for the same transaction: an advice and its reversal
keep their order.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, select, update

from switch.engine.business_day import in_de15
from switch.engine.tables import OWED, PENDING, TRANSACTIONS
from switch.keys.vault import Vault, VaultError
from switch.store import upsert
from switch.wire import Message

COPIED_OF_THE_ANSWER = ("5", "6", "9", "10", "15", "38", "50", "51")
"""What a reversal repeats of the answer that its original was given."""


class Kind(StrEnum):
    """What is owed."""

    REVERSAL = "reversal"
    ADVICE = "advice"


class Status(StrEnum):
    """Whether it waits for its turn."""

    QUEUED = "queued"
    HELD = "held"
    """A person has told it to wait."""
    ASIDE = "aside"
    """It was refused, or cannot be sent: a person decides."""


@dataclass(frozen=True)
class Owed:
    """One message that a destination is owed, with what it copies."""

    owed_id: int
    transaction_id: int
    operation_key: str
    kind: Kind
    request: Message
    retained_minor: int
    reason: str
    attempts: int


def owe(
    connection: Connection,
    transaction: Row[Any],
    kind: Kind,
    destination: str,
    now: str,
    *,
    retained_minor: int = 0,
    reason: str = "",
    status: Status = Status.QUEUED,
    note: str = "",
) -> None:
    """Queue it for `destination`, unless the transaction owes it one of this kind already."""
    connection.execute(
        upsert(connection, OWED)
        .values(
            transaction_id=transaction.id,
            kind=kind.value,
            destination=destination,
            status=status.value,
            note=note,
            retained_minor=retained_minor,
            reason=reason,
            attempts=0,
            queued_at=now,
        )
        .on_conflict_do_nothing(index_elements=["transaction_id", "kind", "destination"])
    )


def give_out(connection: Connection, destination: str, vault: Vault) -> Owed | None:
    """The oldest that may be sent to a destination; it counts as attempted once more."""
    earlier = OWED.alias()
    waits_for_another = exists().where(
        earlier.c.transaction_id == OWED.c.transaction_id,
        earlier.c.destination == OWED.c.destination,
        earlier.c.id < OWED.c.id,
    )
    row = connection.execute(
        select(OWED)
        .where(
            OWED.c.destination == destination,
            OWED.c.status == Status.QUEUED.value,
            ~waits_for_another,
        )
        .order_by(OWED.c.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    transaction = connection.execute(
        select(TRANSACTIONS).where(TRANSACTIONS.c.id == row.transaction_id)
    ).one()
    connection.execute(update(OWED).where(OWED.c.id == row.id).values(attempts=row.attempts + 1))
    return Owed(
        owed_id=row.id,
        transaction_id=row.transaction_id,
        operation_key=transaction.operation_key,
        kind=Kind(row.kind),
        request=_copied(connection, transaction, vault),
        retained_minor=row.retained_minor,
        reason=row.reason,
        attempts=row.attempts + 1,
    )


def taken(connection: Connection, owed: Owed) -> bool:
    """It is owed no more; whether it still was."""
    done = connection.execute(delete(OWED).where(OWED.c.id == owed.owed_id))
    return bool(done.rowcount)


def set_aside(connection: Connection, owed: Owed, why: str) -> bool:
    """Keep it for a person to decide about; whether it still was owed."""
    done = connection.execute(
        update(OWED).where(OWED.c.id == owed.owed_id).values(status=Status.ASIDE.value, note=why)
    )
    return bool(done.rowcount)


def left(connection: Connection, transaction_id: int) -> list[Status]:
    """How what a transaction still owes stands."""
    rows = connection.execute(
        select(OWED.c.status).where(OWED.c.transaction_id == transaction_id).order_by(OWED.c.id)
    )
    return [Status(status) for status in rows.scalars()]


def depth(connection: Connection, destination: str) -> int:
    """How much a destination is owed, whatever its status."""
    counted = select(func.count()).where(OWED.c.destination == destination)
    return int(connection.execute(counted).scalar_one())


def advice_is_owed(connection: Connection, transaction_id: int) -> bool:
    """Whether an advice of this transaction is still to be taken."""
    owed = select(OWED.c.id).where(
        OWED.c.transaction_id == transaction_id, OWED.c.kind == Kind.ADVICE.value
    )
    return connection.execute(owed).first() is not None


def count(connection: Connection) -> dict[tuple[str, str], int]:
    """How many there are, by destination and status."""
    rows = connection.execute(
        select(OWED.c.destination, OWED.c.status, func.count())
        .group_by(OWED.c.destination, OWED.c.status)
        .order_by(OWED.c.destination, OWED.c.status)
    )
    return {(str(destination), str(status)): int(each) for destination, status, each in rows}


def _unsealed(kept: str, transaction: Row[Any], vault: Vault) -> Message:
    try:
        return Message(json.loads(vault.unseal(kept, transaction.operation_key)))
    except VaultError:
        # The vault's keys were lost: the reversal goes without the card number, for DE90 and the
        # terminal say what it reverses, rather than never.
        return _remembered(transaction)


def _copied(connection: Connection, transaction: Row[Any], vault: Vault) -> Message:
    """The elements of the original; once its card number is purged, those that are for ever."""
    kept = connection.execute(
        select(PENDING.c.request).where(PENDING.c.transaction_id == transaction.id)
    ).scalar_one_or_none()
    message = _remembered(transaction) if kept is None else _unsealed(kept, transaction, vault)
    answer = json.loads(transaction.answer) if transaction.answer else {}
    if answer.get("39") == "00":
        message.update({name: answer[name] for name in COPIED_OF_THE_ANSWER if name in answer})
    if transaction.settled_on:
        # A reversal is of the business date of what it reverses.
        message["15"] = in_de15(date.fromisoformat(transaction.settled_on))
    return message


def _remembered(transaction: Row[Any]) -> Message:
    local = transaction.local_time
    elements = {
        "3": transaction.processing_code,
        "4": f"{transaction.amount_minor:012}",
        "7": transaction.transmission_time,
        "11": transaction.stan,
        "12": local[4:],
        "13": local[:4],
        "32": transaction.acquirer,
        "37": transaction.rrn,
        "41": transaction.terminal,
        "49": transaction.currency,
    }
    return Message({"t": transaction.mti, **{n: text for n, text in elements.items() if text}})
