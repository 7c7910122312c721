"""Confirming articles of a reference: each article is paid at most once, by whoever is first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from simulator.payment_core.answers import ConfirmationAnswer
from simulator.payment_core.bills import FEE, FEE_TEXT, fee_article
from simulator.payment_core.callbacks import PAYMENT, notify
from simulator.payment_core.ledger import CURRENCY, post
from simulator.payment_core.limits import check_limits
from simulator.payment_core.models import Confirmation, Payment
from simulator.payment_core.movements import (
    approval_code,
    cash,
    checked_amount,
    payer_of,
    trace_of,
)
from simulator.payment_core.refusals import RefusedError
from simulator.payment_core.tables import articles, payments, reference_articles, references
from simulator.payment_core.turn import Turn, instant_text
from switch.runtime import CASABLANCA
from switch.settings import write_money

SETTLEMENT_BASE = 200_000_000_000
"""Settlement references are 12 digits and begin with 2; references begin with 1."""

PENDING_TEXT = "En attente de confirmation par le créancier"

_read_reference = select(references).where(references.c.reference == bindparam("reference"))
_read_articles = (
    select(
        articles.c.id,
        articles.c.creditor,
        articles.c.kind,
        articles.c.article,
        articles.c.description,
        articles.c.date,
        articles.c.kind_of_article,
        reference_articles.c.reference,
        reference_articles.c.price_minor,
        payments.c.live,
    )
    .join(articles, articles.c.id == reference_articles.c.article_id)
    .join(payments, (payments.c.article_id == articles.c.id) & (payments.c.live == 1), isouter=True)
    .where(reference_articles.c.reference == bindparam("reference"))
    .order_by(articles.c.date, articles.c.id)
)


_insert_payments = insert(payments)


@dataclass(frozen=True)
class Paid:
    """An article as a payment pays it, whether an enquiry answered it or it is a fee."""

    id: int
    reference: str
    creditor: str
    article: str
    description: str
    price_minor: int


def confirm(turn: Turn, key: str, request: Confirmation) -> ConfirmationAnswer:
    """Pay the chosen articles of one reference."""
    turn.catalogue.kind(request.creditor, request.kind)
    turn.catalogue.channel(request.channel)
    _check_reference(turn, request)
    chosen = _chosen(articles_of(turn, request.reference), request)
    return pay(turn, key, request, chosen)


def pay(
    turn: Turn,
    key: str,
    request: Payment,
    chosen: Sequence[Row[*tuple[Any, ...]]],
    fee_minor: int | None = None,
) -> ConfirmationAnswer:
    """Pay these articles, of one reference or of several, whose prices make the total.

    From a card's account, from one that is named, with the cash the terminal took, or against what
    another bank authorised. Each creditor gets the price of its articles; a fee is the bank's, and
    `fee_minor` is one that no enquiry answered as an article. What a creditor has yet to accept
    waits in suspense, and the payment is pending.
    """
    today = turn.now.astimezone(CASABLANCA).date()
    for creditor in dict.fromkeys(row.creditor for row in chosen):
        turn.catalogue.payable(creditor, request.channel, request.means, today)
    card, payer = None, cash(request.terminal_id)
    if request.means == "authorised":
        payer = f"settlement:{request.authorised_by}"
    elif request.means != "cash":
        card, payer = payer_of(turn, request.pan, request.expiry, request.account)
    amount_minor = checked_amount(request.total_minor, request.currency)
    if card is not None:
        check_limits(turn, request.pan or "", card, "payment", amount_minor)
    moves = {payer: -amount_minor}
    for row in chosen:
        receiver = receiver_of(turn, row.creditor)
        if row.kind_of_article == FEE:
            receiver = f"fees:{request.channel}"
        moves[receiver] = moves.get(receiver, 0) + row.price_minor
    if fee_minor:
        moves[f"fees:{request.channel}"] = fee_minor
    kind = {"cash": "bill_cash", "authorised": "bill_authorised"}.get(request.means, "bill_card")
    post(turn, kind, trace_of(key, request, card), moves)
    settlement = str(SETTLEMENT_BASE + turn.next_number("settlement"))
    paid = [
        Paid(row.id, row.reference, row.creditor, row.article, row.description, row.price_minor)
        for row in chosen
    ]
    told = [each for each, row in zip(paid, chosen, strict=True) if row.kind_of_article != FEE]
    if fee_minor:
        first = chosen[0]
        fee = fee_article(turn, fee_minor, first.creditor, first.kind, key)
        paid.append(Paid(fee.id, first.reference, first.creditor, fee.article, FEE_TEXT, fee_minor))
    _write(turn, key, settlement, paid)
    pending = notify(turn, PAYMENT, key, settlement, request.channel, told)
    names = dict.fromkeys(turn.catalogue.creditor(row.creditor).name.fr for row in chosen)
    return ConfirmationAnswer(
        outcome="pending" if pending else "approved",
        message=PENDING_TEXT if pending else None,
        approval_code=approval_code(turn),
        settlement_reference=settlement,
        currency=CURRENCY,
        total_minor=amount_minor,
        receipt=[
            *names,
            *(f"{each.description} {write_money(each.price_minor)}" for each in paid),
            f"Total {write_money(amount_minor)} MAD",
            f"Règlement {settlement}",
        ],
    )


def receiver_of(turn: Turn, creditor: str) -> str:
    """The account that a creditor's bills are paid into: suspense while it has yet to accept."""
    callback = turn.catalogue.creditor(creditor).callback
    return f"{'suspense' if callback and callback.decides else 'creditor'}:{creditor}"


def _write(turn: Turn, key: str, settlement: str, paid: Sequence[Paid]) -> None:
    turn.connection.execute(
        _insert_payments,
        [
            {
                "operation_key": key,
                "article_id": each.id,
                "reference": each.reference,
                "settlement_reference": settlement,
                "price_minor": each.price_minor,
                "live": 1,
            }
            for each in paid
        ],
    )


def release(turn: Turn, operation_key: str) -> None:
    """What a cancelled confirmation paid is owed again."""
    turn.connection.execute(
        update(payments).where(payments.c.operation_key == operation_key).values(live=0)
    )


def articles_of(turn: Turn, reference: str) -> Sequence[Row[*tuple[Any, ...]]]:
    """The articles that a reference answered, with `live` 1 for those paid by now."""
    return turn.connection.execute(_read_articles, {"reference": reference}).all()


def _check_reference(turn: Turn, request: Confirmation) -> None:
    row = turn.connection.execute(_read_reference, {"reference": request.reference}).one_or_none()
    if row is None or (row.creditor, row.kind) != (request.creditor, request.kind):
        raise RefusedError("unknown_reference")
    if row.channel != request.channel:
        raise RefusedError("another_channel")
    if instant_text(turn.now) >= row.expires_at:
        raise RefusedError("reference_expired")
    if json.loads(row.parameters) != request.parameters:
        raise RefusedError("parameters_mismatch")


def _chosen(
    offered: Sequence[Row[*tuple[Any, ...]]], request: Confirmation
) -> list[Row[*tuple[Any, ...]]]:
    prices = {article.id: article.price_minor for article in request.articles}
    chosen = [row for row in offered if row.article in prices]
    if len(chosen) != len(request.articles) or any(
        row.price_minor != prices[row.article] for row in chosen
    ):
        raise RefusedError("article_mismatch")
    if any(row.live for row in chosen):
        raise RefusedError("already_paid")
    if any(
        row.kind_of_article != "bill" and not row.live and row.article not in prices
        for row in offered
    ):
        raise RefusedError("mandatory_article_missing")
    if sum(row.price_minor for row in chosen) != request.total_minor:
        raise RefusedError("total_mismatch")
    return chosen
