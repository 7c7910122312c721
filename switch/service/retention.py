"""What is old leaves the journal by itself, a chunk at a time, as the settings say."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from switch.engine.archive import ArchiveError, move
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
                await self._move_all()
            except StoreUnavailableError:
                continue  # the outage is told where it is watched
            except ArchiveError as error:
                self._runtime.log.error("old transactions stay: no archive", reason=str(error))

    async def _move_all(self) -> None:
        before = self._runtime.wall_clock.now() - timedelta(seconds=self._settings.keep)
        removed = archived = 0
        while True:
            moved = await self._store.commit(lambda c: move(c, before, self._archive))
            removed += moved.removed
            archived += moved.archived
            if not moved.more:
                break
            await deferLater(self._runtime.reactor, PAUSE_S)
        if removed:
            await self._store.tidy()
            self._runtime.log.info(
                "old transactions left the journal", removed=removed, archived=archived
            )

    def _ended(self, failure: Failure) -> None:
        if failure.check(CancelledError) is None:
            self._runtime.log.error("retention failed inside", error=str(failure.type))
