"""Chips at the issuer: a cryptogram that is right counts once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select, update

from simulator.hosts.reading import RefusedError
from simulator.hosts.tables import card_chips

if TYPE_CHECKING:
    from switch.keys.chips import ChipOutcome

REFUSED = "63"
"""DE39 of what is not trusted, unless the range of the card says another."""


def trust(connection: Connection, card_id: int, chip: ChipOutcome) -> None:
    """Take in the counter of a chip; raises RefusedError unless its cryptogram is right and new."""
    if chip.verdict == "unverifiable":
        raise RefusedError("96", "the cryptogram cannot be verified here")
    if chip.verdict == "unreadable":
        raise RefusedError("30", "the chip data (DE55) lack something")
    refuse_with = chip.range.refuse_with if chip.range is not None else REFUSED
    if chip.verdict == "wrong":
        raise RefusedError(refuse_with, "wrong cryptogram")
    mine = card_chips.c.card_id == card_id
    last = connection.execute(select(card_chips.c.counter).where(mine)).scalar_one_or_none()
    if last is None:
        connection.execute(insert(card_chips).values(card_id=card_id, counter=chip.counter))
        return
    if chip.counter <= last:
        raise RefusedError(refuse_with, "the counter of the card came before")
    connection.execute(update(card_chips).where(mine).values(counter=chip.counter))
