"""What a person does about what is owed: hold it, release it, drop it. Each action is kept.

It is done in the journal itself, beside a running switch, which looks there before each delivery.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from switch.engine import owing
from switch.engine.entries import purge
from switch.engine.owing import Kind, Status
from switch.engine.states import FINAL, TRANSITIONS, Input, State, next_state
from switch.engine.tables import OPERATOR_ACTIONS, OWED, TRANSACTIONS


class ActionError(Exception):
    """It cannot be done; the text says why."""


def hold(connection: Connection, owed_id: int, who: str, reason: str, now: str) -> None:
    """Keep it from being sent until it is released. Raises ActionError."""
    row = _owed(connection, owed_id)
    if row.status != Status.QUEUED.value:
        raise ActionError(f"{owed_id} is {row.status} already")
    _enter(connection, row, "hold", who, reason, now)
    _set(connection, owed_id, Status.HELD, reason)


def release(connection: Connection, owed_id: int, who: str, reason: str, now: str) -> None:
    """Have it sent in its turn, which is by its age. Raises ActionError."""
    row = _owed(connection, owed_id)
    if row.status == Status.QUEUED.value:
        raise ActionError(f"{owed_id} is queued: nothing holds it")
    if not row.destination:
        raise ActionError(f"{owed_id} has no destination: drop it, or send it by hand")
    _enter(connection, row, "release", who, reason, now)
    _set(connection, owed_id, Status.QUEUED, "")
    transaction = _transaction(connection, row.transaction_id)
    if State(transaction.state) is State.EXCEPTION and not _aside(connection, transaction.id):
        reversal = _has(connection, transaction.id, Kind.REVERSAL)
        happened = Input.REVERSAL_RELEASED if reversal else Input.ADVICE_RELEASED
        _move(connection, transaction, happened, f"released by {who}: {reason}", now)


def drop(connection: Connection, owed_id: int, who: str, reason: str, now: str) -> None:
    """Owe it no more: somebody has seen to it otherwise. Raises ActionError."""
    row = _owed(connection, owed_id)
    _enter(connection, row, "drop", who, reason, now)
    connection.execute(delete(OWED).where(OWED.c.id == owed_id))
    transaction = _transaction(connection, row.transaction_id)
    told = f"{row.kind} dropped by {who}: {reason}"
    if not owing.left(connection, transaction.id):
        _move(connection, transaction, Input.DROPPED, told, now)
    elif State(transaction.state) is State.EXCEPTION and not _aside(connection, transaction.id):
        _move(connection, transaction, Input.REVERSAL_RELEASED, told, now)


def _owed(connection: Connection, owed_id: int) -> Row[Any]:
    row = connection.execute(select(OWED).where(OWED.c.id == owed_id)).first()
    if row is None:
        raise ActionError(f"nothing is owed under the number {owed_id}")
    return row


def _transaction(connection: Connection, transaction_id: int) -> Row[Any]:
    return connection.execute(select(TRANSACTIONS).where(TRANSACTIONS.c.id == transaction_id)).one()


def _aside(connection: Connection, transaction_id: int) -> bool:
    return Status.ASIDE in owing.left(connection, transaction_id)


def _has(connection: Connection, transaction_id: int, kind: Kind) -> bool:
    owed = select(OWED.c.id).where(
        OWED.c.transaction_id == transaction_id, OWED.c.kind == kind.value
    )
    return connection.execute(owed).first() is not None


def _set(connection: Connection, owed_id: int, status: Status, note: str) -> None:
    connection.execute(
        update(OWED).where(OWED.c.id == owed_id).values(status=status.value, note=note)
    )


def _move(
    connection: Connection, transaction: Row[Any], happened: Input, reason: str, now: str
) -> None:
    before = State(transaction.state)
    if (before, happened) not in TRANSITIONS:
        return  # what is reversed already is not changed by what was still put aside
    after = next_state(before, happened)
    connection.execute(
        update(TRANSACTIONS)
        .where(TRANSACTIONS.c.id == transaction.id)
        .values(state=after.value, reason=reason, changed_at=now)
    )
    if after in FINAL:
        purge(connection, transaction.id)


def _enter(
    connection: Connection, row: Row[Any], action: str, who: str, reason: str, now: str
) -> None:
    connection.execute(
        insert(OPERATOR_ACTIONS).values(
            at=now,
            who=who,
            action=action,
            owed_id=row.id,
            transaction_id=row.transaction_id,
            kind=row.kind,
            destination=row.destination,
            reason=reason,
        )
    )
