"""Blocking work in virtual time: no thread, one piece after the other, each a little later.

A piece of work takes effect a seeded delay after it was given, and whoever waits for it hears of
it another delay later: so a kill may come before a commit, or between a commit and its answer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure

from simulator.virtual.reactor import VirtualReactor
from switch.runtime import Random

T = TypeVar("T")

# A group commit with synchronous=FULL takes about a millisecond on the disks we measured.
_WORK_S = (0.000_500, 0.002_000)
_HANDING_OVER_S = (0.000_010, 0.000_100)


class VirtualExecutor:
    """Runs blocking callables one after the other, on a reactor's virtual time."""

    def __init__(self, reactor: VirtualReactor, random: Random, name: str) -> None:
        self._reactor = reactor
        self._random = random
        self._name = name
        self._queue: deque[tuple[Callable[[], Any], Deferred[Any]]] = deque()
        self._is_busy = False
        self._is_stopping = False
        self._stopped: list[Deferred[None]] = []

    def run(self, work: Callable[[], T]) -> Deferred[T]:
        """Queue `work`; of a killed process it is never done and the Deferred never fires."""
        if self._is_stopping:
            return fail(RuntimeError(f"the executor {self._name} is stopped"))
        done: Deferred[T] = Deferred()
        if not self._reactor.fenced:
            self._queue.append((work, done))
            self._next()
        return done

    def stop(self) -> Deferred[None]:
        """Fires when everything queued has run."""
        self._is_stopping = True
        if not self._is_busy and not self._queue:
            return succeed(None)
        stopped: Deferred[None] = Deferred()
        self._stopped.append(stopped)
        return stopped

    def discard(self) -> None:
        """Forget what is queued: its process was killed."""
        self._queue.clear()
        self._stopped.clear()

    def _next(self) -> None:
        if self._queue and not self._is_busy:
            self._is_busy = True
            self._reactor.callLater(self._random.uniform(*_WORK_S), self._work)

    def _work(self) -> None:
        work, done = self._queue.popleft()
        hand_over: Callable[[Any], object]
        outcome: Any
        try:
            outcome, hand_over = work(), done.callback
        except Exception:  # noqa: BLE001 - it is handed to whoever waits for the work
            outcome, hand_over = Failure(), done.errback
        self._reactor.callLater(self._random.uniform(*_HANDING_OVER_S), hand_over, outcome)
        self._is_busy = False
        self._next()
        if self._is_stopping and not self._is_busy:
            self._reactor.callLater(_HANDING_OVER_S[1], self._ended)

    def _ended(self) -> None:
        stopped, self._stopped = self._stopped, []
        for waiting in stopped:
            waiting.callback(None)
