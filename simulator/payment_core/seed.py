"""Filling an empty database from the settings."""

from __future__ import annotations

import hashlib

from sqlalchemy import insert, select

from simulator.payment_core.bills import Owner, add_article, look_up
from simulator.payment_core.catalogue import identity_of
from simulator.payment_core.checks import misfits
from simulator.payment_core.codes import code_for
from simulator.payment_core.ledger import Trace, open_account, post
from simulator.payment_core.models import DebtEnquiry
from simulator.payment_core.movements import customer
from simulator.payment_core.pins import keep_pin_value
from simulator.payment_core.settings import BillSettings, CoreSettings, DebtorSettings
from simulator.payment_core.tables import cards, customers, facts
from simulator.payment_core.turn import Turn, canonical, new_row
from switch.settings.masking import mask_pan
from switch.store.sealed_cards import sealed_card


def seed_if_empty(turn: Turn, settings: CoreSettings) -> bool:
    """Fill the database unless it is filled; whether it holds what these settings say.

    Books that exist are never touched: other settings than those that filled them are for a
    fresh start. Raises ValueError when the settings do not fit together.
    """
    digest = settings_digest(settings)
    found = turn.connection.execute(
        select(facts.c.value).where(facts.c.name == "seed")
    ).scalar_one_or_none()
    if found is not None:
        return bool(found == digest)
    for misfit in misfits(settings):
        raise misfit
    _bank(turn, settings)
    for bill in settings.bills:
        _bill(turn, bill)
    for code in settings.payment_codes:
        code_for(turn, [_reference_of(turn, debtor) for debtor in code.pays], code.lifetime)
    turn.connection.execute(insert(facts).values(name="seed", value=digest))
    return True


def settings_digest(settings: CoreSettings) -> str:
    """Tells whether settings are those that filled the books."""
    return hashlib.sha256(settings.model_dump_json().encode()).hexdigest()


def _bank(turn: Turn, settings: CoreSettings) -> None:
    numbers = {}
    open_account(turn.connection, "opening")
    for account in settings.accounts:
        code = customer(account.rib)
        numbers[account.rib] = open_account(
            turn.connection, code, holder=account.holder, floor_minor=0
        )
        if account.balance:
            moves = {"opening": -account.balance, code: account.balance}
            post(turn, "opening", Trace(f"opening/{account.rib}"), moves)
    for card in settings.cards:
        card_id = new_row(
            turn.connection,
            cards,
            **sealed_card(turn.vault, card.pan),
            masked_pan=mask_pan(card.pan),
            account_id=numbers[card.account],
            expiry=card.expiry,
            status=card.status,
        )
        if card.pin_value is not None:
            keep_pin_value(turn.connection, card_id, card.pin_value)


def _reference_of(turn: Turn, debtor: DebtorSettings) -> str:
    """The reference of what a customer of a creditor owes. Raises ValueError when it is nothing."""
    enquiry = DebtEnquiry(
        creditor=debtor.creditor, kind=debtor.kind, form=debtor.form, channel="creditor"
    )
    reference = look_up(turn, enquiry, None).reference
    if reference is None:
        raise ValueError(f"a payment code for a customer of {debtor.creditor} who owes nothing")
    return reference


def _bill(turn: Turn, bill: BillSettings) -> None:
    kind = turn.catalogue.kind(bill.creditor, bill.kind)
    form = {field.name: bill.form[field.name] for field in kind.form if field.name in bill.form}
    owner = Owner(bill.creditor, bill.kind, canonical(identity_of(kind, form)))
    turn.connection.execute(
        insert(customers).values(
            creditor=owner.creditor,
            kind=owner.kind,
            identity=owner.identity,
            form=canonical(form),
            parameters=canonical(bill.parameters),
        )
    )
    for article in bill.articles:
        add_article(
            turn.connection,
            owner,
            article=article.id,
            description=article.description,
            date=article.date,
            price_minor=article.price,
            kind=article.kind,
        )
