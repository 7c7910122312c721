"""The loads of a scenario, running: their generators, thresholds that end them, what came of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, FirstError, gatherResults

from simulator.load.generator import Generator, Iteration
from simulator.load.metrics import Metrics
from simulator.load.schedule import rate_at
from simulator.load.thresholds import Judged, aborts, judged
from simulator.load.timeline import Interval, Timeline
from simulator.scenario.load_checks import cards_of, terminals_of
from simulator.scenario.loading import Scenario
from simulator.scenario.plan import PlannedLoad
from simulator.scenario.playing import Player
from simulator.scenario.results import LoadProgress, LoadResult, StepResult
from switch.runtime import Runtime
from switch.settings import write_money

LOOK_EVERY_S = 1.0
"""How often thresholds that end loads are looked at, and how a load is going is told."""

ENQUIRIES = frozenset({"balance", "mini_statement", "enquire_bill"})
"""Operations that move no money, whatever amount they tell."""

EXAMPLES_MAX = 5
"""Failures of a load that are kept as examples."""

OnProgress = Callable[[LoadProgress], None]


@dataclass
class _Interval:
    """What was done since the last look."""

    operations: int = 0
    dropped: int = 0


class Loads:
    """Runs every load of a scenario at the same time."""

    def __init__(
        self,
        scenario: Scenario,
        player: Player,
        runtime: Runtime,
        on_progress: OnProgress = lambda progress: None,
        links_up: Callable[[], Mapping[str, bool]] = dict,
    ) -> None:
        self.metrics = Metrics()
        self.timeline = Timeline()
        self.aborted: Judged | None = None
        """The threshold that ended the loads, if one did."""
        self._scenario = scenario
        self._player = player
        self._reactor: Any = runtime.reactor
        self._on_progress = on_progress
        self._links_up = links_up
        self._examples: dict[str, list[StepResult]] = {}
        self._timer: Any = None
        self._last = _Interval()
        self._began_s = 0.0
        self._took_s: dict[str, float] = {}
        facts = scenario.facts
        self.habits = {
            person.pan.clear: write_money(person.amount_minor)
            for people in facts.populations.values()
            for person in people
            if person.amount_minor
        }
        """What the customers of populations usually take out, by their cards."""
        self._generators = [
            Generator(
                planned.name,
                planned.settings,
                runtime.reactor,
                runtime.chance.stream(f"load/{planned.name}"),
                self.metrics,
                _Iterating(planned, player, self).do,
                terminals=terminals_of(planned.settings, scenario.cast, facts),
                watch=self._begins,
                cards=cards_of(planned.settings, scenario.cast, facts),
            )
            for planned in scenario.loads
        ]

    @property
    def limit_s(self) -> float:
        """How long all of them may take, their graceful stops included."""
        return max(
            each.load.start + each.load.length_s + each.load.graceful_stop
            for each in self._generators
        )

    async def run(self) -> None:
        """Every load, to its end."""
        self._began_s = self._reactor.seconds()
        self.timeline.began_s = self._player.now_s()
        self._timer = self._reactor.callLater(LOOK_EVERY_S, self._look)
        running = [Deferred.fromCoroutine(self._one(each)) for each in self._generators]
        try:
            await gatherResults(running, consumeErrors=True)
        except FirstError as error:
            self.stop()
            error.subFailure.raiseException()
        except CancelledError:
            for each in running:
                each.cancel()
            raise
        finally:
            if self._timer.active():
                self._timer.cancel()

    def stop(self) -> None:
        """Begin nothing more."""
        for each in self._generators:
            each.stop()

    def results(self) -> tuple[LoadResult, ...]:
        """What came of each load so far."""
        return tuple(
            LoadResult(
                name=each.name,
                executor=each.load.executor,
                offered=each.offered,
                elapsed_s=self._took_s.get(each.name, self._reactor.seconds() - self._began_s),
                warm_up_s=each.load.warm_up,
                examples=tuple(self._examples.get(each.name, ())),
            )
            for each in self._generators
        )

    def judged(self) -> tuple[Judged, ...]:
        """Every threshold of the scenario."""
        return tuple(judged(self._scenario.file.thresholds, self.metrics))

    @property
    def now(self) -> Interval:
        """The interval of the time line that it is now."""
        return self.timeline.at(self._reactor.seconds() - self._began_s)

    def failed(self, load: str, result: StepResult) -> None:
        """Keep a failure as an example."""
        kept = self._examples.setdefault(load, [])
        if len(kept) < EXAMPLES_MAX:
            kept.append(result)

    def _begins(self, dropped: bool, in_flight: int) -> None:
        """An iteration was due: it begins, or is dropped."""
        now = self.now
        now.offered += 1
        now.dropped += dropped
        now.in_flight_max = max(now.in_flight_max, in_flight)

    async def _one(self, generator: Generator) -> None:
        began_s = self._reactor.seconds()
        await generator.run()
        self._took_s[generator.name] = self._reactor.seconds() - began_s - generator.load.start

    def _look(self) -> None:
        self._timer = self._reactor.callLater(LOOK_EVERY_S, self._look)
        after_s = self._reactor.seconds() - self._began_s
        self._on_progress(self._progress(after_s))
        ends = aborts(self._scenario.file.thresholds, self.metrics, after_s)
        if ends is not None and self.aborted is None:
            self.aborted = ends
            self.stop()

    def _progress(self, after_s: float) -> LoadProgress:
        metrics = self.metrics
        now = _Interval(metrics.count_of("operations", {}), metrics.count_of("dropped", {}))
        last, self._last = self._last, now
        response = metrics.trend_of("response_time", {})
        return LoadProgress(
            after_s=after_s,
            offered_rate=sum(
                rate_at(each.load, after_s - each.load.start)
                for each in self._generators
                if each.load.executor.endswith("arrival-rate")
            ),
            operations_rate=(now.operations - last.operations) / LOOK_EVERY_S,
            dropped=now.dropped,
            in_flight=sum(each.in_flight for each in self._generators),
            approved=metrics.share_of("approved", {}).rate,
            declined=metrics.share_of("declined", {}).rate,
            in_doubt=metrics.share_of("in_doubt", {}).rate,
            p50_s=response.percentile_s(50),
            p95_s=response.percentile_s(95),
            p99_s=response.percentile_s(99),
            lag_p99_s=metrics.trend_of("lag", {}).percentile_s(99),
            begun_until_s=max(each.load.start + each.load.length_s for each in self._generators),
            links=tuple(self._links_up().items()),
        )


class _Iterating:
    """What the iterations of one load do."""

    def __init__(self, planned: PlannedLoad, player: Player, loads: Loads) -> None:
        self._planned = planned
        self._player = player
        self._loads = loads
        self._weights = list(accumulate(weight for weight, _ in planned.choices))

    async def do(self, iteration: Iteration) -> None:
        """One iteration. Raises StepBrokenError when a step could not be done."""
        began_s = self._loads._reactor.seconds()
        results: list[StepResult] = []
        values = {
            "terminal": iteration.terminal,
            "card": iteration.card,
            "iteration": str(iteration.number),
            "amount": self._loads.habits.get(iteration.card, ""),
        }
        try:
            await self._player.iterate(self._steps(iteration.choice), values, results)
        finally:
            if iteration.measured:
                self._measure(results, began_s - iteration.due_s)

    def _steps(self, choice: float) -> Sequence[Any]:
        at = bisect_right(self._weights, choice * self._weights[-1])
        return self._planned.choices[min(at, len(self._weights) - 1)][1]

    def _measure(self, results: Sequence[StepResult], late_s: float) -> None:
        """Add what came of the steps; the first operation was due when its iteration was."""
        metrics, load = self._loads.metrics, self._planned.name
        now = self._loads.now
        for result in results:
            if result.mismatches or result.problem:
                self._loads.failed(load, result)
            done = result.result
            if done is None:
                continue
            tags = {"load": load, "step": result.word}
            with_outcome = {**tags, "outcome": done.outcome}
            now.outcomes[done.outcome] += 1
            now.codes[done.response_code or "none"] += 1
            now.time(result.elapsed_s + late_s)
            if done.outcome == "approved" and result.word not in ENQUIRIES:
                now.moved_minor += done.amount_minor
            metrics.count("operations", 1, **with_outcome)
            metrics.time("service_time", done.elapsed_s, **with_outcome)
            metrics.time("response_time", result.elapsed_s + late_s, **with_outcome)
            for outcome in ("approved", "declined", "in_doubt"):
                metrics.rate(outcome, done.outcome == outcome, **tags)
            if result.expects:
                metrics.rate("expected", not result.mismatches, **tags)
            late_s = 0.0
