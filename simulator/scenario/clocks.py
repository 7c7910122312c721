"""Where scenarios run: on the real clock and real sockets, or each in a world of virtual time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from simulator.scenario.loading import Scenario
from simulator.scenario.loads import OnProgress
from simulator.scenario.playing import OnStep, said
from simulator.scenario.results import ScenarioResult, Verdict
from simulator.scenario.runner import run_scenario
from simulator.virtual import StillWaitingError, World
from switch.runtime import Chance, Log, real_runtime

WORLD_LIMIT_S = 86_400.0
"""A scenario's own limits end it long before; this ends one whose limits do not work."""


async def run_in_real_time(
    scenario: Scenario,
    reactor: Any,
    seed: int,
    log: Log,
    on_step: OnStep,
    interrupted: Callable[[], bool],
    on_progress: OnProgress = lambda progress: None,
) -> ScenarioResult:
    """Run a scenario on `reactor`, on loopback, with books in a temporary folder."""
    surroundings = real_runtime(reactor, seed_of(seed, scenario), log).of
    with TemporaryDirectory(prefix="guichet-") as folder:
        where = Path(folder)
        return await run_scenario(scenario, surroundings, where, on_step, interrupted, on_progress)


def run_in_virtual_time(
    scenario: Scenario,
    seed: int,
    on_step: OnStep,
    interrupted: Callable[[], bool],
    on_progress: OnProgress = lambda progress: None,
) -> ScenarioResult:
    """Run a scenario in a world of its own; the result has the digest of its history."""
    with World(seed_of(seed, scenario)) as world, TemporaryDirectory(prefix="guichet-") as folder:
        done = world.process("scenario").start(
            run_scenario,
            scenario,
            lambda party: world.process(party).runtime,
            Path(folder),
            on_step,
            interrupted,
            on_progress,
        )
        try:
            result = world.run_until(done, WORLD_LIMIT_S)
        except StillWaitingError as error:
            result = ScenarioResult(
                name=scenario.name,
                path=scenario.path,
                tags=scenario.file.tags,
                verdict=Verdict.FAILED,
                elapsed_s=world.timeline.now_s,
                problem=f"it came to a halt: {said(error)}",
            )
        if world.failures:
            result = replace(
                result,
                verdict=Verdict.FAILED if result.verdict is Verdict.PASSED else result.verdict,
                problem="; ".join(filter(None, (result.problem, *world.failures))),
            )
        return replace(result, digest=world.history.digest())


def seed_of(seed: int, scenario: Scenario) -> int:
    """The seed of one scenario: its own, whichever others run beside it."""
    return Chance(seed).stream(f"scenario/{scenario.name}").getrandbits(48)


def digest_of(results: tuple[ScenarioResult, ...]) -> str:
    """One digest of the histories of several scenarios, in their order."""
    whole = hashlib.sha256()
    for result in results:
        whole.update(result.digest.encode())
    return whole.hexdigest()
