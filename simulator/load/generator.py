"""Begins iterations when they are due, on terminals that are free, and counts what it cannot."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, DeferredList
from twisted.internet.task import deferLater

from simulator.load.metrics import Metrics
from simulator.load.schedule import arrivals, users_at
from simulator.load.settings import Load
from switch.runtime import Random

USERS_LOOKED_AT_EVERY_S = 0.5
IN_FLIGHT_MAX = 1_000
"""Iterations under way at most unless a load says otherwise."""

AT_ONCE_MAX = 200
"""Iterations begun in one turn of the reactor: what was late must not starve what is under way."""


@dataclass(frozen=True)
class Iteration:
    """One pass through the steps of a load: when it was due, and what is its own."""

    load: str
    number: int
    due_s: float
    """By the reactor's clock."""
    measured: bool
    terminal: str
    """The terminal that it has for itself; empty when the load names none."""
    card: str
    choice: float
    """From 0 to 1, drawn for it: which steps of a mix it does."""


Iterate = Callable[[Iteration], Awaitable[None]]


class Generator:
    """Runs one load. `iterate` does the steps; what it fails with is counted as broken.

    `watch` is told of each iteration that is due: whether it is dropped, and how many are under
    way.
    """

    def __init__(
        self,
        name: str,
        load: Load,
        reactor: Any,
        random: Random,
        metrics: Metrics,
        iterate: Iterate,
        *,
        terminals: Sequence[str] = (),
        cards: Sequence[str] = (),
        watch: Callable[[bool, int], None] = lambda dropped, in_flight: None,
    ) -> None:
        self.name = name
        self.load = load
        self.offered = 0
        """Iterations that were due so far."""
        self._reactor = reactor
        self._random = random
        self._metrics = metrics
        self._iterate = iterate
        self._watch = watch
        self._named = bool(terminals)
        self._free = deque(terminals)
        self._cards = tuple(cards)
        self._under_way: dict[int, Deferred[None]] = {}
        self._began_s = 0.0
        self._stopped = False
        self._pause: Deferred[None] | None = None
        self._waiting: deque[Deferred[None]] = deque()

    @property
    def in_flight(self) -> int:
        """Iterations under way."""
        return len(self._under_way)

    async def run(self) -> None:
        """The whole load, until what was begun is over or its graceful stop has passed."""
        if self.load.start and not await self._sleep(self.load.start):
            return
        self._began_s = self._reactor.seconds()
        if self.load.executor.endswith("arrival-rate"):
            await self._arrive()
        elif self.load.executor.endswith("-vus"):
            await self._come_and_go()
        else:
            await self._work_off()
        await self._finish()

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopped = True
        if self._pause is not None:
            self._pause.cancel()
        while self._waiting:
            self._waiting.popleft().callback(None)

    # -- open: iterations are due -----------------------------------------------------------------

    async def _arrive(self) -> None:
        most = self.load.max_in_flight or IN_FLIGHT_MAX
        at_once = 0
        for offset_s in arrivals(self.load):
            due_s = self._began_s + offset_s
            wait_s = due_s - self._reactor.seconds()
            if wait_s > 0 or at_once >= AT_ONCE_MAX:
                at_once = 0
                if not await self._sleep(max(0.0, wait_s)):
                    return
            if self._stopped:
                return
            at_once += 1
            if self.in_flight >= most or (self._named and not self._free):
                self.offered += 1
                self._watch(True, self.in_flight)
                if self._measured(due_s):
                    self._metrics.count("dropped", load=self.name)
                continue
            self._begin(due_s)

    # -- closed: users --------------------------------------------------------------------------

    async def _come_and_go(self) -> None:
        users: dict[int, Deferred[None]] = {}
        until_s = self._began_s + self.load.length_s
        while not self._stopped and self._reactor.seconds() < until_s:
            wanted = users_at(self.load, self._reactor.seconds() - self._began_s)
            for index in range(wanted):
                if index not in users:
                    user = Deferred.fromCoroutine(self._user(index, until_s))
                    users[index] = user
                    user.addBoth(_gone, users, index)
            left_s = until_s - self._reactor.seconds()
            if not await self._sleep(min(USERS_LOOKED_AT_EVERY_S, max(0.0, left_s))):
                return

    async def _user(self, index: int, until_s: float) -> None:
        """One user, until the load is over or it has more users than it should."""
        while not self._stopped:
            now_s = self._reactor.seconds()
            if now_s >= until_s or index >= users_at(self.load, now_s - self._began_s):
                return
            await self._once()

    async def _work_off(self) -> None:
        """A number of iterations: of each user, or shared by all."""
        users, each = self.load.vus or 1, self.load.iterations or 1
        shared = self.load.executor == "shared-iterations"
        left = [each] if shared else [each for _ in range(users)]
        until_s = self._began_s + self.load.length_s

        async def work(index: int) -> None:
            mine = 0 if shared else index
            while left[mine] > 0 and not self._stopped and self._reactor.seconds() < until_s:
                left[mine] -= 1
                await self._once()

        await DeferredList([Deferred.fromCoroutine(work(index)) for index in range(users)])

    async def _once(self) -> None:
        while self._named and not self._free and not self._stopped:
            turn: Deferred[None] = Deferred()
            self._waiting.append(turn)
            await turn
        if self._stopped:
            return
        over: Deferred[None] = Deferred()
        done = self._begin(self._reactor.seconds())
        done.addBoth(lambda result: over.callback(None))
        await over

    # -- one iteration ----------------------------------------------------------------------------

    def _begin(self, due_s: float) -> Deferred[None]:
        self.offered += 1
        number = self.offered
        measured = self._measured(due_s)
        iteration = Iteration(
            self.name,
            number,
            due_s,
            measured,
            self._free.popleft() if self._named else "",
            self._random.choice(self._cards) if self._cards else "",
            self._random.random(),
        )
        if measured:
            self._metrics.time("lag", self._reactor.seconds() - due_s, load=self.name)
        done = Deferred.fromCoroutine(self._whole(iteration))
        self._under_way[number] = done
        self._watch(False, self.in_flight)
        done.addBoth(self._over, iteration)
        return done

    async def _whole(self, iteration: Iteration) -> None:
        broken = False
        try:
            await self._iterate(iteration)
        except CancelledError:
            raise
        except Exception:  # noqa: BLE001 - counted, and told by whoever iterates
            broken = True
        if iteration.measured:
            self._metrics.count("iterations", load=self.name)
            self._metrics.rate("broken", broken, load=self.name)

    def _over(self, result: object, iteration: Iteration) -> None:
        del self._under_way[iteration.number]
        if iteration.terminal:
            self._free.append(iteration.terminal)
        if self._waiting:
            self._waiting.popleft().callback(None)

    def _measured(self, due_s: float) -> bool:
        return due_s - self._began_s >= self.load.warm_up

    # -- the end ----------------------------------------------------------------------------------

    async def _finish(self) -> None:
        """Wait for what is under way; what is not over in time is counted and left to its end."""
        under_way = list(self._under_way.values())
        if not under_way:
            return
        everything: Deferred[bool] = Deferred()
        left = len(under_way)
        timer = self._reactor.callLater(self.load.graceful_stop, everything.callback, False)

        def one_over(result: object) -> object:
            nonlocal left
            left -= 1
            if not left and timer.active():
                timer.cancel()
                everything.callback(True)
            return result

        for each in under_way:
            each.addBoth(one_over)
        try:
            if not await everything:
                self._metrics.count("unfinished", self.in_flight, load=self.name)
        except CancelledError:
            if timer.active():
                timer.cancel()
            raise

    async def _sleep(self, seconds: float) -> bool:
        """Wait; False when the load was stopped meanwhile."""
        self._pause = deferLater(self._reactor, seconds)
        try:
            await self._pause
        except CancelledError:
            if not self._stopped:
                raise
            return False
        finally:
            self._pause = None
        return not self._stopped


def _gone(result: object, users: dict[int, Deferred[None]], index: int) -> None:
    del users[index]
