"""What creditors are told of payments: an outbox, written in the commit that it tells of.

Each creditor is told in order, again and again with growing pauses until it answers, or until it
is given up. `decisions` acts upon the answers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, func, insert, select, update

from simulator.payment_core.ledger import CURRENCY
from simulator.payment_core.settings import CallbackSettings
from simulator.payment_core.tables import callbacks
from simulator.payment_core.turn import Turn, instant_text

PAYMENT, CANCELLATION = "payment", "cancellation"

WAITING, DELIVERED, GIVEN_UP = "waiting", "delivered", "given_up"


class PaidArticle(Protocol):
    """What a creditor is told of an article."""

    @property
    def creditor(self) -> str: ...

    @property
    def reference(self) -> str: ...

    @property
    def article(self) -> str: ...

    @property
    def price_minor(self) -> int: ...


@dataclass(frozen=True)
class Callback:
    """One thing to tell a creditor. `due_at` is aware, in UTC."""

    id: int
    creditor: str
    event: str
    operation_key: str
    settlement_reference: str
    body: str
    attempts: int
    due_at: datetime


def notify(
    turn: Turn,
    event: str,
    key: str,
    settlement: str,
    channel: str,
    articles: Sequence[PaidArticle],
) -> bool:
    """Owe each creditor that wants to be told; whether one of them has yet to accept."""
    pending = False
    for creditor in dict.fromkeys(each.creditor for each in articles):
        settings = turn.catalogue.creditor(creditor).callback
        if settings is None:
            continue
        pending = pending or settings.decides
        mine = [each for each in articles if each.creditor == creditor]
        body = {
            "event": event,
            "creditor": creditor,
            "settlement_reference": settlement,
            "reference": mine[0].reference,
            "channel": channel,
            "currency": CURRENCY,
            "total_minor": sum(each.price_minor for each in mine),
            "articles": [{"id": each.article, "price_minor": each.price_minor} for each in mine],
            "at": instant_text(turn.now),
        }
        _owe(turn, creditor, event, key, settlement, json.dumps(body, ensure_ascii=False))
    return pending


def notify_cancellation(turn: Turn, key: str) -> None:
    """Tell whoever was told, or is still to be told, of a payment that it is cancelled."""
    rows = turn.connection.execute(
        select(callbacks)
        .where(callbacks.c.operation_key == key, callbacks.c.event == PAYMENT)
        .order_by(callbacks.c.id)
    ).all()
    for row in rows:
        body = json.loads(row.body) | {"event": CANCELLATION, "at": instant_text(turn.now)}
        _owe(
            turn,
            row.creditor,
            CANCELLATION,
            key,
            row.settlement_reference,
            json.dumps(body, ensure_ascii=False),
        )


def heads(connection: Connection) -> list[Callback]:
    """The next thing to tell each creditor, in the order of their creditors."""
    first = (
        select(func.min(callbacks.c.id))
        .where(callbacks.c.state == WAITING)
        .group_by(callbacks.c.creditor)
    )
    rows = connection.execute(
        select(callbacks).where(callbacks.c.id.in_(first)).order_by(callbacks.c.creditor)
    )
    return [_callback(row) for row in rows]


def delivered(turn: Turn, callback: Callback, receipt: str | None) -> None:
    """A creditor has it."""
    _change(turn, callback, state=DELIVERED, receipt=receipt, attempts=callback.attempts + 1)


def failed(turn: Turn, callback: Callback, settings: CallbackSettings) -> bool:
    """A creditor did not take it: when it is told again, or whether that is given up now."""
    attempts = callback.attempts + 1
    if attempts >= settings.attempts_max:
        _change(turn, callback, state=GIVEN_UP, attempts=attempts)
        return True
    pause_s = min(settings.longest_pause, settings.first_pause * 2 ** min(attempts - 1, 30))
    due_at = instant_text(turn.now + timedelta(seconds=pause_s))
    _change(turn, callback, attempts=attempts, due_at=due_at)
    return False


def _owe(turn: Turn, creditor: str, event: str, key: str, settlement: str, body: str) -> None:
    turn.connection.execute(
        insert(callbacks).values(
            creditor=creditor,
            event=event,
            operation_key=key,
            settlement_reference=settlement,
            body=body,
            state=WAITING,
            attempts=0,
            opened_at=instant_text(turn.now),
            due_at=instant_text(turn.now),
        )
    )


def _change(turn: Turn, callback: Callback, **values: Any) -> None:
    turn.connection.execute(update(callbacks).where(callbacks.c.id == callback.id).values(**values))


def _callback(row: Any) -> Callback:
    return Callback(
        id=row.id,
        creditor=row.creditor,
        event=row.event,
        operation_key=row.operation_key,
        settlement_reference=row.settlement_reference,
        body=row.body,
        attempts=row.attempts,
        due_at=datetime.fromisoformat(row.due_at),
    )
