"""Payment codes: one code for a basket of debts, paid at once on whichever channel."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, insert, select

from simulator.payment_core.answers import Article, CodeAnswer, CodeStatus, ConfirmationAnswer
from simulator.payment_core.bills import FEE, FEE_TEXT, article_of
from simulator.payment_core.ledger import CURRENCY
from simulator.payment_core.models import CodePayment, PaymentCodeEnquiry, PaymentCodeRequest
from simulator.payment_core.payments import articles_of, pay
from simulator.payment_core.refusals import RefusedError
from simulator.payment_core.tables import cancellations, payment_codes, references
from simulator.payment_core.turn import Turn, instant_text
from switch.runtime import CASABLANCA

CODE_BASE = 700_000_000_000
"""Payment codes are 12 digits and begin with 7."""


def open_code(turn: Turn, key: str, request: PaymentCodeRequest) -> CodeAnswer:
    """One code for the unpaid articles of references, valid as long as the first of them."""
    turn.catalogue.channel(request.channel)
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
    if request.expires_in_s is not None:
        lifetime = timedelta(seconds=min(request.expires_in_s, turn.catalogue.reference_lifetime_s))
        expires_at = min(expires_at, instant_text(turn.now + lifetime))
    return _open(turn, named, request.channel, expires_at, key)


def code_for(turn: Turn, named: Sequence[str], lifetime_s: float) -> str:
    """A code that was given before these books began, such as one printed on a bill."""
    expires_at = instant_text(turn.now + timedelta(seconds=lifetime_s))
    return str(_open(turn, named, "creditor", expires_at, None).payment_code)


def enquire_code(turn: Turn, _key: str, request: PaymentCodeEnquiry) -> CodeAnswer:
    """What is to be paid for a code on this channel, its fee included; never a part of it."""
    fee_minor = turn.catalogue.channel(request.channel).fee
    row, owed = _payable(turn, request.payment_code)
    articles = [article_of(each) for each in owed]
    if fee_minor is not None:
        today = turn.now.astimezone(CASABLANCA).date().isoformat()
        articles.append(
            Article(id=FEE, description=FEE_TEXT, date=today, price_minor=fee_minor, kind="fee")
        )
    return CodeAnswer(
        outcome="approved",
        payment_code=row.code,
        expires_at=row.expires_at,
        currency=CURRENCY,
        total_minor=sum(each.price_minor for each in articles),
        articles=articles,
    )


def pay_code(turn: Turn, key: str, request: CodePayment) -> ConfirmationAnswer:
    """Pay everything that a code stands for, each creditor its part, in one posting."""
    fee_minor = turn.catalogue.channel(request.channel).fee
    _, owed = _payable(turn, request.payment_code)
    if sum(row.price_minor for row in owed) + (fee_minor or 0) != request.total_minor:
        raise RefusedError("total_mismatch")
    # The fee is written last: a refusal writes nothing.
    return pay(turn, key, request, owed, fee_minor)


def code_status(turn: Turn, code: str) -> CodeStatus:
    """What became of a payment code."""
    row = _read(turn, code)
    if row is None:
        return CodeStatus(payment_code=code, status="not_found")
    status = "waiting"
    if all(each.live for each in _bills_of(turn, json.loads(row.bill_references))):
        status = "paid"
    elif _cancelled(turn, row):
        status = "cancelled"
    elif instant_text(turn.now) >= row.expires_at:
        status = "expired"
    return CodeStatus.model_validate(
        {"payment_code": code, "status": status, "expires_at": row.expires_at}
    )


def _open(
    turn: Turn, named: Sequence[str], channel: str, expires_at: str, key: str | None
) -> CodeAnswer:
    owed = _bills_of(turn, named)
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
            operation_key=key,
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
    row = _read(turn, code)
    if row is None:
        raise RefusedError("unknown_code")
    if _cancelled(turn, row):
        raise RefusedError("code_cancelled")
    owed = _bills_of(turn, json.loads(row.bill_references))
    # Paid under its code or otherwise: what is paid already is not paid again.
    if any(each.live for each in owed):
        raise RefusedError("already_paid")
    if instant_text(turn.now) >= row.expires_at:
        raise RefusedError("code_expired")
    return row, owed


def _read(turn: Turn, code: str) -> Row[Any] | None:
    return turn.connection.execute(
        select(payment_codes).where(payment_codes.c.code == code)
    ).one_or_none()


def _cancelled(turn: Turn, row: Row[Any]) -> bool:
    """Whether the operation that opened a code was cancelled."""
    found = turn.connection.execute(
        select(cancellations.c.key).where(cancellations.c.cancels == row.operation_key)
    )
    return found.one_or_none() is not None


def _bills_of(turn: Turn, named: Sequence[str]) -> list[Row[*tuple[Any, ...]]]:
    """The articles of references but for fees: a code has the fee of the channel that pays it."""
    return [
        row
        for reference in named
        for row in articles_of(turn, reference)
        if row.kind_of_article != FEE
    ]
