"""Remittances: money sent, and collected in cash elsewhere by who has the code sent to a phone.

A withdrawal without a card is one that an account's holder sends to a phone, mostly his own.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from simulator.payment_core.answers import (
    Answer,
    BalanceAnswer,
    RemittanceAnswer,
    TextMessage,
    TextMessages,
)
from simulator.payment_core.ledger import CURRENCY, post
from simulator.payment_core.limits import check_limits
from simulator.payment_core.models import Collection, Remittance
from simulator.payment_core.movements import (
    approval_code,
    cash,
    checked_amount,
    payer_of,
    trace_of,
)
from simulator.payment_core.refusals import Reason, RefusedError
from simulator.payment_core.tables import remittances, text_messages
from simulator.payment_core.turn import Turn, instant_text
from switch.settings import write_money

ACCOUNT = "remittances"

CODE_DIGITS = 8
REFERENCE_BASE = 300_000_000_000
"""References of remittances are 12 digits and begin with 3."""

TRIES_MAX = 3
"""Wrong codes for a phone; then nothing sent to it so far can be collected by code."""


def remit(turn: Turn, key: str, request: Remittance) -> RemittanceAnswer:
    """Take the money of an account, or cash of the terminal, and send the code to the phone."""
    card, payer = None, cash(request.terminal_id)
    if request.pan is not None or request.account is not None:
        card, payer = payer_of(turn, request.pan, request.expiry, request.account)
    amount_minor = checked_amount(request.amount_minor, request.currency)
    if card is not None:
        check_limits(turn, request.pan or "", card, "transfer", amount_minor)
    kind = "remittance_cash" if payer == cash(request.terminal_id) else "remittance_account"
    post(turn, kind, trace_of(key, request, card), {payer: -amount_minor, ACCOUNT: amount_minor})
    reference = str(REFERENCE_BASE + turn.next_number("remittance"))
    code = turn.secret_digits(CODE_DIGITS)
    lifetime = timedelta(seconds=turn.catalogue.remittance_lifetime_s)
    expires_at = instant_text(turn.now + lifetime)
    turn.connection.execute(
        insert(remittances).values(
            reference=reference,
            operation_key=key,
            terminal_id=request.terminal_id,
            phone=request.phone,
            code=code,
            amount_minor=amount_minor,
            sent_at=instant_text(turn.now),
            expires_at=expires_at,
            tries=0,
            cancelled=0,
        )
    )
    turn.connection.execute(
        insert(text_messages).values(
            phone=request.phone,
            text=f"Code de retrait {code}, montant {write_money(amount_minor)} MAD",
            at=instant_text(turn.now),
        )
    )
    return RemittanceAnswer(
        outcome="approved",
        approval_code=approval_code(turn),
        reference=reference,
        expires_at=expires_at,
        currency=CURRENCY,
    )


def collect(turn: Turn, key: str, request: Collection) -> Answer:
    """Pay a remittance out in cash, once; wrong codes are counted."""
    amount_minor = checked_amount(request.amount_minor, request.currency)
    found = _of_sender(turn, request) if request.reference else _by_code(turn, request)
    if isinstance(found, str):
        return Answer(outcome="declined", reason=found)
    if found.collected_by is not None:
        raise RefusedError("already_collected")
    if found.amount_minor != amount_minor:
        raise RefusedError("invalid_amount")
    post(
        turn,
        "collection",
        trace_of(key, request, None),
        {ACCOUNT: -amount_minor, cash(request.terminal_id): amount_minor},
    )
    turn.connection.execute(
        update(remittances)
        .where(remittances.c.reference == found.reference)
        .values(collected_by=key)
    )
    return BalanceAnswer(outcome="approved", approval_code=approval_code(turn), currency=CURRENCY)


def undo(connection: Connection, operation_key: str) -> None:
    """A cancelled remittance cannot be collected; what a cancelled collection paid can be again.

    A remittance that was collected before it is cancelled has been paid out: the books follow the
    facts, and `remittances` shows the loss.
    """
    connection.execute(
        update(remittances).where(remittances.c.operation_key == operation_key).values(cancelled=1)
    )
    connection.execute(
        update(remittances)
        .where(remittances.c.collected_by == operation_key)
        .values(collected_by=None)
    )


def messages(turn: Turn, phone: str) -> TextMessages:
    """What was sent to a phone."""
    rows = turn.connection.execute(
        select(text_messages).where(text_messages.c.phone == phone).order_by(text_messages.c.id)
    )
    sent = [TextMessage(at=row.at, text=row.text) for row in rows]
    return TextMessages(phone=phone, messages=sent)


def _of_sender(turn: Turn, request: Collection) -> Row[Any]:
    """What its sender takes back, where it was sent, whether or not the code has expired."""
    row = turn.connection.execute(
        select(remittances).where(
            remittances.c.reference == request.reference,
            remittances.c.terminal_id == request.terminal_id,
            remittances.c.cancelled == 0,
        )
    ).one_or_none()
    if row is None:
        raise RefusedError("unknown_reference")
    return row


def _by_code(turn: Turn, request: Collection) -> Row[Any] | Reason:
    """What the code is for, or why it cannot be collected. A wrong code is counted."""
    sent = turn.connection.execute(
        select(remittances)
        .where(remittances.c.phone == request.phone, remittances.c.cancelled == 0)
        .order_by(remittances.c.reference)
    ).all()
    right = [row for row in sent if row.code == request.code]
    if not right:
        turn.connection.execute(
            update(remittances)
            .where(remittances.c.phone == request.phone, remittances.c.collected_by.is_(None))
            .values(tries=remittances.c.tries + 1)
        )
        return "unknown_code"
    row = next((each for each in right if each.collected_by is None), right[0])
    if row.tries >= TRIES_MAX:
        return "code_blocked"
    if row.collected_by is None and instant_text(turn.now) >= row.expires_at:
        return "code_expired"
    return row
