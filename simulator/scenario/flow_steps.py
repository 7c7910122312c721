"""Steps that hold steps: over and over, until they pass, side by side, from another file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from simulator.scenario.fields import Some
from simulator.scenario.open_model import OpenModel
from simulator.scenario.templates import NAME
from switch.settings import DurationS, Misfit, Model, Text, Whole

if TYPE_CHECKING:
    from simulator.scenario.steps import Step

ROUNDS_MAX = 10_000
"""What goes round more often is a load."""

BRANCHES_MAX = 100

VariableName = Annotated[Text, Field(pattern=f"^{NAME.pattern}$")]


class Loop(OpenModel):
    """Do steps several times: `times`, or once for each of `over`."""

    times: Annotated[Whole, Field(gt=0, le=ROUNDS_MAX)] | None = None
    over: Some[Text] | None = None
    as_: VariableName = Field(default="index", alias="as")
    """What the steps call the value of `over`, or the number of the round from 1."""
    steps: Some[Step]

    @model_validator(mode="after")
    def _one_way(self) -> Loop:
        if (self.times is None) == (self.over is None):
            raise Misfit("a loop says either `times` or `over`")
        return self


class Retry(OpenModel):
    """Do steps again until all of them pass; only the last try counts."""

    times: Annotated[Whole, Field(gt=0, le=ROUNDS_MAX)]
    """How often at most."""
    every: Annotated[DurationS, Field(gt=0)]
    """The pause between two tries."""
    steps: Some[Step]


class Include(Model):
    """Do the steps of another file."""

    file: Text
    """A file with `fragment` and `steps`, from the folder of this one."""
    with_: dict[VariableName, Text] = Field(default_factory=dict, alias="with")
    """Values for its variables."""


Parallel = Annotated[
    dict[VariableName, Some["Step"]],
    Field(max_length=BRANCHES_MAX),
]
"""Branches by name: each does its steps, all at the same time; what follows waits for all."""


class FragmentFile(Model):
    """Steps that several scenarios share."""

    fragment: Text
    """What it does, in a few words."""
    description: Text | None = None
    vars: dict[VariableName, Text] = Field(default_factory=dict)
    """Variables and what they are unless the scenario says otherwise."""
    steps: Some[Step]
