"""Store-and-forward: the reversals owed to one destination, first in first out, until taken.

What is owed is in the journal, so that a crash loses none of it. The pause between attempts
doubles from the first to the longest. What becomes owed meanwhile waits for the end of the pause
with the rest; a destination that comes back is tried at once.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from switch.engine.destination import Destination
from switch.engine.entries import COPIED, Owed
from switch.engine.journal import Journal
from switch.link import NoAnswerError, NotSentError
from switch.runtime import Runtime, transmission_time
from switch.settings.network import RetrySettings
from switch.store import StoreUnavailableError
from switch.wire import Message
from switch.wire.mti import original_mti

TRY_AGAIN = frozenset({"09", "68", "90", "91", "96"})
"""Answers to a reversal that mean "not now"."""


class StoreAndForward:
    """Delivers what the journal owes to one destination."""

    def __init__(
        self, runtime: Runtime, journal: Journal, destination: Destination, retry: RetrySettings
    ) -> None:
        self._runtime = runtime
        self._journal = journal
        self._destination = destination
        self._retry = retry
        self._log = runtime.log.bind(destination=destination.name)
        self._running = False
        self._again = False
        self._kicked = False
        self._stopped = False
        self._timer: Any = None
        self._pause_s = retry.first
        self._waiting: dict[int, list[Deferred[bool]]] = {}
        self._idle: list[Deferred[None]] = []

    def wake(self) -> None:
        """Something is owed: try now, or at the end of the pause that runs."""
        self._again = True
        if self._timer is None:
            self._run()

    def kick(self) -> None:
        """The destination is back, or somebody waits: try now, and pause from the first again."""
        self._pause_s = self._retry.first
        self._kicked = True
        self._run()

    def alive(self) -> None:
        """The destination has answered something: a long pause becomes the first again."""
        if self._timer is None or self._stopped:
            return
        self._pause_s = self._retry.first
        if self._timer.getTime() > self._runtime.reactor.seconds() + self._pause_s:
            self._timer.reset(self._pause_s)

    def delivered(self, transaction_id: int, limit_s: float) -> Deferred[bool]:
        """Fires with True once that transaction's reversal is taken, with False after `limit_s`."""
        waiting: Deferred[bool] = Deferred()
        if self._stopped:
            waiting.callback(False)
            return waiting
        self._waiting.setdefault(transaction_id, []).append(waiting)

        def give_up() -> None:
            others = self._waiting.get(transaction_id, [])
            if waiting in others:
                others.remove(waiting)
                if not others:
                    del self._waiting[transaction_id]
                waiting.callback(False)

        timer = self._runtime.reactor.callLater(limit_s, give_up)

        def cancel(result: bool) -> bool:
            if timer.active():
                timer.cancel()
            return result

        return waiting.addCallback(cancel)

    async def stop(self) -> None:
        """Try no more; what is owed stays in the journal."""
        self._stopped = True
        self._cancel_timer()
        waiting, self._waiting = self._waiting, {}
        for each in waiting.values():
            for deferred in each:
                deferred.callback(False)
        if self._running:
            idle: Deferred[None] = Deferred()
            self._idle.append(idle)
            await idle

    def _run(self) -> None:
        if self._running or self._stopped:
            return
        self._running = True
        Deferred.fromCoroutine(self._drain()).addErrback(self._broken)

    async def _drain(self) -> None:
        try:
            while not self._stopped:
                self._again = self._kicked = False
                self._cancel_timer()
                if await self._deliver_next() or self._kicked:
                    continue
                if self._timer is not None or not self._again:
                    break
        finally:
            self._running = False
            idle, self._idle = self._idle, []
            for each in idle:
                each.callback(None)

    def _broken(self, failure: Failure) -> None:
        self._log.error("store-and-forward failed inside", error=str(failure.type))
        self._later()

    async def _deliver_next(self) -> bool:
        """Try the oldest; whether to go on at once."""
        if not self._destination.up:
            # It kicks when it comes back; the timer is for those that cannot tell.
            self._later()
            return False
        try:
            owed = await self._journal.next_owed(self._destination.name)
        except StoreUnavailableError as error:
            self._log.error("journal unavailable", reason=str(error))
            self._later()
            return False
        if owed is None:
            return False
        try:
            answer = await self._destination.ask(
                self._message(owed), self._destination.timeout_s, owed.operation_key
            )
        except (NotSentError, NoAnswerError) as error:
            self._log.warning(
                "reversal not acknowledged",
                stan=owed.request.text("11"),
                terminal=owed.request.text("41"),
                attempt=owed.attempts,
                reason=str(error),
            )
            self._later()
            return False
        code = answer.text("39")
        if code in TRY_AGAIN:
            self._log.warning(
                "reversal put off by the destination",
                stan=owed.request.text("11"),
                terminal=owed.request.text("41"),
                response_code=code,
            )
            self._later()
            return False
        return await self._taken(owed, code)

    async def _taken(self, owed: Owed, code: str) -> bool:
        report = self._log.info if code == "00" else self._log.error
        report(
            "reversal acknowledged" if code == "00" else "reversal answered, not with 00",
            stan=owed.request.text("11"),
            terminal=owed.request.text("41"),
            attempt=owed.attempts,
            response_code=code,
        )
        try:
            await self._journal.acknowledge(owed, code)
        except StoreUnavailableError as error:
            self._log.error("journal unavailable", reason=str(error))
            self._later()
            return False
        self._pause_s = self._retry.first
        for waiting in self._waiting.pop(owed.transaction_id, []):
            waiting.callback(True)
        return True

    def _message(self, owed: Owed) -> Message:
        original = owed.request
        message = Message({"t": "0420" if owed.attempts == 1 else "0421"})
        for element in COPIED:
            if element in original:
                message[element] = original[element]
        # DE7 is this transmission's own; DE90 has the original's.
        message["7"] = transmission_time(self._runtime.wall_clock.now())
        message["39"] = owed.reason if len(owed.reason) == 2 and owed.reason.isdigit() else "68"
        message["90"] = (
            original_mti(original.mti)
            + original.text("11")
            + original.text("7")
            + original.text("32").rjust(11, "0")
            + "0" * 11
        )
        if owed.retained_minor:
            message["95"] = f"{owed.retained_minor:012}" + "0" * 30
        return message

    def _later(self) -> None:
        if self._stopped:
            return
        self._cancel_timer()
        self._timer = self._runtime.reactor.callLater(self._pause_s, self._retry_now)
        self._pause_s = min(self._pause_s * 2, self._retry.longest)

    def _retry_now(self) -> None:
        self._timer = None
        self._run()

    def _cancel_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
