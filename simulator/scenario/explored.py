"""What may differ from seed to seed when a scenario is explored, as its file says it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from simulator.scenario.faults import Fault
from simulator.scenario.flow_steps import VariableName
from switch.settings import DurationS, Misfit, Model, Text, Whole

FAULTS_MAX = 100
"""In one run: more would heal nothing before the end."""

CountRange = tuple[
    Annotated[Whole, Field(ge=0, le=FAULTS_MAX)], Annotated[Whole, Field(ge=0, le=FAULTS_MAX)]
]
TimeRange = tuple[Annotated[DurationS, Field(ge=0)], Annotated[DurationS, Field(ge=0)]]


class PossibleFault(Model):
    """A fault that may be drawn, when it may begin, and how long it may last."""

    fault: Fault
    """As in `faults`, without `at` and `for`."""
    at: TimeRange
    """The earliest and the latest beginning, from the first step."""
    for_: TimeRange = Field(alias="for")
    """The shortest and the longest time."""

    @model_validator(mode="after")
    def _fits(self) -> PossibleFault:
        for name, (low_s, high_s) in (("at", self.at), ("for", self.for_)):
            if low_s > high_s:
                raise Misfit("the second is less than the first", name)
        if self.for_[0] <= 0:
            raise Misfit("a fault lasts longer than no time", "for", 0)
        if self.fault.at or self.fault.for_ is not None:
            raise Misfit("when it is on is said beside it, with 'at' and 'for'", "fault")
        return self


class Exploration(Model):
    """What `guichet explore` draws for each seed."""

    count: CountRange = (1, 3)
    """The fewest and the most faults in one run."""
    faults: tuple[PossibleFault, ...] = ()
    """What may go wrong: each that is drawn is drawn from these alike."""
    vars: dict[VariableName, Annotated[tuple[Text, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    """Values to choose among, for variables of the scenario."""

    @model_validator(mode="after")
    def _fits(self) -> Exploration:
        if self.count[0] > self.count[1]:
            raise Misfit("the second is less than the first", "count")
        return self
