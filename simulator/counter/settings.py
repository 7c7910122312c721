"""What a network file says of a counter."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from simulator.counter.cash import DENOMINATIONS
from simulator.counter.paper import Language
from switch.settings import DurationS, Flag, Misfit, Model, MoneyMinor, Text, Whole, write_money

Count = Annotated[Whole, Field(ge=0, le=100_000)]
Cash = dict[MoneyMinor, Count]
"""How many of each note and coin, by its value in dirhams."""
TellerId = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,8}$")]

REPEATS_MAX = 3


class TellerSettings(Model):
    """Somebody who may sign on at a counter."""

    name: Text
    supervisor: Flag = False
    """Whether this teller may let another one close a batch with a difference."""


class CounterSettings(Model):
    """One counter of an agency: a vault, tellers who serve in turn, a till for each."""

    timeout: Annotated[DurationS, Field(gt=0)] = 10.0
    """How long it waits for an answer."""
    repeats: Annotated[Whole, Field(ge=0, le=REPEATS_MAX)] = 0
    """How often a request that nobody answered is sent again before it is reversed."""
    vault: Cash = Field(default_factory=dict)
    """What is in it at a fresh start."""
    tellers: Annotated[dict[TellerId, TellerSettings], Field(min_length=1)] = Field(
        default_factory=lambda: {"T01": TellerSettings(name="teller")}
    )
    till: Cash | None = None
    """With it, at a fresh start, the first teller is signed on, with a batch open on this cash."""
    language: Language = "fr"
    """Of receipts."""

    @field_validator("till", "vault")
    @classmethod
    def _legal(cls, cash: Cash | None) -> Cash | None:
        for piece in cash or {}:
            if piece not in DENOMINATIONS:
                raise ValueError(f"there is no note or coin of {write_money(piece)}")
        return cash

    @model_validator(mode="after")
    def _somebody_serves(self) -> CounterSettings:
        if all(teller.supervisor for teller in self.tellers.values()):
            raise Misfit("every teller here is a supervisor: who serves?", "tellers", on_key=True)
        return self
