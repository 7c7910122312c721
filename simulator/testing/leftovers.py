"""What a test left behind: timers, connections, failures nobody saw, threads, an open world.

pytest-twisted passes a test that loses a Deferred's failure or leaves the reactor full of timers,
which then fire in the middle of another test.
"""

from __future__ import annotations

import gc
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

from twisted.internet.error import ConnectionAborted
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.python.failure import Failure
from zope.interface import implementer

from simulator.virtual.timeline import ProcessKilled
from simulator.virtual.world import open_world
from switch.runtime import ThreadExecutor

# Turns of the real reactor that a connection being closed is given to be gone.
_GRACE_TURNS = 20
_JOIN_S = 0.2

# The resolver of names keeps these, and the reactor ends them when it stops.
_REACTOR_POOL = "PoolThread-twisted.internet.reactor"

_watching: list[Watch] = []


def real_reactor() -> Any | None:
    """The reactor installed in this process, if there is one; none is installed by asking."""
    return sys.modules.get("twisted.internet.reactor")


def flush_logged_errors(*kinds: type[BaseException]) -> list[Failure]:
    """The failures that Twisted logged since the test began, which the test expected.

    They no longer fail it. With `kinds`, only failures of these types.
    """
    return _watching[-1].flush(*kinds) if _watching else []


@implementer(ILogObserver)
class Watch:
    """Compares the process before and after one test.

    `take_turn` lets the real reactor run once; without one no grace is given.
    """

    def __init__(self, reactor: Any | None, take_turn: Callable[[], object] | None = None) -> None:
        self._reactor = reactor
        self._take_turn = take_turn
        self._failures: list[Failure] = []
        self._timers = self._all_timers()
        self._selectables = self._all_selectables()
        self._threads = set(threading.enumerate())
        _watching.append(self)
        globalLogPublisher.addObserver(self)

    def __call__(self, event: LogEvent) -> None:
        """Keep a failure that is logged."""
        failure = event.get("log_failure")
        if failure is not None and failure.check(ProcessKilled) is None:
            self._failures.append(failure)

    def flush(self, *kinds: type[BaseException]) -> list[Failure]:
        """Give and forget the failures logged so far."""
        gc.collect()
        expected = [f for f in self._failures if not kinds or f.check(*kinds) is not None]
        self._failures = [f for f in self._failures if f not in expected]
        return expected

    def finish(self) -> list[str]:
        """One sentence for each thing left behind; all of it is ended here."""
        complaints = self._close_world()
        complaints += self._collect()
        for _ in range(_GRACE_TURNS):
            if self._take_turn is None or not (self._new_timers() or self._new_selectables()):
                break
            self._take_turn()
        globalLogPublisher.removeObserver(self)
        _watching.remove(self)
        complaints += [f"an unhandled failure: {_told(failure)}" for failure in self._failures]
        complaints += [f"a timer on the reactor: {timer}" for timer in self._new_timers()]
        complaints += [f"a connection or listener: {held!r}" for held in self._new_selectables()]
        complaints += [f"a running thread: {thread.name}" for thread in self._new_threads()]
        self._end_leftovers()
        return complaints

    def _close_world(self) -> list[str]:
        world = open_world()
        if world is None:
            return []
        world.close()
        return [f"an open virtual world, of seed {world.seed}"]

    def _collect(self) -> list[str]:
        """Collect garbage, so that what it has to say is said now."""
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always", RuntimeWarning)
            gc.collect()
        return [
            f"a coroutine that was never awaited: {warning.message}"
            for warning in told
            if "never awaited" in str(warning.message)
        ]

    def _all_timers(self) -> list[Any]:
        return list(self._reactor.getDelayedCalls()) if self._reactor is not None else []

    def _all_selectables(self) -> list[Any]:
        if self._reactor is None:
            return []
        internal = getattr(self._reactor, "_internalReaders", ())
        watched = dict.fromkeys([*self._reactor.getReaders(), *self._reactor.getWriters()])
        return [selectable for selectable in watched if selectable not in internal]

    def _new_timers(self) -> list[Any]:
        return [timer for timer in self._all_timers() if timer not in self._timers]

    def _new_selectables(self) -> list[Any]:
        return [held for held in self._all_selectables() if held not in self._selectables]

    def _new_threads(self) -> list[threading.Thread]:
        new = [thread for thread in threading.enumerate() if thread not in self._threads]
        ours = [thread for thread in new if not thread.daemon or _is_executor(thread)]
        suspects = [thread for thread in ours if not thread.name.startswith(_REACTOR_POOL)]
        for thread in suspects:
            thread.join(_JOIN_S)
        return [thread for thread in suspects if thread.is_alive()]

    def _end_leftovers(self) -> None:
        """So that the next test does not pay for this one."""
        for timer in self._new_timers():
            timer.cancel()
        for held in self._new_selectables():
            assert self._reactor is not None
            self._reactor.removeReader(held)
            self._reactor.removeWriter(held)
            held.connectionLost(Failure(ConnectionAborted()))


def _is_executor(thread: threading.Thread) -> bool:
    target = getattr(thread, "_target", None)
    return isinstance(getattr(target, "__self__", None), ThreadExecutor)


def _told(failure: Failure) -> str:
    kind = failure.type.__name__ if failure.type is not None else "?"
    return f"{kind}: {failure.getErrorMessage()}\n{failure.getBriefTraceback()}"
