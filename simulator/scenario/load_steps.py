"""What the iterations of a load do: steps, or a mix of them by weight."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from simulator.load.settings import Load
from simulator.scenario.fields import Some
from simulator.scenario.steps import Step
from switch.settings import Misfit, Model, Text, Whole


class MixEntry(Model):
    """One kind of customer, as often as its weight among all says."""

    name: Text | None = None
    weight: Annotated[Whole, Field(gt=0, le=1_000_000)] = 1
    steps: Some[Step]


class LoadOfSteps(Load):
    """A load of a scenario: `steps`, or a `mix` of several."""

    steps: Some[Step] | None = None
    mix: Some[MixEntry] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> LoadOfSteps:
        if (self.steps is None) == (self.mix is None):
            raise Misfit("a load says either `steps` or `mix`")
        return self
