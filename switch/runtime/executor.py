"""Where blocking work (database commits) runs: one thread, in order, injected.

In virtual time another executor runs the same work a seeded delay later, without a thread, and
discards what is queued when its process is killed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.python.failure import Failure

T = TypeVar("T")


class Executor(Protocol):
    """Runs blocking callables one after the other, off the reactor."""

    def run(self, work: Callable[[], T]) -> Deferred[T]:
        """Queue `work`; the Deferred fires in the reactor with what it returns or raises."""
        ...

    def stop(self) -> Deferred[None]:
        """Fires when everything queued has run and nothing more will."""
        ...


class ThreadExecutor:
    """One daemon thread of its own, started with the first work."""

    def __init__(self, reactor: IReactorFromThreads, name: str) -> None:
        self._reactor = reactor
        self._name = name
        self._queue: SimpleQueue[tuple[Callable[[], Any], Deferred[Any]] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._ended = False
        self._waiting: list[Deferred[None]] = []

    def run(self, work: Callable[[], T]) -> Deferred[T]:
        done: Deferred[T] = Deferred()
        if self._stopping:
            done.errback(Failure(RuntimeError(f"the executor {self._name} is stopped")))
            return done
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name=self._name, daemon=True)
            self._thread.start()
        self._queue.put((work, done))
        return done

    def stop(self) -> Deferred[None]:
        ended: Deferred[None] = Deferred()
        if self._ended:
            ended.callback(None)
            return ended
        self._waiting.append(ended)
        if not self._stopping:
            self._stopping = True
            if self._thread is None:
                self._joined()
            else:
                self._queue.put(None)
        return ended

    def _loop(self) -> None:
        while (item := self._queue.get()) is not None:
            work, done = item
            try:
                outcome = work()
            except Exception:  # noqa: BLE001 - it is handed to whoever waits for the work
                self._reactor.callFromThread(done.errback, Failure())
            else:
                self._reactor.callFromThread(done.callback, outcome)
        self._reactor.callFromThread(self._joined)

    def _joined(self) -> None:
        if self._thread is not None:
            self._thread.join()
        self._ended = True
        waiting, self._waiting = self._waiting, []
        for ended in waiting:
            ended.callback(None)
