"""Store-and-forward: what is owed to one destination, first in first out, until it is taken.

What is owed is in the journal, so that a crash loses none of it. The pause between attempts
doubles from the first to the longest. What becomes owed meanwhile waits for the end of the pause
with the rest; a destination that comes back is tried at once. What the destination refuses, or
what cannot be sent at all, is put aside for a person to decide about: it stops nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from switch.engine.destination import Destination
from switch.engine.journal import Journal
from switch.engine.messages import IN, OUT, Keeper
from switch.engine.messages import Row as Said
from switch.engine.owed_messages import owed_message
from switch.engine.owing import Owed
from switch.link import NoAnswerError, NotSentError, UnencodableError
from switch.runtime import Runtime
from switch.settings.links import OwedSettings
from switch.settings.network import RetrySettings
from switch.store import StoreUnavailableError
from switch.wire import Message

USUAL = OwedSettings()

ATTEMPTS_KEPT = 3
"""Of what is not answered, so many transmissions are kept as messages; `attempts` counts all."""

COUNT_EVERY_S = 1.0
"""How often what is owed is counted; a count looks at every row."""


class StoreAndForward:
    """Delivers what the journal owes to one destination."""

    def __init__(
        self,
        runtime: Runtime,
        journal: Journal,
        destination: Destination,
        retry: RetrySettings,
        owed: OwedSettings = USUAL,
        keeper: Keeper | None = None,
    ) -> None:
        self._runtime = runtime
        self._journal = journal
        self._destination = destination
        self._retry = retry
        self._accepted, self._not_now = frozenset(owed.accepted), frozenset(owed.again)
        self._log = runtime.log.bind(destination=destination.name)
        self._keeper = keeper or Keeper(destination.name)
        self._depth, self._counted_at_s = 0, float("-inf")
        self._running = False
        self._again = False
        self._kicked = False
        self._stopped = False
        self._timer: Any = None
        self._pause_s = retry.first
        self._waiting: dict[int, list[Deferred[bool]]] = {}
        self._idle: list[Deferred[None]] = []

    @property
    def full(self) -> bool:
        """Whether as much is owed as may be: nothing more may come to be owed by our own doing."""
        return self._depth >= self._retry.waiting_max

    @property
    def depth(self) -> int:
        """How much is owed, as it was counted lately."""
        return self._depth

    def wake(self) -> None:
        """Something is owed: try now, or at the end of the pause that runs."""
        self._depth += 1
        self._again = True
        if self._timer is None:
            self._run()

    def look(self) -> None:
        """Whether a person has released something; a pause that runs is left to run."""
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
        """Fires with True once what that transaction owes is taken, with False after `limit_s`
        or when it is put aside."""
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
        await self._count()
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
        facts = {
            "kind": owed.kind.value,
            "stan": owed.request.text("11"),
            "terminal": owed.request.text("41"),
            "attempt": owed.attempts,
        }
        message = owed_message(owed, self._runtime.wall_clock.now())
        sent = self._said(OUT, message)
        try:
            answer = await self._destination.ask(
                message, self._destination.timeout_s, owed.operation_key
            )
        except UnencodableError as error:
            return await self._put_aside(owed, str(error), facts, ())
        except (NotSentError, NoAnswerError) as error:
            self._log.warning("not acknowledged", reason=str(error), **facts)
            if isinstance(error, NoAnswerError) and owed.attempts <= ATTEMPTS_KEPT:
                self._note(owed, sent)
            self._later()
            return False
        said = (sent, self._said(IN, answer))
        code = answer.text("39")
        if code in self._not_now:
            self._log.warning("put off by the destination", response_code=code, **facts)
            self._later()
            return False
        if code not in self._accepted:
            return await self._put_aside(owed, f"answered with {code or 'no code'}", facts, said)
        return await self._taken(owed, code, facts, said)

    def _said(self, direction: str, message: Message) -> Said:
        now = self._runtime.wall_clock.stamp()
        return self._keeper.row(now, direction, message)

    def _note(self, owed: Owed, sent: Said) -> None:
        """Keep what went unanswered; nobody waits for it."""
        noted = self._journal.note(owed.transaction_id, (sent,))
        noted.addErrback(lambda failure: failure.trap(StoreUnavailableError) and None)

    async def _count(self) -> None:
        """How much is owed, at most once in a while: in between it is added up."""
        now_s = self._runtime.reactor.seconds()
        if now_s < self._counted_at_s + COUNT_EVERY_S:
            return
        try:
            self._depth = await self._journal.depth(self._destination.name)
        except StoreUnavailableError:
            return  # whoever wants to write hears of it
        self._counted_at_s = now_s

    async def _put_aside(
        self, owed: Owed, why: str, facts: dict[str, Any], said: Sequence[Said]
    ) -> bool:
        """Go on without it; a person has to look."""
        self._log.error("put aside: `guichet saf list` shows it", reason=why, **facts)
        try:
            await self._journal.put_aside(owed, why, said)
        except StoreUnavailableError as error:
            self._log.error("journal unavailable", reason=str(error))
            self._later()
            return False
        self._pause_s = self._retry.first
        self._tell(owed, False)
        return True

    async def _taken(
        self, owed: Owed, code: str, facts: dict[str, Any], said: Sequence[Said]
    ) -> bool:
        self._log.info("acknowledged", response_code=code, **facts)
        try:
            await self._journal.acknowledge(owed, code, said)
        except StoreUnavailableError as error:
            self._log.error("journal unavailable", reason=str(error))
            self._later()
            return False
        self._pause_s = self._retry.first
        self._tell(owed, True)
        return True

    def _tell(self, owed: Owed, delivered: bool) -> None:
        """Those who wait for a delivery know now."""
        for waiting in self._waiting.pop(owed.transaction_id, []):
            waiting.callback(delivered)

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
