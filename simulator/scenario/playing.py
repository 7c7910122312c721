"""Playing the steps of a scenario, in their order, those inside others too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from pydantic import ValidationError
from twisted.internet.defer import CancelledError, Deferred, gatherResults
from twisted.internet.task import deferLater

from simulator.network.network import Network
from simulator.scenario.capturing import Captured, NothingCapturedError
from simulator.scenario.describing import describe, describe_planned
from simulator.scenario.expectations import Mismatch
from simulator.scenario.filling import CARD_NAMES, filled_data
from simulator.scenario.injecting import Faults
from simulator.scenario.loading import Scenario
from simulator.scenario.matchers import holds
from simulator.scenario.message_log import MessageLog
from simulator.scenario.message_steps import MessageExpectation
from simulator.scenario.observing import Witness, mismatches
from simulator.scenario.performing import CannotBeDoneError, Performer
from simulator.scenario.plan import PlannedStep, own_data
from simulator.scenario.results import StepResult, StepStatus
from simulator.scenario.speaking import NotSpokenError
from simulator.scenario.steps import Eventually, Step
from simulator.scenario.talking import Talk
from simulator.scenario.telling import exchanged
from simulator.scenario.templates import Lookup, TemplateError
from simulator.terminal.result import OperationResult
from switch.settings import mask
from switch.wire import load_dialect

READ_MAX = 50_000
_OF_ITERATIONS = frozenset({"terminal", "card", "amount"})

AROUND_S = 1.0
"""How long before a message step the messages begin that its failure shows."""

LOOK_EVERY_S = 0.1
"""How often `eventually` reads the books."""

OnStep = Callable[[StepResult], None]


class StepBrokenError(Exception):
    """A step could not be done: those behind it are not."""


@dataclass
class _Place:
    """Where steps are played: how deep, in which round or branch, and what came so far."""

    label: str = ""
    depth: int = 0
    values: Mapping[str, str] = field(default_factory=dict)
    results: list[StepResult] = field(default_factory=list)
    live: bool = True
    """Whether results are told as they come; those of a try are told once it is known to count."""
    terse: bool = False
    """Whether nobody reads the texts of results."""
    captured: dict[str, str] | None = None
    """What was captured, for an iteration of a load: nobody else's."""
    given_up: list[bool] = field(default_factory=list)
    """Has something in it once nothing more is to be begun, and what ends late not told."""


class Player:
    """Plays steps; `results` are what came of each, in the order in which they ended."""

    def __init__(
        self,
        scenario: Scenario,
        network: Network,
        faults: Faults,
        witness: Witness,
        talk: Talk,
        messages: MessageLog,
        reactor: Any,
        on_step: OnStep,
        go_on: Callable[[], None],
    ) -> None:
        self.results: list[StepResult] = []
        self.asking = 0
        """Operations under way at terminals."""
        self.begun = 0
        """How many of the steps given to `play` were begun."""
        self.part = "steps"
        self._scenario = scenario
        self._cast = scenario.cast
        self._performer = Performer(network, scenario.cast)
        self._faults = faults
        self._witness = witness
        self._talk = talk
        self._messages = messages
        self._reactor = reactor
        self._began_s = reactor.seconds()
        self._on_step = on_step
        self._go_on = go_on
        self._captured: dict[str, str] = {}
        self._read_before: dict[tuple[int, str, str], Step] = {}
        """Steps of loads as they are for a terminal and a card: reading takes its time."""
        self._began_step_s = 0.0
        self._place = _Place()
        self._dialect = load_dialect(scenario.network.terminals_dialect)

    async def play(self, steps: Iterable[PlannedStep]) -> None:
        """Do steps one after the other. Raises StepBrokenError at the first that cannot be done."""
        place = self._place = _Place()
        for planned in steps:
            self._go_on()
            if place.given_up:
                return
            self.begun += 1
            self._began_step_s = self.now_s()
            await self._all([planned], place)

    async def iterate(
        self, steps: Iterable[PlannedStep], values: Mapping[str, str], results: list[StepResult]
    ) -> None:
        """Do steps as one of many customers: `results` get what came of them, and nobody is told.

        What it captures is its own. Raises StepBrokenError.
        """
        place = _Place(values=values, results=results, live=False, captured={}, terse=True)
        await self._all(steps, place)

    def abandon(self) -> None:
        """Begin nothing more of the steps that are played now, and tell no more of them."""
        self._place.given_up.append(True)

    def broken(self, planned: PlannedStep, problem: str) -> None:
        """A step that could not be done, or was not over in time."""
        began_s = self._began_step_s
        self._over(planned, planned.step, _Place(), StepStatus.BROKEN, began_s, problem=problem)

    def skipped(self, planned: PlannedStep) -> None:
        """A step whose turn never came."""
        self._over(planned, planned.step, _Place(), StepStatus.SKIPPED)

    # -- one step ---------------------------------------------------------------------------------

    async def _all(self, steps: Iterable[PlannedStep], place: _Place) -> None:
        for planned in steps:
            self._go_on()
            if place.given_up:
                return
            began_s = self.now_s()
            step = planned.step
            try:
                step, generated = self._read(planned, place)
                if not _meant(step):
                    self._over(planned, step, place, StepStatus.SKIPPED, began_s)
                    continue
                await self._do(planned, step, place, began_s, generated)
            except (CancelledError, StepBrokenError):
                raise
            except Exception as error:  # noqa: BLE001 - a broken step is a result, with its reason
                if place.given_up:
                    return
                problem = said(error)
                self._over(planned, step, place, StepStatus.BROKEN, began_s, problem=problem)
                raise StepBrokenError from None

    async def _do(
        self, planned: PlannedStep, step: Step, place: _Place, began_s: float, generated: Lookup
    ) -> None:
        if planned.inner:
            await self._inner(planned, step, place)
            return
        if step.think is not None:
            await deferLater(self._reactor, step.think)
        elif step.faults is not None:
            for fault in step.faults:
                await self._faults.begin(fault)
        elif step.heal is not None:
            await self._faults.heal(step.heal)
        elif step.eventually is not None:
            found = await self._until(step.eventually)
            self._told(planned, step, place, began_s, found)
            return
        elif step.word in Step.OPERATIONS:
            await self._operation(planned, step, place, began_s)
            return
        else:
            await self._message(planned, step, place, began_s, generated)
            return
        self._over(planned, step, place, StepStatus.PASSED, began_s)

    async def _operation(
        self, planned: PlannedStep, step: Step, place: _Place, began_s: float
    ) -> None:
        self.asking += 1
        try:
            result = await self._performer.perform(step)
        finally:
            self.asking -= 1
        if place.given_up:
            return
        expected = step.expect
        found: tuple[Mismatch, ...] = ()
        if expected is not None and not isinstance(expected, MessageExpectation):
            found = tuple(expected.mismatches(result))
        came = self._came_of(result) if step.capture else Captured(result)
        self._capture(step, came, place)
        evidence = None
        if found and not place.terse:
            passed = self._messages.asked(result.stan, result.terminal)
            evidence = exchanged(passed, self._began_s, self._dialect, result=result)
        self._told(planned, step, place, began_s, found, result=result, exchanged=evidence)

    async def _message(
        self, planned: PlannedStep, step: Step, place: _Place, began_s: float, generated: Lookup
    ) -> None:
        sent = came = None
        found: list[Mismatch] = []
        speaker = ""
        if step.send is not None:
            speaker = step.send.as_
            sent = self._talk.send(step.send, generated)
        elif step.reply is not None:
            speaker = step.reply.as_
            sent = self._talk.reply(step.reply)
        if isinstance(step.expect, MessageExpectation):
            speaker = step.expect.on
            came, found = await self._talk.expect(step.expect)
        if not found:
            captured = Captured(None, came, sent, self._talk.dialect_of(speaker))
            self._capture(step, captured, place)
        evidence = None
        if found:
            evidence = exchanged(
                self._messages.since(began_s + self._began_s - AROUND_S),
                self._began_s,
                self._talk.dialect_of(speaker),
                sent=sent or self._talk.last_sent_by(speaker),
                came=came,
            )
        self._told(planned, step, place, began_s, tuple(found), exchanged=evidence)

    async def _until(self, expected: Eventually) -> tuple[Mismatch, ...]:
        """Wait for the books to say what is expected; what they do not say at the end."""
        until_s = self._reactor.seconds() + expected.within
        while True:
            books = await self._witness.books()
            found = tuple(mismatches(expected, books, self._cast))
            if not found or self._reactor.seconds() >= until_s:
                return found
            await deferLater(self._reactor, LOOK_EVERY_S)

    # -- steps that hold steps --------------------------------------------------------------------

    async def _inner(self, planned: PlannedStep, step: Step, place: _Place) -> None:
        if step.loop is not None:
            rounds = step.loop.over or tuple(str(n + 1) for n in range(step.loop.times or 0))
            for number, value in enumerate(rounds, 1):
                inside = self._inside(place, f"{number}/{len(rounds)}", {step.loop.as_: value})
                await self._all(planned.inner[""], inside)
        elif step.retry is not None:
            await self._tries(planned, step, place)
        elif step.parallel is not None:
            await self._branches(planned, place)
        else:
            await self._all(planned.inner[""], self._inside(place, "", {}))

    async def _tries(self, planned: PlannedStep, step: Step, place: _Place) -> None:
        assert step.retry is not None
        times = step.retry.times
        for number in range(1, times + 1):
            label = f"try {number}"
            inside = replace(
                self._inside(place, label, {"attempt": str(number)}), results=[], live=False
            )
            broken = False
            try:
                await self._all(planned.inner[""], inside)
            except StepBrokenError:
                broken = True
            wrong = broken or any(_failed(result) for result in inside.results)
            if wrong and number < times:
                await deferLater(self._reactor, step.retry.every)
                continue
            for result in inside.results:
                self._keep(result, place)
            if broken:
                raise StepBrokenError
            return

    async def _branches(self, planned: PlannedStep, place: _Place) -> None:
        """Every branch at once; what follows waits for all, and none is cut short by another."""
        done = [
            Deferred.fromCoroutine(self._all(steps, self._inside(place, name, {})))
            for name, steps in planned.inner.items()
        ]
        broken = False
        for branch in done:
            branch.addErrback(lambda failure: failure.trap(StepBrokenError) and True)
        try:
            broken = any(
                await gatherResults(cast(list[Deferred[object]], done), consumeErrors=True)
            )
        except CancelledError:
            for branch in done:
                branch.cancel()
            raise
        if broken:
            raise StepBrokenError

    def _inside(self, place: _Place, label: str, values: Mapping[str, str]) -> _Place:
        shown = " ".join(filter(None, (place.label, label)))
        return replace(place, label=shown, depth=place.depth + 1, values={**place.values, **values})

    # -- variables --------------------------------------------------------------------------------

    def _read(self, planned: PlannedStep, place: _Place) -> tuple[Step, Lookup]:
        """The step with everything filled in, and what its message's `gen.` names are worth."""
        generated = self._talk.lookup_for(planned.step.send)
        if not planned.late:
            return planned.step, generated
        key = id(planned), place.values.get("terminal", ""), place.values.get("card", "")
        if (known := self._read_before.get(key)) is not None:
            return known, generated

        def lookup(name: str) -> str | None:
            value = place.values.get(name, self._memory(place).get(name))
            if value is None:
                value = generated(name)
            return self._of_card(name) if value is None else value

        try:
            data = filled_data(own_data(planned.data), lookup)
        except TemplateError as error:
            raise CannotBeDoneError(f"{error}: no step before has captured it") from None
        for word in ("loop", "retry"):
            if word in data:
                data[word] = {**data[word], "steps": [{"think": "1s"}]}
        if "parallel" in planned.data:
            data["parallel"] = planned.data["parallel"]
        try:
            step = Step.model_validate(data)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise CannotBeDoneError(f"{where}: {_words(first)}") from None
        if problem := self._scenario.problem_of(step):
            raise CannotBeDoneError(problem)
        if place.terse and planned.names <= _OF_ITERATIONS and len(self._read_before) < READ_MAX:
            self._read_before[key] = step
        return step, generated

    def _of_card(self, name: str) -> str | None:
        if not name.startswith(CARD_NAMES):
            return None
        kind, _, who = name.partition(".")
        card = self._cast.card(who).card
        return card.pan if kind == "card" else card.expiry

    def _memory(self, place: _Place) -> dict[str, str]:
        """Where steps capture to."""
        return self._captured if place.captured is None else place.captured

    def _capture(self, step: Step, captured: Captured, place: _Place) -> None:
        for name, path in step.capture.items():
            try:
                self._memory(place)[name] = captured.value(path)
            except NothingCapturedError as error:
                raise CannotBeDoneError(f"capture {name}: {error}") from None

    def _came_of(self, result: OperationResult) -> Captured:
        """A result with its messages, as they passed the switch on the terminal's side."""
        passed = self._messages.asked(result.stan, result.terminal)
        sent = [each.message for each in passed if each.sender == result.terminal]
        came = [each.message for each in passed if each.receiver == result.terminal]
        return Captured(
            result, came[-1] if came else None, sent[0] if sent else None, self._dialect
        )

    # -- results ----------------------------------------------------------------------------------

    def _told(
        self,
        planned: PlannedStep,
        step: Step,
        place: _Place,
        began_s: float,
        found: tuple[Mismatch, ...],
        **more: Any,
    ) -> None:
        status = StepStatus.FAILED if found else StepStatus.PASSED
        self._over(planned, step, place, status, began_s, mismatches=found, **more)

    def _over(
        self,
        planned: PlannedStep,
        step: Step,
        place: _Place,
        status: StepStatus,
        began_s: float | None = None,
        **more: Any,
    ) -> None:
        began_s = self.now_s() if began_s is None else began_s
        vague = step is planned.step and planned.vague
        text = (
            step.word
            if place.terse
            else describe_planned(planned)
            if vague
            else describe(step, self._cast)
        )
        self._keep(
            StepResult(
                number=0,
                word=step.word,
                text=text,
                place=planned.place,
                status=status,
                started_s=began_s,
                elapsed_s=self.now_s() - began_s,
                part=self.part,
                expects=step.expect is not None,
                depth=place.depth,
                label=place.label,
                **more,
            ),
            place,
        )

    def _keep(self, result: StepResult, place: _Place) -> None:
        if not place.live:
            place.results.append(result)
            return
        result = replace(result, number=len(self.results) + 1)
        self.results.append(result)
        self._on_step(result)

    def now_s(self) -> float:
        """Seconds since the scenario's beginning."""
        return float(self._reactor.seconds() - self._began_s)


def said(error: Exception) -> str:
    """An exception as a sentence, card numbers masked, without its traceback."""
    if isinstance(error, CannotBeDoneError | NotSpokenError):
        return mask(str(error))
    return mask(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def _meant(step: Step) -> bool:
    """Whether the step is to be done: what its `when` says holds."""
    return all(holds(expected, found) for found, expected in (step.when or {}).items())


def _failed(step: StepResult) -> bool:
    return step.status in (StepStatus.FAILED, StepStatus.BROKEN)


def _words(details: Any) -> str:
    """Why a value that the run filled in cannot be read."""
    context = details.get("ctx", {})
    expected = context.get("expected")
    found = details.get("input")
    if expected is not None:
        return f"expected {expected}, found {mask(str(found))[:60]!r}"
    return str(context.get("reason") or details["msg"])
