"""What a network file says of a counter."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from simulator.counter.cash import DENOMINATIONS
from switch.settings import DurationS, Model, MoneyMinor, Whole, write_money

Count = Annotated[Whole, Field(ge=0, le=100_000)]


class CounterSettings(Model):
    """One teller's counter in an agency."""

    timeout: Annotated[DurationS, Field(gt=0)] = 10.0
    """How long it waits for an answer."""
    till: dict[MoneyMinor, Count] = Field(default_factory=dict)
    """The opening cash: how many of each note and coin, by its value in dirhams."""

    @field_validator("till")
    @classmethod
    def _legal(cls, till: dict[int, int]) -> dict[int, int]:
        for piece in till:
            if piece not in DENOMINATIONS:
                raise ValueError(f"there is no note or coin of {write_money(piece)}")
        return till
