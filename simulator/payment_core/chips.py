"""Chips at the core: a cryptogram counts once.

The security module has looked at the cryptogram before the turn at the database begins; here its
verdict becomes an answer, in the same commit as the counter of the card.
"""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select, update

from simulator.payment_core.refusals import Reason, RefusedError
from simulator.payment_core.tables import card_chips
from simulator.payment_core.turn import Turn

REFUSALS: dict[str, Reason] = {
    "wrong": "chip_refused",
    "unreadable": "chip_unreadable",
    "unverifiable": "chip_not_verifiable",
}

_read_counter = select(card_chips.c.counter).where(card_chips.c.card_id == bindparam("card"))


def trust_chip(turn: Turn, card_id: int) -> None:
    """Take in the counter of the chip that came with a request, if one did.

    Raises RefusedError unless its cryptogram is right and its counter new.
    """
    chip = turn.chip
    if chip is None:
        return
    if chip.verdict != "right":
        raise RefusedError(REFUSALS[chip.verdict])
    last = turn.connection.execute(_read_counter, {"card": card_id}).scalar_one_or_none()
    if last is None:
        first = insert(card_chips).values(card_id=card_id, counter=chip.counter)
        turn.connection.execute(first)
        return
    if chip.counter <= last:
        raise RefusedError("chip_refused")
    mine = update(card_chips).where(card_chips.c.card_id == card_id)
    turn.connection.execute(mine.values(counter=chip.counter))
