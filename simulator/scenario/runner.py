"""Running one scenario: a fresh network, its steps, its books, and everything closed again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from simulator.network.network import Network, NotReadyError
from simulator.network.quiet import NotQuietError
from simulator.oracle import BookError, Books, broken
from simulator.scenario.describing import describe
from simulator.scenario.injecting import Faults
from simulator.scenario.loading import Scenario
from simulator.scenario.observing import Witness, mismatches
from simulator.scenario.performing import CannotBeDoneError, Performer
from simulator.scenario.results import ScenarioResult, StepResult, StepStatus, Verdict
from simulator.scenario.steps import Eventually, Step
from switch.link import AddressTakenError
from switch.runtime import Runtime
from switch.settings import mask, write_duration

QUIET_LIMIT_S = 150.0
"""How long, after the last step, reversals may take: two times the longest pause between them."""

LOOK_EVERY_S = 0.1
"""How often `eventually` reads the books."""

Surroundings = Callable[[str], Runtime]
OnStep = Callable[[StepResult], None]


async def run_scenario(
    scenario: Scenario,
    surroundings: Surroundings,
    folder: Path,
    on_step: OnStep = lambda step: None,
    interrupted: Callable[[], bool] = lambda: False,
) -> ScenarioResult:
    """Run `scenario` in a network of its own, whose books begin fresh in `folder`.

    `surroundings` gives each party its Runtime; `on_step` is told of each step that is over;
    `interrupted` is asked before each. Whatever goes wrong in the network is told by the result.
    Raises CancelledError when interrupted, with everything closed.
    """
    run = _Run(scenario, surroundings, folder, on_step, interrupted)
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
    ) -> None:
        self._scenario = scenario
        self._on_step = on_step
        self._interrupted = interrupted
        self._runtime = surroundings("scenario")
        self._reactor: Any = self._runtime.reactor
        self._began_s = self._reactor.seconds()
        self._step_began_s = 0.0
        self._asking = False
        self._abandoned = False
        self._steps: list[StepResult] = []
        self._problems: list[str] = []
        self._network = Network(
            surroundings,
            scenario.network,
            folder,
            free_ports=True,
            proxied=_has_holes(scenario),
        )
        self._performer = Performer(self._network, scenario.cast)
        self._faults = Faults(self._network, scenario.cast, self._runtime)
        self._witness = Witness(self._network.books, self._runtime.executor("witness"))

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
        try:
            await self._network.stop()
        except Exception as error:  # noqa: BLE001 - said already, when it was stopped the first time
            self._runtime.log.error("the network could not be stopped", reason=said(error))
        await self._witness.stop()

    # -- steps ------------------------------------------------------------------------------------

    async def _play(self) -> None:
        """Do the steps, one after the other, until one is broken or time is up."""
        limit_s = self._scenario.file.time_limit
        playing = Deferred.fromCoroutine(self._all_steps())
        if not await self._ended_within(limit_s, playing):
            limit = write_duration(limit_s)
            self._broken(f"it was not over at the time limit of the scenario, {limit}")
            self._abandoned = True
            if not self._asking:
                playing.cancel()
            # An operation at a terminal is left to end as terminals end them, reversal included.
        for index in range(len(self._steps), len(self._scenario.file.steps)):
            self._over(index, StepStatus.SKIPPED, self._now_s())

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

    async def _all_steps(self) -> None:
        for fault in self._scenario.file.faults:
            await self._faults.begin(fault)
        for index, step in enumerate(self._scenario.file.steps):
            self._go_on()
            if self._abandoned:
                return
            self._step_began_s = self._now_s()
            try:
                await self._do(index, step)
            except CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - a broken step is a result, with its reason
                if not self._abandoned:
                    self._broken(said(error))
                return

    async def _do(self, index: int, step: Step) -> None:
        began_s = self._now_s()
        if step.think is not None:
            await deferLater(self._reactor, step.think)
        elif step.faults is not None:
            for fault in step.faults:
                await self._faults.begin(fault)
        elif step.heal is not None:
            await self._faults.heal(step.heal)
        elif step.eventually is not None:
            found = await self._until(step.eventually)
            status = StepStatus.FAILED if found else StepStatus.PASSED
            self._over(index, status, began_s, mismatches=found)
            return
        else:
            self._asking = True
            result = await self._performer.perform(step)
            self._asking = False
            if self._abandoned:
                return
            found = tuple(step.expect.mismatches(result)) if step.expect is not None else ()
            status = StepStatus.FAILED if found else StepStatus.PASSED
            self._over(index, status, began_s, result=result, mismatches=found)
            return
        self._over(index, StepStatus.PASSED, began_s)

    async def _until(self, expected: Eventually) -> tuple[Any, ...]:
        """Wait for the books to say what is expected; what they do not say at the end."""
        until_s = self._reactor.seconds() + expected.within
        while True:
            books = await self._witness.books()
            found = tuple(mismatches(expected, books, self._scenario.cast))
            if not found or self._reactor.seconds() >= until_s:
                return found
            await deferLater(self._reactor, LOOK_EVERY_S)

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
        worse = tuple(broken(books))
        failed = found or self._problems or any(_failed(step) for step in self._steps)
        verdict = Verdict.INVARIANT if worse else Verdict.FAILED if failed else Verdict.PASSED
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
            steps=tuple(self._steps),
            mismatches=found,
            problem=problem,
            books=books,
            broken=worse,
        )

    def _broken(self, problem: str) -> None:
        self._over(len(self._steps), StepStatus.BROKEN, self._step_began_s, problem=problem)

    def _over(self, index: int, status: StepStatus, began_s: float, **more: Any) -> None:
        step = self._scenario.file.steps[index]
        result = StepResult(
            number=index + 1,
            word=step.word,
            text=describe(step, self._scenario.cast),
            place=self._scenario.step_place(index),
            status=status,
            started_s=began_s,
            elapsed_s=self._now_s() - began_s,
            **more,
        )
        self._steps.append(result)
        self._on_step(result)

    def _go_on(self) -> None:
        """Raises CancelledError when somebody wants the run to end."""
        if self._interrupted():
            raise CancelledError

    def _now_s(self) -> float:
        return float(self._reactor.seconds() - self._began_s)


def said(error: Exception) -> str:
    """An exception as a sentence, card numbers masked, without its traceback."""
    if isinstance(error, CannotBeDoneError):
        return mask(str(error))
    return mask(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def _failed(step: StepResult) -> bool:
    return step.status in (StepStatus.FAILED, StepStatus.BROKEN)


def _has_holes(scenario: Scenario) -> bool:
    in_steps = (fault for step in scenario.file.steps for fault in step.faults or ())
    return any(fault.inject == "black_hole" for fault in (*scenario.file.faults, *in_steps))
