"""Running many seeds of a scenario, one world each, and what became of each in a few facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from simulator.explore.drawing import drawn
from simulator.network.settings import load_network
from simulator.scenario.clocks import run_in_virtual_time
from simulator.scenario.loading import NetworkLoader, Scenario, remembering
from simulator.scenario.results import ScenarioResult, StepStatus, Verdict

SEEDS_AT_ONCE = 8
"""Given to a process at a time: enough to keep it busy, few enough to hear of a failure soon."""


@dataclass(frozen=True)
class Target:
    """One case of a scenario file."""

    path: Path
    index: int
    name: str


@dataclass(frozen=True)
class Tried:
    """What came of one seed. `broke` is empty when nothing did."""

    seed: int
    verdict: Verdict
    broke: str
    virtual_s: float
    digest: str
    reached: Counter[str] = field(default_factory=Counter)

    @property
    def passed(self) -> bool:
        """Whether nothing broke; what a load's thresholds say of speed is not asked here."""
        return self.verdict in (Verdict.PASSED, Verdict.THRESHOLD)


def search(target: Target, seeds: range, jobs: int) -> Iterator[Tried]:
    """Every seed in its order, `jobs` at the same time. Closing it ends what still runs."""
    one = partial(_one, target)
    if jobs == 1:
        yield from map(one, seeds)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        try:
            yield from pool.map(one, seeds, chunksize=SEEDS_AT_ONCE)
        finally:
            pool.shutdown(cancel_futures=True)


def run_drawn(scenario: Scenario, seed: int) -> ScenarioResult:
    """One run in virtual time, as every seed is run."""
    return run_in_virtual_time(scenario, seed, lambda step: None, lambda: False)


def first_broken(result: ScenarioResult) -> str:
    """What broke a run: an invariant by its name, else what went wrong; empty when nothing."""
    if result.broken:
        return result.broken[0].invariant
    if result.problem:
        return result.problem
    for step in result.steps:
        if step.status in (StepStatus.FAILED, StepStatus.BROKEN):
            return f"step {step.number}: {step.problem or step.mismatches[0]}"
    return str(result.mismatches[0]) if result.mismatches else ""


_networks: list[NetworkLoader] = []


def networks() -> NetworkLoader:
    """A loader that reads each network once in this process."""
    if not _networks:
        _networks.append(remembering(load_network))
    return _networks[0]


def _one(target: Target, seed: int) -> Tried:
    result = run_drawn(drawn(target.path, target.index, seed, networks()), seed)
    broke = first_broken(result)
    return Tried(seed, result.verdict, broke, result.elapsed_s, result.digest, reached_by(result))


def reached_by(result: ScenarioResult) -> Counter[str]:
    """What a run met: outcomes of operations, faults by name, reversals."""
    reached: Counter[str] = Counter()
    for step in result.steps:
        if step.result is not None:
            reached[f"{step.result.operation} {step.result.outcome.replace('_', ' ')}"] += 1
    for load in result.loads:
        if result.metrics is not None:
            tags = {"load": load.name}
            reached["operations of loads"] += result.metrics.count_of("operations", tags)
    for span in result.faults:
        reached[f"fault: {span.what}"] += 1
    if result.books is not None:
        reached["reversals acknowledged"] += result.books.switch.acknowledged
    return +reached
