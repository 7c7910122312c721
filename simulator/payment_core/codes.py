"""Payment codes: one code for a basket of debts, paid at once on whichever channel."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, insert, select

from simulator.payment_core.answers import CodeAnswer, ConfirmationAnswer
from simulator.payment_core.bills import article_of
from simulator.payment_core.ledger import CURRENCY
from simulator.payment_core.models import CodePayment, PaymentCodeEnquiry, PaymentCodeRequest
from simulator.payment_core.payments import articles_of, pay
from simulator.payment_core.refusals import RefusedError
from simulator.payment_core.tables import payment_codes, references
from simulator.payment_core.turn import Turn, instant_text

CODE_BASE = 700_000_000_000
"""Payment codes are 12 digits and begin with 7."""


def open_code(turn: Turn, _key: str, request: PaymentCodeRequest) -> CodeAnswer:
    """One code for the unpaid articles of references, valid as long as the first of them."""
    named = list(dict.fromkeys(request.references))
    rows = turn.connection.execute(
        select(references.c.reference, references.c.expires_at).where(
            references.c.reference.in_(named)
        )
    ).all()
    if len(rows) != len(named):
        raise RefusedError("unknown_reference")
    expires_at = min(row.expires_at for row in rows)
    if instant_text(turn.now) >= expires_at:
        raise RefusedError("reference_expired")
    return _open(turn, named, request.channel, expires_at)


def code_for(turn: Turn, named: Sequence[str], lifetime_s: float) -> str:
    """A code that was given before these books began, such as one printed on a bill."""
    expires_at = instant_text(turn.now + timedelta(seconds=lifetime_s))
    return str(_open(turn, named, "creditor", expires_at).payment_code)


def enquire_code(turn: Turn, _key: str, request: PaymentCodeEnquiry) -> CodeAnswer:
    """What is to be paid for a code; it cannot be paid in part."""
    row, owed = _payable(turn, request.payment_code)
    return CodeAnswer(
        outcome="approved",
        payment_code=row.code,
        expires_at=row.expires_at,
        currency=CURRENCY,
        total_minor=sum(each.price_minor for each in owed),
        articles=[article_of(each) for each in owed],
    )


def pay_code(turn: Turn, key: str, request: CodePayment) -> ConfirmationAnswer:
    """Pay everything that a code stands for, each creditor its part, in one posting."""
    _, owed = _payable(turn, request.payment_code)
    if sum(row.price_minor for row in owed) != request.total_minor:
        raise RefusedError("total_mismatch")
    return pay(turn, key, request, owed)


def _open(turn: Turn, named: Sequence[str], channel: str, expires_at: str) -> CodeAnswer:
    owed = [row for reference in named for row in articles_of(turn, reference)]
    if any(row.live for row in owed):
        raise RefusedError("already_paid")
    code = str(CODE_BASE + turn.next_number("payment code"))
    turn.connection.execute(
        insert(payment_codes).values(
            code=code,
            bill_references=json.dumps(list(named)),
            channel=channel,
            opened_at=instant_text(turn.now),
            expires_at=expires_at,
        )
    )
    return CodeAnswer(
        outcome="approved",
        payment_code=code,
        expires_at=expires_at,
        currency=CURRENCY,
        total_minor=sum(row.price_minor for row in owed),
        articles=[article_of(row) for row in owed],
    )


def _payable(turn: Turn, code: str) -> tuple[Row[Any], list[Row[*tuple[Any, ...]]]]:
    """The code, and its articles, none of which is paid. Raises RefusedError."""
    row = turn.connection.execute(
        select(payment_codes).where(payment_codes.c.code == code)
    ).one_or_none()
    if row is None:
        raise RefusedError("unknown_code")
    owed = [
        each
        for reference in json.loads(row.bill_references)
        for each in articles_of(turn, reference)
    ]
    # Paid under its code or otherwise: what is paid already is not paid again.
    if any(each.live for each in owed):
        raise RefusedError("already_paid")
    if instant_text(turn.now) >= row.expires_at:
        raise RefusedError("code_expired")
    return row, owed
