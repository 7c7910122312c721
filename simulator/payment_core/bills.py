"""What customers owe to creditors: enquiries, and the references that they open."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from simulator.payment_core.answers import Article, DebtsAnswer
from simulator.payment_core.catalogue import identity_of, shown_values
from simulator.payment_core.forms import check_form
from simulator.payment_core.ledger import CURRENCY
from simulator.payment_core.models import DebtEnquiry
from simulator.payment_core.refusals import RefusedError
from simulator.payment_core.settings import ChosenAmount, KindSettings, ListedBills, Tariff
from simulator.payment_core.tables import (
    articles,
    customers,
    payments,
    reference_articles,
    references,
)
from simulator.payment_core.turn import Turn, canonical, instant_text, new_row
from switch.runtime import CASABLANCA

REFERENCE_BASE = 100_000_000_000
"""References are 12 digits and begin with 1, so that none is taken for a STAN or an RRN."""

FEE = "fee"
"""The kind of an article that the bank is paid for, not the creditor."""

FEE_TEXT = "Frais de service"

NOTHING_OWED = "Aucune créance à payer"


@dataclass(frozen=True)
class Owner:
    """Whose debts: a customer of a kind of a creditor, by its identity as canonical JSON."""

    creditor: str
    kind: str
    identity: str


_unpaid = (
    select(articles)
    .join(payments, (payments.c.article_id == articles.c.id) & (payments.c.live == 1), isouter=True)
    .where(
        articles.c.creditor == bindparam("creditor"),
        articles.c.kind == bindparam("kind"),
        articles.c.identity == bindparam("identity"),
        payments.c.article_id.is_(None),
    )
    .order_by(articles.c.date, articles.c.id)
)
_all_of = select(articles.c.id, articles.c.price_minor).where(
    articles.c.creditor == bindparam("creditor"),
    articles.c.kind == bindparam("kind"),
    articles.c.identity == bindparam("identity"),
)


def enquire(turn: Turn, _key: str, request: DebtEnquiry) -> DebtsAnswer:
    """What is owed, under a fresh reference when anything is."""
    fee_minor = turn.catalogue.channel(request.channel).fee
    turn.catalogue.in_use(request.creditor)
    return look_up(turn, request, fee_minor)


def look_up(turn: Turn, request: DebtEnquiry, fee_minor: int | None) -> DebtsAnswer:
    """The same on a channel that takes this fee."""
    kind = turn.catalogue.kind(request.creditor, request.kind)
    form = check_form(kind.form, request.form)
    owner = Owner(request.creditor, request.kind, canonical(identity_of(kind, form)))
    parameters = shown_values(kind, form)
    if isinstance(kind.debts, ListedBills):
        parameters |= _known_customer(turn.connection, owner, form)
        owed = unpaid_articles(turn.connection, owner)
    elif isinstance(kind.debts, ChosenAmount):
        amount_minor = int(form[kind.debts.field]) * 100
        owed = [_new_article(turn, owner, kind.debts.description, amount_minor)]
    else:
        owed = _by_tariff(turn, owner, kind.debts, form)
    if not owed:
        return DebtsAnswer(
            outcome="approved",
            currency=CURRENCY,
            total_minor=0,
            articles=[],
            parameters=parameters,
            message=NOTHING_OWED,
        )
    return _open_reference(turn, request, kind, parameters, owner, owed, fee_minor)


def unpaid_articles(connection: Connection, owner: Owner) -> Sequence[Row[Any]]:
    """The owner's articles without a live payment, oldest first."""
    return connection.execute(_unpaid, _where(owner)).all()


def add_article(
    connection: Connection,
    owner: Owner,
    *,
    article: str,
    description: str,
    date: str,
    price_minor: int,
    kind: str,
) -> int:
    """A new thing owed; its number."""
    return new_row(
        connection,
        articles,
        **_where(owner),
        article=article,
        description=description,
        date=date,
        price_minor=price_minor,
        kind_of_article=kind,
    )


def price_in_tariff(tariff: Tariff, form: Mapping[str, str]) -> int:
    """Minor units; 0 when the column is free, or not in the table at all."""
    row = int(form[tariff.row])
    for band in tariff.table.get(form[tariff.column], ()):
        if band.up_to is None or row <= band.up_to:
            return band.price
    return 0


def _known_customer(
    connection: Connection, owner: Owner, form: Mapping[str, str]
) -> dict[str, str]:
    """The customer's own parameters; refuses a form whose password is not the customer's."""
    row = connection.execute(
        select(customers.c.form, customers.c.parameters).where(
            customers.c.creditor == owner.creditor,
            customers.c.kind == owner.kind,
            customers.c.identity == owner.identity,
        )
    ).one_or_none()
    if row is None:
        return {}
    if row.form != canonical(form):
        raise RefusedError("invalid_form", message="the values do not go together")
    return dict(json.loads(row.parameters))


def _by_tariff(
    turn: Turn, owner: Owner, tariff: Tariff, form: Mapping[str, str]
) -> Sequence[Row[Any]]:
    """One article for each identity, whose price follows what is declared until it is paid."""
    price_minor = price_in_tariff(tariff, form)
    found = turn.connection.execute(_all_of, _where(owner)).one_or_none()
    if price_minor == 0:
        return []
    if found is None:
        return [_new_article(turn, owner, tariff.description, price_minor)]
    if found.price_minor != price_minor:
        turn.connection.execute(
            update(articles).where(articles.c.id == found.id).values(price_minor=price_minor)
        )
    return unpaid_articles(turn.connection, owner)


def _new_article(
    turn: Turn, owner: Owner, description: str, price_minor: int, kind: str = "bill"
) -> Row[Any]:
    number = add_article(
        turn.connection,
        owner,
        article=f"N{turn.next_number('article'):09}",
        description=description,
        date=turn.now.astimezone(CASABLANCA).date().isoformat(),
        price_minor=price_minor,
        kind=kind,
    )
    return turn.connection.execute(select(articles).where(articles.c.id == number)).one()


def fee_article(turn: Turn, fee_minor: int, creditor: str, kind: str, of: str) -> Row[Any]:
    """The fee of a channel as an article of one reference, or of one payment by code, alone."""
    only_here = Owner(creditor, kind, canonical({"fee_of": of}))
    return _new_article(turn, only_here, FEE_TEXT, fee_minor, FEE)


def _open_reference(
    turn: Turn,
    request: DebtEnquiry,
    kind: KindSettings,
    parameters: dict[str, str],
    owner: Owner,
    owed: Sequence[Row[Any]],
    fee_minor: int | None,
) -> DebtsAnswer:
    reference = str(REFERENCE_BASE + turn.next_number("reference"))
    if fee_minor is not None:
        owed = [*owed, fee_article(turn, fee_minor, owner.creditor, owner.kind, reference)]
    expires_at = instant_text(turn.now + timedelta(seconds=turn.catalogue.reference_lifetime_s))
    turn.connection.execute(
        insert(references).values(
            reference=reference,
            creditor=request.creditor,
            kind=request.kind,
            parameters=canonical(parameters),
            channel=request.channel,
            opened_at=instant_text(turn.now),
            expires_at=expires_at,
        )
    )
    turn.connection.execute(
        insert(reference_articles),
        [
            {"reference": reference, "article_id": row.id, "price_minor": row.price_minor}
            for row in owed
        ],
    )
    return DebtsAnswer(
        outcome="approved",
        reference=reference,
        expires_at=expires_at,
        currency=CURRENCY,
        total_minor=sum(row.price_minor for row in owed),
        articles=[article_of(row) for row in owed],
        parameters=parameters,
        message=kind.label.fr,
    )


def article_of(row: Row[Any]) -> Article:
    """An article as the API tells it."""
    return Article(
        id=row.article,
        description=row.description,
        date=row.date,
        price_minor=row.price_minor,
        kind=row.kind_of_article,
    )


def _where(owner: Owner) -> dict[str, str]:
    return {"creditor": owner.creditor, "kind": owner.kind, "identity": owner.identity}
