"""Faults, live: begun, and undone at the end of their time, when healed, or at the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from simulator.counter.counter import Counter
from simulator.gab.gab import Gab
from simulator.hosts.rules import LOSE_ANSWERS, SILENT, HostRule, rules_named, slow
from simulator.network.network import Network
from simulator.scenario.cast import Cast
from simulator.scenario.devices import DeviceFaults
from simulator.scenario.faults import DEVICE_FAULTS, PARTIES, Fault
from simulator.scenario.line_faults import LINE_FAULTS, line_fault
from simulator.scenario.performing import CannotBeDoneError
from simulator.scenario.results import FaultSpan
from switch.runtime import Runtime
from switch.settings import Misfit

BACK_LIMIT_S = 30.0
"""How long the lines may take to come back after a fault."""

BACK_EVERY_S = 0.1
"""How often they are looked at, and how long a reset takes to be noticed."""

Undo = Callable[[], Awaitable[None]]
Key = tuple[str, str]


class Faults:
    """The faults of one scenario. `problems` tells what went wrong with those that run by time."""

    def __init__(self, network: Network, cast: Cast, runtime: Runtime, folder: Path) -> None:
        self._folder = folder
        """Of the scenario: files of rules may be named from there."""
        self.problems: list[str] = []
        self._network = network
        self._cast = cast
        self._reactor: Any = runtime.reactor
        self._random = runtime.chance.stream("faults")
        self._devices = DeviceFaults(network, runtime, self.problems.append)
        self._undo: dict[Key, Undo] = {}
        self._began: dict[Key, float] = {}
        self._spans: list[tuple[Key, float, float]] = []
        self._ends: dict[Key, Any] = {}
        """When a fault that is on ends by itself: a timer."""
        self._starts: list[tuple[str, Any]] = []
        """Whose faults are still to begin, and when: timers."""
        self._under_way: list[Deferred[None]] = []

    def spans(self, since_s: float) -> tuple[FaultSpan, ...]:
        """Which faults were on and when, in seconds since an instant of the reactor's clock."""
        return tuple(
            FaultSpan(f"{target} {word.replace('_', ' ')}", began - since_s, ended - since_s)
            for (target, word), began, ended in self._spans
        )

    async def begin(self, fault: Fault) -> None:
        """Begin a fault now, or have it begin at its time."""
        target = self._target(fault.on)
        if fault.at > 0:
            act = partial(self._inject, (target, fault.inject), fault)
            self._starts.append((target, self._later(fault.at, act, target, fault.inject)))
        else:
            await self._inject((target, fault.inject), fault)

    async def heal(self, name: str) -> None:
        """Undo every fault on a party or terminal; resumes once the lines are back."""
        target = self._target(name)
        self._begin_no_more(lambda whose: whose == target)
        for key in [key for key in self._undo if key[0] == target]:
            await self._end(key)
        await self._lines_back()

    async def heal_all(self) -> None:
        """Undo whatever is left; resumes once the lines are back."""
        self._begin_no_more(lambda whose: True)
        while self._under_way:
            await deferLater(self._reactor, BACK_EVERY_S)
        left = list(self._undo)
        for key in left:
            await self._end(key)
        if left:
            await self._lines_back()

    def forget(self) -> None:
        """Begin and undo nothing more: the network is about to be closed."""
        self._begin_no_more(lambda whose: True)
        for timer in self._ends.values():
            _cancel(timer)
        self._ends.clear()
        for under_way in list(self._under_way):
            under_way.cancel()

    # -- inside -----------------------------------------------------------------------------------

    def _target(self, name: str) -> str:
        return name if name in PARTIES else self._cast.terminal(name)

    async def _inject(self, key: Key, fault: Fault) -> None:
        await self._end(key)
        self._undo[key] = await self._start(key[0], fault)
        self._began[key] = self._reactor.seconds()
        if fault.for_ is not None:
            self._ends[key] = self._later(fault.for_, partial(self._end, key), *key)

    async def _end(self, key: Key) -> None:
        _cancel(self._ends.pop(key, None))
        undo = self._undo.pop(key, None)
        if key in self._began:
            self._spans.append((key, self._began.pop(key), self._reactor.seconds()))
        if undo is not None:
            await undo()

    def _begin_no_more(self, concerned: Callable[[str], bool]) -> None:
        for target, timer in self._starts:
            if concerned(target):
                _cancel(timer)
        self._starts = [each for each in self._starts if each[1].active()]

    async def _start(self, target: str, fault: Fault) -> Undo:
        if fault.inject == "down":
            await self._network.stop_party(target)
            return lambda: self._network.start_party(target)
        if fault.inject in DEVICE_FAULTS:
            gab = self._network.gabs.get(target)
            if gab is None:
                raise CannotBeDoneError(f"{target} is down: nothing happens to its devices")
            return self._devices.begin(gab, fault)
        if fault.inject == "killed":
            await self._network.kill_party(target)
            return lambda: self._network.start_party(target)
        if fault.inject in LINE_FAULTS:
            of_terminal = target not in PARTIES
            heal = self._network.inject(
                target, line_fault(fault, self._random, of_terminal=of_terminal)
            )

            async def undo_hole() -> None:
                heal()

            return undo_hole
        issuer = self._network.issuer
        if issuer is None:
            raise CannotBeDoneError(f"the issuer is down: it cannot be {fault.inject}")
        try:
            rules = _rules_of(fault, self._folder)
        except Misfit as misfit:
            raise CannotBeDoneError(f"the fault rules: {misfit}") from None
        await self._network.set_rules(rules)

        async def undo_rules() -> None:
            await self._network.drop_rules([rule.name for rule in rules])

        return undo_rules

    def _later(
        self, delay_s: float, act: Callable[[], Coroutine[Any, Any, None]], target: str, word: str
    ) -> Any:
        def begin() -> None:
            done = Deferred.fromCoroutine(act())
            self._under_way.append(done)
            done.addErrback(self._went_wrong, target, word)
            done.addCallback(lambda _: self._under_way.remove(done))

        return self._reactor.callLater(delay_s, begin)

    def _went_wrong(self, failure: Failure, target: str, word: str) -> None:
        self.problems.append(f"the fault {word} on {target}: {failure.getErrorMessage()}")

    async def _lines_back(self) -> None:
        """Wait until the terminals and the switch's links are signed on, if they ever are."""
        until_s = self._reactor.seconds() + BACK_LIMIT_S
        while self._reactor.seconds() < until_s:
            await deferLater(self._reactor, BACK_EVERY_S)
            if self._all_up():
                return

    def _all_up(self) -> bool:
        """Whether the lines are up that no fault is known to keep down."""
        down = {target for target, word in self._undo if word in ("down", "killed")}
        network = self._network
        if "switch" in down or network.switch is None:
            return True
        links = network.switch.links_up
        link = network.loaded.issuer_link
        terminals: dict[str, Gab | Counter] = {**network.gabs, **network.counters}
        holes = {target for target, word in self._undo if word in LINE_FAULTS}
        return all(
            up for name, up in links.items() if name != link or "issuer" not in down | holes
        ) and all(terminal.up for name, terminal in terminals.items() if name not in holes)


def _cancel(timer: Any) -> None:
    if timer is not None and timer.active():
        timer.cancel()


def _rules_of(fault: Fault, beside: Path) -> tuple[HostRule, ...]:
    """What a host is to do otherwise."""
    if fault.inject == "silent":
        return (SILENT,)
    if fault.inject == "slow":
        return (slow(fault.delay or 0.0),)
    if fault.inject == "lose_answers":
        return (LOSE_ANSWERS,)
    return rules_named(fault.rules, beside)
