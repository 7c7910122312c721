"""Running one scenario: a fresh network, its steps, its books, and everything closed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel
from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from simulator.network.network import Network, NotReadyError
from simulator.network.quiet import NotQuietError
from simulator.oracle import BookError, Books
from simulator.scenario.injecting import Faults
from simulator.scenario.line_faults import LINE_FAULTS
from simulator.scenario.load_checks import terminals_of
from simulator.scenario.loading import Scenario
from simulator.scenario.loads import Loads, OnProgress
from simulator.scenario.message_log import MessageLog
from simulator.scenario.observing import Witness, mismatches
from simulator.scenario.plan import PlannedStep, all_steps
from simulator.scenario.playing import OnStep, Player, StepBrokenError, said
from simulator.scenario.results import ScenarioResult, StepResult, StepStatus, Verdict
from simulator.scenario.scenario_file import HostRole, LineRole
from simulator.scenario.talking import Talk
from switch.link import AddressTakenError
from switch.runtime import Runtime
from switch.settings import write_duration

QUIET_LIMIT_S = 150.0
"""How long, after the last step, reversals may take: two times the longest pause between them."""

AFTER_LIMIT_S = 60.0
"""How long the steps of `after` may take."""

LOADS_LIMIT_S = 60.0
"""How much longer than they say the loads may take before they are given up."""

Surroundings = Callable[[str], Runtime]


async def run_scenario(
    scenario: Scenario,
    surroundings: Surroundings,
    folder: Path,
    on_step: OnStep = lambda step: None,
    interrupted: Callable[[], bool] = lambda: False,
    on_progress: OnProgress = lambda progress: None,
) -> ScenarioResult:
    """Run `scenario` in a network of its own, whose books begin fresh in `folder`.

    `surroundings` gives each party its Runtime; `on_step` is told of each step that is over;
    `interrupted` is asked before each; `on_progress` is told every second how loads are
    going. Whatever goes wrong in the network is told by the result.
    Raises CancelledError when interrupted, with everything closed.
    """
    run = _Run(scenario, surroundings, folder, on_step, interrupted, on_progress)
    try:
        return await run.to_its_end()
    finally:
        await run.close()


class _Run:
    def __init__(
        self,
        scenario: Scenario,
        surroundings: Surroundings,
        folder: Path,
        on_step: OnStep,
        interrupted: Callable[[], bool],
        on_progress: OnProgress,
    ) -> None:
        self._scenario = scenario
        self._interrupted = interrupted
        self._runtime = surroundings("scenario")
        self._reactor: Any = self._runtime.reactor
        self._began_s = self._reactor.seconds()
        self._problems: list[str] = []
        listeners = scenario.network.settings.switch.listeners
        self._messages = MessageLog(self._reactor.seconds, listeners)
        self._talk = Talk(scenario.network, scenario.cast, self._runtime, self._messages)
        self._network = Network(
            surroundings,
            scenario.network.with_gabs(terminals_named(scenario)),
            folder,
            free_ports=True,
            proxied=_has_line_faults(scenario),
            tap=self._messages.tap,
            played=self._talk.listen(),
        )
        roles = scenario.cast.speakers.values()
        self._faults = Faults(self._network, scenario.cast, self._runtime, scenario.path.parent)
        self._witness = Witness(
            self._network.books,
            self._runtime.executor("witness"),
            strangers=any(isinstance(role, LineRole) for role in roles),
            elsewhere=any(isinstance(role, HostRole) for role in roles),
        )
        self._player = Player(
            scenario,
            self._network,
            self._faults,
            self._witness,
            self._talk,
            self._messages,
            self._reactor,
            on_step,
            self._go_on,
        )
        self._loads = (
            Loads(
                scenario,
                self._player,
                self._runtime,
                on_progress,
                lambda: self._network.links_up,
            )
            if scenario.loads
            else None
        )

    async def to_its_end(self) -> ScenarioResult:
        try:
            await self._network.start()
        except (AddressTakenError, NotReadyError) as error:
            return self._result(Verdict.UNREACHABLE, f"the network did not start: {error}")
        except CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this scenario's result
            return self._result(Verdict.UNREACHABLE, f"the network did not start: {said(error)}")
        await self._play()
        self._go_on()
        await self._come_to_rest()
        self._go_on()
        return await self._judge()

    async def close(self) -> None:
        """Close everything; a second time does nothing."""
        self._faults.forget()
        await self._talk.stop()
        try:
            await self._network.stop()
        except Exception as error:  # noqa: BLE001 - said already, when it was stopped the first time
            self._runtime.log.error("the network could not be stopped", reason=said(error))
        await self._witness.stop()

    # -- steps ------------------------------------------------------------------------------------

    async def _play(self) -> None:
        """Do `before`, the steps and `after`, each until one of theirs is broken or time is up."""
        scenario = self._scenario
        ready = await self._part("before", scenario.before, scenario.file.time_limit)
        if ready:
            await self._part("steps", scenario.steps, scenario.file.time_limit)
            await self._put_load()
        else:
            for planned in scenario.steps:
                self._player.part = "steps"
                self._player.skipped(planned)
        await self._part("after", scenario.after, AFTER_LIMIT_S)

    async def _part(self, name: str, steps: tuple[PlannedStep, ...], limit_s: float) -> bool:
        """Do the steps of one part; whether all went as expected."""
        player = self._player
        player.part = name
        first = len(player.results)
        player.begun = 0
        playing = Deferred.fromCoroutine(self._steps_of(name, steps))
        if not await self._ended_within(limit_s, playing):
            whose = "of `after`" if name == "after" else "of the scenario"
            limit = write_duration(limit_s)
            if player.begun:
                planned = steps[player.begun - 1]
                player.broken(planned, f"it was not over at the time limit {whose}, {limit}")
            player.abandon()
            if not player.asking:
                playing.cancel()
            # An operation at a terminal is left to end as terminals end them, reversal included.
        for planned in steps[player.begun :]:
            player.skipped(planned)
        return not self._problems and not any(map(_failed, player.results[first:]))

    async def _put_load(self) -> None:
        """Run the loads, all at the same time, to their end."""
        if self._loads is None:
            return
        self._go_on()
        running = Deferred.fromCoroutine(self._loads.run())
        limit_s = self._loads.limit_s + LOADS_LIMIT_S
        if not await self._ended_within(limit_s, running):
            self._problems.append(f"the loads were not over after {write_duration(limit_s)}")
            running.cancel()
        if self._loads.aborted is not None:
            ended = self._loads.aborted
            told = f"{ended.metric}: {ended.check}, measured {ended.found}"
            self._problems.append(f"a threshold ended the loads: {told}")

    async def _steps_of(self, name: str, steps: tuple[PlannedStep, ...]) -> None:
        if name == "before":
            await self._talk.dial(self._network)
            for fault in self._scenario.file.faults:
                await self._faults.begin(fault)
        try:
            await self._player.play(steps)
        except StepBrokenError:
            return

    async def _ended_within(self, limit_s: float, playing: Deferred[None]) -> bool:
        ended: Deferred[bool] = Deferred()
        timer = self._reactor.callLater(limit_s, ended.callback, False)

        def end(result: object) -> None:
            if isinstance(result, Failure) and not result.check(CancelledError):
                self._problems.append(said(cast(Exception, result.value)))
            if timer.active():
                timer.cancel()
                ended.callback(True)

        playing.addBoth(end)
        try:
            return await ended
        except CancelledError:
            if timer.active():
                timer.cancel()
            playing.cancel()
            raise

    # -- the end ----------------------------------------------------------------------------------

    async def _come_to_rest(self) -> None:
        """Undo the faults, wait until nothing is under way, and stop, so that the books stand."""
        try:
            await self._faults.heal_all()
            self._problems += self._faults.problems
            await self._network.when_quiet(QUIET_LIMIT_S)
        except CancelledError:
            raise
        except NotQuietError as error:
            self._problems.append(f"the network does not come to rest: {error}")
        except Exception as error:  # noqa: BLE001 - the books are judged all the same
            self._problems.append(f"the network could not be healed: {said(error)}")
        try:
            await self._network.stop()
        except CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - the books are judged all the same
            self._problems.append(f"the network could not be stopped: {said(error)}")

    async def _judge(self) -> ScenarioResult:
        try:
            books = await self._witness.books()
        except BookError as error:
            return self._result(Verdict.INVARIANT, f"the books cannot be read: {error}")
        expected = self._scenario.file.expect
        found: tuple[Any, ...] = ()
        if expected is not None:
            found = tuple(mismatches(expected, books, self._scenario.cast))
        worse = await self._witness.judge(books)
        aborted = self._loads is not None and self._loads.aborted is not None
        failed = found or self._problems[aborted:] or any(map(_failed, self._player.results))
        missed = self._loads is not None and not all(each.passed for each in self._loads.judged())
        verdict = (
            Verdict.INVARIANT
            if worse
            else Verdict.FAILED
            if failed
            else Verdict.THRESHOLD
            if missed or aborted
            else Verdict.PASSED
        )
        return self._result(
            verdict, "; ".join(self._problems), found=found, books=books, worse=worse
        )

    def _result(
        self,
        verdict: Verdict,
        problem: str = "",
        *,
        found: tuple[Any, ...] = (),
        books: Books | None = None,
        worse: tuple[Any, ...] = (),
    ) -> ScenarioResult:
        return ScenarioResult(
            name=self._scenario.name,
            path=self._scenario.path,
            tags=self._scenario.file.tags,
            verdict=verdict,
            elapsed_s=self._now_s(),
            steps=tuple(self._player.results),
            mismatches=found,
            problem=problem,
            books=books,
            broken=worse,
            loads=self._loads.results() if self._loads is not None else (),
            metrics=self._loads.metrics if self._loads is not None else None,
            faults=self._faults.spans(self._began_s),
            timeline=self._loads.timeline if self._loads is not None else None,
            thresholds=self._loads.judged() if self._loads is not None else (),
        )

    def _go_on(self) -> None:
        """Raises CancelledError when somebody wants the run to end."""
        if self._interrupted():
            raise CancelledError

    def _now_s(self) -> float:
        return float(self._reactor.seconds() - self._began_s)


def _failed(step: StepResult) -> bool:
    return step.status in (StepStatus.FAILED, StepStatus.BROKEN)


def terminals_named(scenario: Scenario) -> frozenset[str]:
    """The terminals that a scenario names anywhere, and those that its loads take."""
    facts = scenario.facts
    named = {text for text in _texts(scenario.file) if text in facts.known_terminals}
    for planned in scenario.loads:
        named.update(terminals_of(planned.settings, scenario.cast, facts))
    return frozenset(named)


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, BaseModel):
        yield from _texts(data.__dict__)
    elif isinstance(data, dict):
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _texts(value)


def _has_line_faults(scenario: Scenario) -> bool:
    loaded = (step for load in scenario.loads for _, steps in load.choices for step in steps)
    planned = (*scenario.before, *scenario.steps, *loaded, *scenario.after)
    in_steps = (fault for each in all_steps(planned) for fault in each.step.faults or ())
    return any(fault.inject in LINE_FAULTS for fault in (*scenario.file.faults, *in_steps))
