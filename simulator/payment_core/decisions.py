"""Payments that a creditor has yet to accept: accepted, refused, or cancelled meanwhile.

While one of its creditors has not said yes, what is paid to those who decide is in suspense. A
payment is one thing: when all have accepted, each has its money; when one refuses, all goes back.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row, select, update

from simulator.payment_core.answers import Answer
from simulator.payment_core.callbacks import PAYMENT, notify_cancellation
from simulator.payment_core.ledger import Trace, post, posting_of, reverse
from simulator.payment_core.models import Decision
from simulator.payment_core.payments import release
from simulator.payment_core.refusals import RefusedError
from simulator.payment_core.tables import callbacks, operations
from simulator.payment_core.turn import Turn

ACCEPTED, REFUSED, UNDONE = "accepted", "refused", "undone"

ALREADY_PROCESSED = "already processed"


def decide(turn: Turn, request: Decision) -> Answer:
    """What a creditor says of a payment to it, on its own call or in its answer to ours.

    The same again is a success and moves nothing. Raises RefusedError.
    """
    row = turn.connection.execute(
        select(callbacks.c.id, callbacks.c.operation_key, callbacks.c.decision).where(
            callbacks.c.creditor == request.creditor,
            callbacks.c.settlement_reference == request.settlement_reference,
            callbacks.c.event == PAYMENT,
        )
    ).one_or_none()
    callback = turn.catalogue.creditor(request.creditor).callback
    if row is None or callback is None or not callback.decides:
        raise RefusedError("unknown_reference")
    if row.decision == request.decision:
        return Answer(outcome="approved", message=ALREADY_PROCESSED)
    if row.decision is not None:
        raise RefusedError("already_decided")
    turn.connection.execute(
        update(callbacks)
        .where(callbacks.c.id == row.id)
        .values(decision=request.decision, receipt=request.receipt)
    )
    if request.decision == REFUSED:
        _refuse(turn, row.operation_key, request.settlement_reference)
    elif not _awaited(turn, row.operation_key):
        _accept(turn, row.operation_key)
    return Answer(outcome="approved")


def undo_payment(turn: Turn, key: str, trace: Trace) -> None:
    """What else is undone when a payment is cancelled: its bills are owed again, what was moved
    out of suspense goes back into it, its creditors are told, and nobody decides any more.
    """
    release(turn, key)
    accepted = posting_of(turn.connection, _accepting(key))
    if accepted is not None:
        reverse(turn, accepted, Trace(_accepting(trace.operation_key)))
    notify_cancellation(turn, key)
    turn.connection.execute(
        update(callbacks)
        .where(callbacks.c.operation_key == key, callbacks.c.decision.is_(None))
        .values(decision=UNDONE)
    )
    declined = Answer(outcome="declined", reason="cancelled_before")
    _settle(turn, key, declined.model_dump(exclude_none=True))


def _accept(turn: Turn, key: str) -> None:
    moves: dict[str, int] = {}
    for row in _deciding(turn, key):
        total_minor = json.loads(row.body)["total_minor"]
        moves[f"suspense:{row.creditor}"] = -total_minor
        moves[f"creditor:{row.creditor}"] = total_minor
    post(turn, "bill_accepted", Trace(_accepting(key)), moves)
    stored = turn.connection.execute(
        select(operations.c.answer).where(operations.c.key == key)
    ).scalar_one()
    answer = json.loads(stored) | {"outcome": "approved"}
    answer.pop("message", None)
    _settle(turn, key, answer)


def _refuse(turn: Turn, key: str, settlement: str) -> None:
    posting = posting_of(turn.connection, key)
    assert posting is not None, "what is pending was posted"
    undo_payment(turn, key, Trace(f"refused/{settlement}"))
    reverse(turn, posting, Trace(f"refused/{settlement}"))
    declined = Answer(outcome="declined", reason="refused_by_creditor")
    turn.connection.execute(
        update(operations)
        .where(operations.c.key == key)
        .values(
            outcome=declined.outcome,
            reason=declined.reason,
            answer=declined.model_dump_json(exclude_none=True),
        )
    )


def _settle(turn: Turn, key: str, answer: dict[str, object]) -> None:
    """From pending to what came of it; a repeat is given this answer."""
    turn.connection.execute(
        update(operations)
        .where(operations.c.key == key, operations.c.outcome == "pending")
        .values(
            outcome=answer["outcome"],
            reason=answer.get("reason"),
            answer=json.dumps(answer, separators=(",", ":"), ensure_ascii=False),
        )
    )


def _awaited(turn: Turn, key: str) -> bool:
    return any(row.decision is None for row in _deciding(turn, key))


def _deciding(turn: Turn, key: str) -> list[Row[*tuple[Any, ...]]]:
    rows = turn.connection.execute(
        select(callbacks.c.creditor, callbacks.c.body, callbacks.c.decision)
        .where(callbacks.c.operation_key == key, callbacks.c.event == PAYMENT)
        .order_by(callbacks.c.id)
    )
    return [row for row in rows if _decides(turn, row.creditor)]


def _decides(turn: Turn, creditor: str) -> bool:
    callback = turn.catalogue.creditor(creditor).callback
    return callback is not None and callback.decides


def _accepting(key: str) -> str:
    return f"accepted/{key}"
