"""PINs at the core: which card a request may use, and how often a wrong PIN was given.

The security module has looked at the PIN before the turn at the database begins; here its verdict
becomes an answer, in the same commit as the count of tries.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, insert, select, update

from simulator.payment_core.answers import Answer
from simulator.payment_core.cards import Card, find_card, usable
from simulator.payment_core.chips import trust_chip
from simulator.payment_core.models import PinChange
from simulator.payment_core.refusals import RefusedError
from simulator.payment_core.tables import card_pins, cards
from simulator.payment_core.turn import Turn
from switch.keys.vault import Vault

TRIES_MAX = 3
"""Wrong PINs in a row after which no PIN of the card is looked at any more."""

_read_pin = select(card_pins.c.tries).where(card_pins.c.card_id == bindparam("card"))
_read_value = (
    select(card_pins.c.value)
    .join(cards, cards.c.id == card_pins.c.card_id)
    .where(cards.c.card_key == bindparam("key"))
)


def pin_value(connection: Connection, vault: Vault, pan: str) -> str:
    """What stands for the PIN of a card; nothing when it has none here."""
    found = connection.execute(_read_value, {"key": vault.fingerprint(pan)}).scalar_one_or_none()
    return "" if found is None else str(found)


def keep_pin_value(connection: Connection, card_id: int, value: str) -> None:
    """What stands for the PIN of a new card."""
    connection.execute(insert(card_pins).values(card_id=card_id, value=value, tries=0))


def card_in_use(turn: Turn, pan: str, expiry: str | None, account: str | None) -> Card:
    """The card, when it may be used now, and the chip data and PIN that came are right.

    Raises RefusedError. A request without a PIN is the switch's business to refuse.
    """
    card = usable(
        find_card(turn.connection, turn.vault, pan), turn.now, expiry=expiry, account=account
    )
    trust_chip(turn, card.id)
    if turn.pin is not None:
        _prove(turn, card)
    return card


def change_pin(turn: Turn, key: str, request: PinChange) -> Answer:
    """Another PIN for a card, whose current one came with the request."""
    card = card_in_use(turn, request.pan, request.expiry, None)
    if turn.pin is None or not turn.pin.new_value:
        raise RefusedError("pin_not_verifiable")
    kept = update(card_pins).where(card_pins.c.card_id == card.id)
    turn.connection.execute(kept.values(value=turn.pin.new_value))
    return Answer(outcome="approved")


def _prove(turn: Turn, card: Card) -> None:
    assert turn.pin is not None, "a PIN came"
    tries = turn.connection.execute(_read_pin, {"card": card.id}).scalar_one_or_none()
    if tries is None or turn.pin.verdict == "unverifiable":
        raise RefusedError("pin_not_verifiable")
    if tries >= TRIES_MAX:
        raise RefusedError("pin_tries_exceeded")
    if turn.pin.verdict == "unreadable":
        raise RefusedError("pin_unreadable")
    wrong = turn.pin.verdict == "wrong"
    if wrong or tries:
        counted = update(card_pins).where(card_pins.c.card_id == card.id)
        turn.connection.execute(counted.values(tries=tries + 1 if wrong else 0))
    if wrong:
        raise RefusedError("wrong_pin")
