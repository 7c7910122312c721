"""What may be asked about: an operation, a reference, the catalogue, the books."""

from __future__ import annotations

from sqlalchemy import select

from simulator.payment_core.answers import (
    AccountBalance,
    Channel,
    Channels,
    Creditor,
    Creditors,
    Form,
    FormField,
    Kind,
    Kinds,
    OperationStatus,
    ReferenceArticle,
    ReferenceStatus,
    Translations,
    TrialBalance,
)
from simulator.payment_core.bills import FEE, article_of
from simulator.payment_core.catalogue import Catalogue
from simulator.payment_core.ledger import CURRENCY, trial_balance
from simulator.payment_core.payments import articles_of
from simulator.payment_core.settings import Words
from simulator.payment_core.tables import cancellations, operations, references
from simulator.payment_core.turn import Turn, instant_text


def operation_status(turn: Turn, key: str) -> OperationStatus:
    """What became of an operation; `unknown` when neither it nor its cancellation came."""
    operation = turn.connection.execute(
        select(operations).where(operations.c.key == key)
    ).one_or_none()
    cancellation = turn.connection.execute(
        select(cancellations).where(cancellations.c.cancels == key)
    ).one_or_none()
    if cancellation is not None and (operation is None or cancelled(operation.reason)):
        return OperationStatus(
            key=key,
            status="cancelled",
            kind=None if operation is None else operation.kind,
            at=cancellation.at,
            retained_minor=cancellation.retained_minor,
        )
    if operation is None:
        return OperationStatus(key=key, status="unknown")
    return OperationStatus(
        key=key,
        status=operation.outcome,
        kind=operation.kind,
        reason=operation.reason,
        at=operation.at,
    )


def cancelled(reason: str | None) -> bool:
    """Whether an operation that has a cancellation was undone by it: not if it was declined."""
    return reason in (None, "cancelled_before")


def reference_status(turn: Turn, reference: str) -> ReferenceStatus:
    """What became of a reference: how much of it is paid, or whether it is over."""
    row = turn.connection.execute(
        select(references).where(references.c.reference == reference)
    ).one_or_none()
    if row is None:
        return ReferenceStatus(reference=reference, status="unknown")
    rows = articles_of(turn, reference)
    paid = sum(1 for article in rows if article.live)
    # Paid by code, its bills have the fee of that channel instead of this one's.
    if all(article.live for article in rows if article.kind_of_article != FEE):
        status = "paid"
    elif instant_text(turn.now) >= row.expires_at:
        status = "expired"
    else:
        status = "partly_paid" if paid else "waiting"
    return ReferenceStatus.model_validate(
        {
            "reference": reference,
            "status": status,
            "creditor": row.creditor,
            "kind": row.kind,
            "expires_at": row.expires_at,
            "articles": [
                ReferenceArticle(**article_of(article).model_dump(), paid=bool(article.live))
                for article in rows
            ],
        }
    )


def books(turn: Turn) -> TrialBalance:
    """The trial balance."""
    lines = [
        AccountBalance(code=code, kind=kind, balance_minor=balance_minor)
        for code, kind, balance_minor in trial_balance(turn.connection)
    ]
    total_minor = sum(line.balance_minor for line in lines)
    return TrialBalance(currency=CURRENCY, accounts=lines, total_minor=total_minor)


def creditors(catalogue: Catalogue) -> Creditors:
    """Who can be paid."""
    return Creditors(
        creditors=[
            Creditor(
                id=each.id,
                name=_translations(each.name),
                active=each.active,
                sells_to=each.merchant.sells_to if each.merchant else None,
                label_expires=(
                    each.merchant.label.expires if each.merchant and each.merchant.label else None
                ),
            )
            for each in catalogue.creditors()
        ]
    )


def channels(catalogue: Catalogue) -> Channels:
    """The ways to reach the core."""
    return Channels(
        channels=[
            Channel(
                name=name,
                label=_translations(each.label) if each.label else None,
                fee_minor=each.fee,
                online=each.online,
                active=each.active,
            )
            for name, each in catalogue.channels.items()
        ]
    )


def kinds(catalogue: Catalogue, creditor: str) -> Kinds:
    """The kinds of debts of a creditor; raises RefusedError when there is no such creditor."""
    return Kinds(
        creditor=creditor,
        kinds=[
            Kind(kind=kind.kind, label=_translations(kind.label))
            for kind in catalogue.creditor(creditor).kinds
        ],
    )


def form(catalogue: Catalogue, creditor: str, kind: str) -> Form:
    """The form of a kind; raises RefusedError when there is no such creditor or kind."""
    return Form(
        creditor=creditor,
        kind=kind,
        fields=[
            FormField(
                name=field.name,
                label=_translations(field.label),
                type=field.type,
                format=field.format,
                min_length=field.min_length,
                max_length=field.max_length,
                required=field.required,
                values=list(field.values),
            )
            for field in catalogue.kind(creditor, kind).form
        ],
    )


def _translations(words: Words) -> Translations:
    return Translations(fr=words.fr, ar=words.ar, en=words.en)
