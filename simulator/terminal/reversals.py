"""The reversals a terminal owes: sent at once, then again until they are acknowledged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.python.failure import Failure

from simulator.terminal.line import TerminalLine
from simulator.terminal.pending import PendingRecord
from switch.link import NoAnswerError, NotSentError
from switch.runtime import Runtime

RETRY_FIRST_S = 1.0
RETRY_MAX_S = 60.0


class Reversals:
    """Delivers what is owed, in passes: each tries all of it, in the order it was owed.

    A pass begins when something is owed and when the line comes back; between passes the pause
    doubles. `before_sending` makes a record durable before its reversal first leaves;
    `acknowledged` makes an end of it durable.
    """

    def __init__(
        self,
        runtime: Runtime,
        line: TerminalLine,
        timeout_s: float,
        *,
        before_sending: Callable[[PendingRecord], Awaitable[PendingRecord]],
        acknowledged: Callable[[PendingRecord, int], Awaitable[None]],
        on_none: Callable[[], None],
    ) -> None:
        self._runtime = runtime
        self._line = line
        self._timeout_s = timeout_s
        self._before_sending = before_sending
        self._acknowledged = acknowledged
        self._on_none = on_none
        self._owed: dict[str, PendingRecord] = {}
        self._attempts: dict[str, int] = {}
        self._running = False
        self._delivering: Deferred[None] | None = None
        self._pause: Deferred[None] | None = None
        self._pause_s = RETRY_FIRST_S
        self._stopped = False
        self._waiting: list[Deferred[None]] = []

    def __len__(self) -> int:
        return len(self._owed)

    def owe(self, record: PendingRecord) -> None:
        """Reverse this transaction."""
        self._owed[record.rrn] = record
        self._attempts[record.rrn] = 0
        self.wake()

    def wake(self) -> None:
        """Try now: something is owed, or the line is back."""
        self._pause_s = RETRY_FIRST_S
        if self._stopped or not self._owed:
            return
        if not self._running:
            self._running = True
            self._delivering = Deferred.fromCoroutine(self._deliver())
            self._delivering.addErrback(self._ended_early)
        elif self._pause is not None:
            pause, self._pause = self._pause, None
            pause.callback(None)

    def when_attempted(self) -> Deferred[None]:
        """Fires once everything owed now has been tried in this life of the terminal."""
        if self._tried:
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        self._waiting.append(waiting)
        return waiting

    def stop(self) -> None:
        """Try no more; the records on the disk are for the next start."""
        self._stopped = True
        if self._delivering is not None:
            self._delivering.cancel()
        self._fire()

    @property
    def _tried(self) -> bool:
        return all(self._attempts[rrn] for rrn in self._owed)

    async def _deliver(self) -> None:
        try:
            while self._owed:
                if self._line.up:
                    for rrn in list(self._owed):
                        await self._attempt(rrn)
                    self._fire()
                    if self._tried and self._owed:
                        await self._rest(self._pause_s)
                        self._pause_s = min(self._pause_s * 2, RETRY_MAX_S)
                else:
                    await self._rest(None)
        finally:
            self._running = False
        self._pause_s = RETRY_FIRST_S
        self._on_none()

    def _ended_early(self, failure: Failure) -> None:
        if failure.check(CancelledError) is None:
            self._runtime.log.error(
                "reversals failed inside",
                error=failure.type.__name__ if failure.type else "unknown",
                reason=failure.getErrorMessage(),
            )

    async def _attempt(self, rrn: str) -> None:
        record = self._owed[rrn]
        repeat = bool(record.reversal_stan)
        try:
            if not repeat:
                record = self._owed[rrn] = await self._before_sending(record)
            message = record.reversal(self._runtime.wall_clock, repeat=repeat)
            attempt = self._attempts[rrn] + 1
            answer = await self._line.ask(message, self._timeout_s)
            code = answer.text(39)
            if code == "00":
                await self._acknowledged(record, attempt)
                del self._owed[rrn], self._attempts[rrn]
                return
            reason = f"answered {code}"
        except (NotSentError, NoAnswerError, OSError) as error:
            reason = str(error)
        self._attempts[rrn] += 1
        self._runtime.log.warning(
            "reversal not acknowledged", stan=record.stan, rrn=rrn, reason=reason
        )

    async def _rest(self, pause_s: float | None) -> None:
        """Wait to be woken, or `pause_s` seconds."""
        self._pause = Deferred()
        timer: Any = None
        if pause_s is not None:
            timer = self._runtime.reactor.callLater(pause_s, self._rested)
        try:
            await self._pause
        finally:
            if timer is not None and timer.active():
                timer.cancel()

    def _rested(self) -> None:
        pause, self._pause = self._pause, None
        if pause is not None:
            pause.callback(None)

    def _fire(self) -> None:
        if self._tried or self._stopped:
            waiting, self._waiting = self._waiting, []
            for each in waiting:
                each.callback(None)
