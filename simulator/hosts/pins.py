"""PINs of the issuer's cards: what stands for them, and counting the wrong ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, select, update

from simulator.hosts.reading import RefusedError
from simulator.hosts.tables import card_pins, cards
from switch.keys.vault import Vault

if TYPE_CHECKING:
    from switch.keys.checking import PinOutcome

PIN_TRIES_MAX = 3
"""Wrong PINs in a row after which no PIN of the card is looked at any more."""


def pin_value(connection: Connection, vault: Vault, pan: str) -> str:
    """What stands for the PIN of a card; nothing when it has none here."""
    found = connection.execute(
        select(card_pins.c.value)
        .join(cards, cards.c.id == card_pins.c.card_id)
        .where(cards.c.card_key == vault.fingerprint(pan))
    ).scalar_one_or_none()
    return "" if found is None else str(found)


def prove(connection: Connection, card_id: int, pin: PinOutcome) -> None:
    """Count a PIN that came; raises RefusedError unless it is right."""
    mine = card_pins.c.card_id == card_id
    tries = connection.execute(select(card_pins.c.tries).where(mine)).scalar_one_or_none()
    if tries is None or pin.verdict == "unverifiable":
        raise RefusedError("96", "the PIN cannot be verified here")
    if tries >= PIN_TRIES_MAX:
        raise RefusedError("75", "too many wrong PINs")
    if pin.verdict == "unreadable":
        raise RefusedError("81", "the PIN block does not open")
    wrong = pin.verdict == "wrong"
    if wrong or tries:
        counted = update(card_pins).where(mine).values(tries=tries + 1 if wrong else 0)
        connection.execute(counted)
    if wrong:
        raise RefusedError("55", "wrong PIN")


def change_pin(connection: Connection, card_id: int, pin: PinOutcome | None) -> dict[str, str]:
    if pin is None or not pin.new_value:
        raise RefusedError("30", "a change of PIN without both PINs")
    kept = update(card_pins).where(card_pins.c.card_id == card_id).values(value=pin.new_value)
    connection.execute(kept)
    return {"39": "00"}
