"""Making a failing run smaller: fewer faults, then fewer steps, while the same thing breaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from simulator.explore.drawing import with_faults
from simulator.explore.searching import first_broken, run_drawn
from simulator.scenario.loading import Scenario
from simulator.scenario.results import ScenarioResult

T = TypeVar("T")

RUNS_MAX = 200
"""Of one shrinking: a day of many faults ends in time."""


@dataclass(frozen=True)
class Shrunk:
    """The smallest run that was found, and how many it took."""

    scenario: Scenario
    result: ScenarioResult
    runs: int


def shrink(scenario: Scenario, seed: int) -> Shrunk:
    """Leave out what is not needed for the first thing that breaks in this run."""
    result = run_drawn(scenario, seed)
    broke = first_broken(result)
    best, runs = result, 1

    def fails(candidate: Scenario) -> bool:
        nonlocal best, runs
        if runs >= RUNS_MAX:
            return False
        runs += 1
        found = run_drawn(candidate, seed)
        if first_broken(found) != broke:
            return False
        best = found
        return True

    faults = fewer(scenario.file.faults, lambda kept: fails(with_faults(scenario, kept)))
    small = with_faults(scenario, faults)
    steps = fewer(scenario.steps, lambda kept: bool(kept) and fails(replace(small, steps=kept)))
    return Shrunk(replace(small, steps=steps), best, runs)


def fewer(things: Sequence[T], still_fails: Callable[[tuple[T, ...]], bool]) -> tuple[T, ...]:
    """The things without which it does not fail: halves are left out first, then one by one."""
    kept = tuple(things)
    size = max(1, len(kept) // 2)
    while kept:
        before = kept
        at = 0
        while at < len(kept):
            without = kept[:at] + kept[at + size :]
            if still_fails(without):
                kept = without
            else:
                at += size
        if size > 1:
            size //= 2
        elif kept == before:
            break
    return kept
