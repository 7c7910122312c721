"""The card that somebody brings to a terminal."""

from __future__ import annotations

from dataclasses import dataclass

from switch.wire import mask_pan


@dataclass(frozen=True)
class Card:
    """A card number and, when the card shows one, its expiry as YYMM. Its `repr` is masked."""

    pan: str
    expiry: str = ""

    @property
    def masked(self) -> str:
        """The number as people may see it."""
        return mask_pan(self.pan)

    def __repr__(self) -> str:
        return f"Card({self.masked}, {self.expiry or 'no expiry'})"
