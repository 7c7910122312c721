"""The faults that a scenario can inject, as it writes them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from switch.settings import DurationS, Misfit, Model, Text

FaultWord = Literal["silent", "slow", "lose_answers", "down", "black_hole"]

ISSUER_FAULTS = frozenset({"silent", "slow", "lose_answers"})
"""Faults on messages: they belong to the simulated peer."""

PARTIES = ("core", "issuer", "switch")
"""What can be down."""


class Fault(Model):
    """Something that goes wrong, undone by itself at the end of its time or of the scenario."""

    on: Text
    """`core`, `issuer`, `switch`, or a terminal (a role of the cast or its identification)."""
    inject: FaultWord
    """`silent`: the issuer reads and answers nothing. `slow`: it answers late, by `delay`.
    `lose_answers`: it does what is asked, and the answer is lost. `down`: the party is stopped,
    its port closed. `black_hole`: what the switch sends to the terminal gets lost on the way.
    """
    delay: Annotated[DurationS, Field(gt=0)] | None = None
    """How late a `slow` issuer answers."""
    at: Annotated[DurationS, Field(ge=0)] = 0.0
    """When it begins, after the step that says it."""
    for_: Annotated[DurationS, Field(gt=0)] | None = Field(default=None, alias="for")
    """How long it lasts; until it is healed, or to the end of the steps, unless said."""

    @model_validator(mode="after")
    def _fits(self) -> Fault:
        if self.inject in ISSUER_FAULTS and self.on != "issuer":
            raise Misfit(
                f"only the issuer can be '{self.inject}'",
                "on",
                near=self.on,
                candidates=("issuer",),
            )
        if self.inject == "down" and self.on not in PARTIES:
            raise Misfit(
                "what can be down is 'core', 'issuer' or 'switch'",
                "on",
                near=self.on,
                candidates=PARTIES,
            )
        if self.inject == "black_hole" and self.on in PARTIES:
            raise Misfit("a black hole is on the line of a terminal", "on")
        if self.inject == "slow" and self.delay is None:
            raise Misfit("how slow? say it with 'delay'", "inject")
        if self.inject != "slow" and self.delay is not None:
            raise Misfit(f"'{self.inject}' has no delay", "delay", on_key=True)
        return self
