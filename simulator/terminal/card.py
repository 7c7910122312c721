"""The card that somebody brings to a terminal."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.card.troubles import ChipTrouble
from switch.wire import mask_pan

USUAL_PIN = "1234"
"""The PIN of every card of the shipped networks; their banks keep what stands for it only."""


@dataclass(frozen=True)
class Card:
    """A card number and, when the card shows one, its expiry as YYMM. Its `repr` is masked."""

    pan: str
    expiry: str = ""
    pin: str = field(default=USUAL_PIN, repr=False)
    """What its holder enters."""
    trouble: ChipTrouble | None = None
    """What is wrong with its chip, if it has one."""

    @property
    def masked(self) -> str:
        """The number as people may see it."""
        return mask_pan(self.pan)

    def __repr__(self) -> str:
        return f"Card({self.masked}, {self.expiry or 'no expiry'})"
