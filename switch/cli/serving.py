"""Running something on the reactor: a service until it is told to end, a job until it is done."""

from __future__ import annotations

import signal
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from switch.cli.console import INTERRUPTED, PASSED

T = TypeVar("T")


class Service(Protocol):
    """What can be served: a switch, a network."""

    def start(self) -> Coroutine[Any, Any, None]: ...
    def stop(self, drain: bool) -> Coroutine[Any, Any, None]: ...


class Serving:
    """One run of a service on a reactor.

    SIGTERM ends it in order, having drained, with exit code 0. SIGINT ends it with 130, and
    drains too with `interrupt_drains`. A second signal ends the process at once.
    """

    def __init__(
        self,
        reactor: Any,
        service: Service,
        *,
        on_ready: Callable[[], None],
        interrupt_drains: bool = False,
    ) -> None:
        self._reactor = reactor
        self._service = service
        self._on_ready = on_ready
        self._interrupt_drains = interrupt_drains
        self._starting: Deferred[None] | None = None
        self._exit_code: int | None = None
        self._failure: Failure | None = None
        self._left = False

    def run(self) -> int:
        """Serve; the exit code. Raises what the service raised at its start or end."""
        before = {
            number: signal.signal(number, self._signalled)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        self._reactor.callWhenRunning(self._begin)
        try:
            self._reactor.run(installSignalHandlers=False)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        if self._failure is not None:
            self._failure.raiseException()
        return PASSED if self._exit_code is None else self._exit_code

    def _begin(self) -> None:
        if self._exit_code is not None:
            self._leave()
            return
        self._starting = Deferred.fromCoroutine(self._start())
        self._starting.addErrback(self._not_started)

    async def _start(self) -> None:
        await self._service.start()
        self._on_ready()

    def _not_started(self, failure: Failure) -> None:
        if not (self._exit_code is not None and failure.check(CancelledError)):
            self._failure = failure
        self._leave()

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        # Between two bytecodes of anything: only this may be called here, and it wakes the reactor.
        self._reactor.callFromThread(self._end, number)

    def _end(self, number: int) -> None:
        if self._exit_code is not None:
            self._leave()
            return
        interrupted = number == signal.SIGINT
        self._exit_code = INTERRUPTED if interrupted else PASSED
        if self._starting is None:
            return
        if not self._starting.called:
            self._starting.cancel()
            return
        drain = self._interrupt_drains or not interrupted
        ending = Deferred.fromCoroutine(self._service.stop(drain))
        ending.addErrback(self._not_ended).addBoth(lambda _: self._leave())

    def _not_ended(self, failure: Failure) -> None:
        self._failure = failure

    def _leave(self) -> None:
        if not self._left:
            self._left = True
            self._reactor.stop()


def run_job(reactor: Any, job: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine on the reactor to its end; give its result, or raise what it raised.

    SIGINT and SIGTERM cancel it, and KeyboardInterrupt is raised once it has cleaned up; a second
    signal does not wait for that.
    """
    outcome: list[T | Failure] = []
    running: list[Deferred[T]] = []
    interrupted = False

    def begin() -> None:
        running.append(Deferred.fromCoroutine(job()))
        running[0].addBoth(outcome.append).addBoth(lambda _: leave())

    def leave() -> None:
        if reactor.running:
            reactor.stop()

    def interrupt() -> None:
        nonlocal interrupted
        again, interrupted = interrupted, True
        if again or not running:
            leave()
        elif not outcome:
            running[0].cancel()

    def signalled(_number: int, _frame: FrameType | None) -> None:
        reactor.callFromThread(interrupt)

    before = {
        number: signal.signal(number, signalled) for number in (signal.SIGINT, signal.SIGTERM)
    }
    reactor.callWhenRunning(begin)
    try:
        reactor.run(installSignalHandlers=False)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if interrupted or not outcome:
        raise KeyboardInterrupt
    result = outcome[0]
    if isinstance(result, Failure):
        result.raiseException()
    return result
