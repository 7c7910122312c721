"""A scenario whose loads one customer tries: what they do is seen before it is done often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from simulator.scenario.load_steps import LoadOfSteps
from simulator.scenario.loading import Scenario
from simulator.scenario.plan import PlannedLoad

_OF_SCHEDULES = ("rate", "duration", "stages", "max_in_flight")


def solo(scenario: Scenario) -> Scenario:
    """The same scenario where each load, and each choice of its mix, is done once.

    All begin at once, as far as there are terminals for them. Thresholds are about many, so
    there are none.
    """
    loads = tuple(one for planned in scenario.loads for one in _ones(planned))
    return replace(scenario, file=scenario.file.model_copy(update={"thresholds": {}}), loads=loads)


def _ones(planned: PlannedLoad) -> Iterator[PlannedLoad]:
    for number, (_, steps) in enumerate(planned.choices, 1):
        name = planned.name if len(planned.choices) == 1 else f"{planned.name}/{number}"
        yield PlannedLoad(name, _once(planned.settings), ((1, steps),))


def _once(load: LoadOfSteps) -> LoadOfSteps:
    return load.model_copy(
        update={
            **dict.fromkeys(_OF_SCHEDULES),
            "executor": "shared-iterations",
            "vus": 1,
            "iterations": 1,
            "start": 0.0,
            "warm_up": 0.0,
        }
    )
