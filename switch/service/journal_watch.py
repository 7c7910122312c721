"""What is done while the journal cannot be used, and when it can again.

No request is taken then: each is answered 96. An answer that comes meanwhile cannot be journaled
and is not given; it is reversed afterwards. Every second the journal is tried; when it takes a
row again, what the outage left behind is treated as after a crash, and business goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from switch.engine.journal import Journal
from switch.runtime import Runtime
from switch.store import Store, StoreUnavailableError

TRY_EVERY_S = 1.0


class JournalWatch:
    """Watches over one journal from its first outage to the end of the last."""

    def __init__(
        self,
        runtime: Runtime,
        store: Store,
        journal: Journal,
        *,
        under_way: Callable[[], Collection[int]],
        back: Callable[[], object],
    ) -> None:
        self._runtime = runtime
        self._journal = journal
        self._under_way = under_way
        self._back = back
        self._since: datetime | None = None
        self._timer: Any = None
        self._stopped = False
        store.guarded = True
        store.on_outage = self._told

    def stop(self) -> None:
        """Try no more."""
        self._stopped = True
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()

    def _told(self, reason: str) -> None:
        now = self._runtime.wall_clock.now()
        if reason:
            self._since = now
            self._runtime.log.error(
                "the journal cannot be used: new business is answered 96", reason=reason
            )
            self._later()
        elif self._since is not None:
            lasted_s = round((now - self._since).total_seconds(), 3)
            self._runtime.log.warning(
                "the journal can be used again: business goes on", lasted_s=lasted_s
            )

    def _later(self) -> None:
        if not self._stopped:
            self._timer = self._runtime.reactor.callLater(TRY_EVERY_S, self._try)

    def _try(self) -> None:
        self._timer = None
        Deferred.fromCoroutine(self._prove()).addErrback(self._broken)

    async def _prove(self) -> None:
        since = self._since
        try:
            await self._journal.prove()
            if since is not None:
                lost = await self._journal.abandon(self._under_way(), since)
                if lost:
                    self._runtime.log.warning(
                        "transactions were entered as the journal was lost: reversed", count=lost
                    )
        except StoreUnavailableError:
            self._later()
            return
        self._back()

    def _broken(self, failure: Failure) -> None:
        self._runtime.log.error("trying the journal failed inside", error=str(failure.type))
        self._later()
