"""What every step at a terminal says: where, and with which card."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from simulator.gab.states import State
from simulator.gab.texts import Language
from simulator.scenario.fields import Some
from simulator.scenario.open_model import OpenModel
from switch.settings import Digits, Text


class AtTerminal(OpenModel):
    """Something done at a terminal."""

    at: Text
    """A role of the cast, or a terminal of the network."""


class AtGab(AtTerminal):
    """Something that a customer does at a GAB, and how."""

    language: Language | None = None
    """Of screens and receipt; the GAB's own unless said."""
    cancels_at: State | None = None
    """The state of the session in which the customer presses cancel."""
    leaves_at: State | None = None
    """The state of the session in which the customer walks away."""

    @property
    def ways(self) -> dict[str, Any]:
        """How the customer behaves, as `Scripted` takes it."""
        ways: dict[str, Any] = {"language": self.language}
        if self.cancels_at is not None:
            ways["cancels_at"] = (self.cancels_at,)
        if self.leaves_at is not None:
            ways["leaves_at"] = (self.leaves_at,)
        return ways


class WithCard(AtGab):
    """Something done with a card."""

    card: Text
    """A role of the cast, or a card of the network by its holder or its number."""
    pins: Annotated[Some[Annotated[str, Digits(1, 12)]] | None, Field(repr=False)] = None
    """What is entered for the PIN, at each try; the right one unless said."""

    @property
    def ways(self) -> dict[str, Any]:
        """The same, with the PINs."""
        ways = super().ways
        return ways if self.pins is None else {**ways, "pins": self.pins}


Phone = Annotated[str, Digits(10)]
PaymentCode = Annotated[str, Digits(12)]
CashCode = Annotated[str, Digits(8)]
Rrn = Annotated[str, Digits(12)]
