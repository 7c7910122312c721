"""Choosing scenarios, and running them one after the other on either clock."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, Protocol

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from simulator.network.settings import load_network
from simulator.scenario.clocks import digest_of, run_in_real_time, run_in_virtual_time
from simulator.scenario.finding import find_scenarios
from simulator.scenario.loading import Scenario, load_scenarios, remembering
from simulator.scenario.playing import said
from simulator.scenario.results import LoadProgress, RunResult, ScenarioResult, Verdict
from switch.cli.console import USAGE, Failed
from switch.runtime import Log
from switch.settings import Problem, SettingsError


class Audience(Protocol):
    """Who is told how a run goes."""

    def scenario_begins(self, name: str) -> None: ...
    def scenario_ends(self, result: ScenarioResult) -> None: ...
    def load_goes(self, progress: LoadProgress) -> None: ...


@dataclass(frozen=True)
class Choice:
    """Which scenarios to run: those with one tag of each set, and with the words."""

    tags: tuple[set[str], ...] = ()
    words: str = ""

    def takes(self, scenario: Scenario) -> bool:
        """Whether this one is meant."""
        words = self.words.casefold()
        named = words in scenario.name.casefold() or words in str(scenario.path).casefold()
        return named and all(tags & set(scenario.file.tags) for tags in self.tags)


def chosen(
    paths: Sequence[str],
    choice: Choice,
    config: str | None,
    overrides: Mapping[str, str] | None = None,
) -> list[Scenario]:
    """The scenarios to run, all of them read and checked; `overrides` set their variables.

    Raises SettingsError with everything wrong in any of the files, Failed when none is chosen.
    """
    load = remembering()
    network = load_network(config) if config is not None else None
    scenarios: list[Scenario] = []
    problems: list[Problem] = []
    for path in find_scenarios(paths):
        try:
            scenarios += load_scenarios(path, network, load=load, overrides=overrides)
        except SettingsError as error:
            problems += error.problems
    if problems:
        raise SettingsError(dict.fromkeys(problems))
    taken = [scenario for scenario in scenarios if choice.takes(scenario)]
    if not taken:
        raise Failed(_none_taken(scenarios, choice), USAGE)
    return taken


def _none_taken(scenarios: Iterable[Scenario], choice: Choice) -> str:
    found = list(scenarios)
    known = sorted({tag for scenario in found for tag in scenario.file.tags})
    why = [f"the tag {' or '.join(sorted(tags))}" for tags in choice.tags]
    if choice.words:
        why.append(f"'{choice.words}' in its name")
    return (
        f"no scenario is chosen: none of {len(found)} has {' and '.join(why)} "
        f"(tags there: {', '.join(known) or 'none'})"
    )


class _Run:
    """What both clocks have in common: the results, and a signal that ends it."""

    clock = ""

    def __init__(
        self, scenarios: Sequence[Scenario], seed: int, fail_fast: bool, audience: Audience
    ) -> None:
        self._scenarios = scenarios
        self._seed = seed
        self._fail_fast = fail_fast
        self._audience = audience
        self._results: list[ScenarioResult] = []
        self._interrupted = False

    def _over(self, result: ScenarioResult) -> bool:
        """Take a result; whether to go on."""
        self._results.append(result)
        self._audience.scenario_ends(result)
        return not (self._fail_fast and result.verdict is not Verdict.PASSED)

    def _result(self, elapsed_s: float, digest: str = "") -> RunResult:
        return RunResult(
            clock=self.clock,
            seed=self._seed,
            scenarios=tuple(self._results),
            elapsed_s=elapsed_s,
            not_run=tuple(each.name for each in self._scenarios[len(self._results) :]),
            digest=digest,
            interrupted=self._interrupted,
        )

    def _cut_short(self, scenario: Scenario) -> None:
        self._over(_unfinished(scenario, Verdict.INTERRUPTED, "interrupted"))

    @contextmanager
    def _listening_to_signals(self) -> Iterator[None]:
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self._signalled) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        """The first asks for an orderly end, the second does not ask."""
        if self._interrupted:
            raise KeyboardInterrupt
        self._interrupted = True


class VirtualRun(_Run):
    """Scenarios in virtual time: no thread, no reactor of the system's, no clock."""

    clock = "virtual"

    def run(self) -> RunResult:
        with self._listening_to_signals():
            for scenario in self._scenarios:
                self._audience.scenario_begins(scenario.name)
                try:
                    result = run_in_virtual_time(
                        scenario,
                        self._seed,
                        lambda step: None,
                        lambda: self._interrupted,
                        self._audience.load_goes,
                    )
                except CancelledError:
                    self._cut_short(scenario)
                    break
                except Exception as error:  # noqa: BLE001 - the others are run all the same
                    result = _broke(scenario, error)
                if not self._over(result) or self._interrupted:
                    break
        results = tuple(self._results)
        return self._result(sum(each.elapsed_s for each in results), digest_of(results))


class RealRun(_Run):
    """Scenarios on the system's reactor, which runs for as long as they do."""

    clock = "real"

    def __init__(
        self,
        scenarios: Sequence[Scenario],
        seed: int,
        fail_fast: bool,
        audience: Audience,
        reactor: Any,
        log: Log,
    ) -> None:
        super().__init__(scenarios, seed, fail_fast, audience)
        self._reactor = reactor
        self._log = log
        self._running: Deferred[None] | None = None
        self._failure: Failure | None = None

    def run(self) -> RunResult:
        began_s = self._reactor.seconds()
        with self._listening_to_signals():
            self._reactor.callWhenRunning(self._begin)
            self._reactor.run(installSignalHandlers=False)
        if self._failure is not None:
            self._failure.raiseException()
        return self._result(self._reactor.seconds() - began_s)

    def _begin(self) -> None:
        self._running = Deferred.fromCoroutine(self._all())
        self._running.addErrback(self._failed).addBoth(lambda _: self._reactor.stop())

    async def _all(self) -> None:
        for scenario in self._scenarios:
            if self._interrupted:
                return
            self._audience.scenario_begins(scenario.name)
            try:
                result = await run_in_real_time(
                    scenario,
                    self._reactor,
                    self._seed,
                    self._log,
                    lambda step: None,
                    lambda: self._interrupted,
                    self._audience.load_goes,
                )
            except CancelledError:
                self._cut_short(scenario)
                return
            except Exception as error:  # noqa: BLE001 - the others are run all the same
                result = _broke(scenario, error)
            if not self._over(result):
                return

    def _failed(self, failure: Failure) -> None:
        self._failure = failure

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        # Between two bytecodes of anything: only this may be called here, and it wakes the reactor.
        self._reactor.callFromThread(self._end)

    def _end(self) -> None:
        if self._interrupted or self._running is None:
            self._interrupted = True
            self._reactor.crash()
            return
        self._interrupted = True
        self._running.cancel()


def _broke(scenario: Scenario, error: Exception) -> ScenarioResult:
    return _unfinished(scenario, Verdict.FAILED, f"it broke: {said(error)}")


def _unfinished(scenario: Scenario, verdict: Verdict, problem: str) -> ScenarioResult:
    return ScenarioResult(
        name=scenario.name,
        path=scenario.path,
        tags=scenario.file.tags,
        verdict=verdict,
        elapsed_s=0.0,
        problem=problem,
    )
