"""What is old leaves the journal by itself, a chunk at a time, as the settings say.

Card numbers go first, by their own age; then, where that is wanted, whole transactions.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from switch.engine.archive import CHUNK, ArchiveError, move
from switch.engine.forgetting import forget_cards
from switch.runtime import Runtime
from switch.settings.network import RetentionSettings
from switch.store import Store, StoreUnavailableError

EVERY_S = 3600.0
FIRST_S = 60.0
"""A start has other things to do first."""

PAUSE_S = 0.25
"""Between two chunks, for the journal's own work."""


class Retention:
    """Moves what is old out of one journal, every hour."""

    def __init__(
        self, runtime: Runtime, store: Store, settings: RetentionSettings, folder: Path
    ) -> None:
        self._runtime = runtime
        self._store = store
        self._settings = settings
        self._archive = None if settings.archive is None else folder / settings.archive
        self._running: Deferred[None] | None = None

    def start(self) -> None:
        """Begin, a little later."""
        self._running = Deferred.fromCoroutine(self._run())
        self._running.addErrback(self._ended)

    def stop(self) -> None:
        """Move no more; a chunk under way is finished by the store."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()

    async def _run(self) -> None:
        pause_s = FIRST_S
        while True:
            await deferLater(self._runtime.reactor, pause_s)
            pause_s = EVERY_S
            try:
                forgotten = await self._forget_cards()
                removed = await self._move_all()
                if forgotten or removed:
                    await self._store.tidy()
            except StoreUnavailableError:
                continue  # the outage is told where it is watched
            except ArchiveError as error:
                self._runtime.log.error("old transactions stay: no archive", reason=str(error))

    async def _forget_cards(self) -> int:
        before = self._ago(self._settings.forget_cards)
        forgotten = 0
        while True:
            removed = await self._store.commit(lambda c: forget_cards(c, before))
            forgotten += removed
            if removed < CHUNK:
                break
            await deferLater(self._runtime.reactor, PAUSE_S)
        if forgotten:
            self._runtime.log.info("old card numbers were forgotten", transactions=forgotten)
        return forgotten

    async def _move_all(self) -> int:
        if self._settings.keep is None:
            return 0
        before = self._ago(self._settings.keep)
        removed = archived = 0
        while True:
            moved = await self._store.commit(lambda c: move(c, before, self._archive))
            removed += moved.removed
            archived += moved.archived
            if not moved.more:
                break
            await deferLater(self._runtime.reactor, PAUSE_S)
        if removed:
            self._runtime.log.info(
                "old transactions left the journal", removed=removed, archived=archived
            )
        return removed

    def _ago(self, age_s: float) -> datetime:
        return self._runtime.wall_clock.now() - timedelta(seconds=age_s)

    def _ended(self, failure: Failure) -> None:
        if failure.check(CancelledError) is None:
            self._runtime.log.error("retention failed inside", error=str(failure.type))
