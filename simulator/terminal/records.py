"""What a terminal writes: its journal and its pending records, in order, off the reactor."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed

from simulator.terminal.journal import Event, Journal
from simulator.terminal.pending import PendingFolder, PendingRecord
from switch.keys.vault import Vault
from switch.runtime import Runtime

NOTES_MAX = 256
"""Notes kept while the journal cannot be written; older ones are given up, and that is logged."""


class Records:
    """The journal and the pending folder of one terminal, behind one executor.

    A note is a line that need not be on the disk before what it says is done: it is written in
    front of the next line that must, or by `flush`. `vault` seals the records; without one the
    terminal has its own, in `folder`. Raises VaultError.
    """

    def __init__(
        self, runtime: Runtime, name: str, folder: Path, vault: Vault | None = None
    ) -> None:
        self.journal = Journal(folder / f"{name}.jsonl", name, runtime.wall_clock)
        self.pending = PendingFolder(
            folder / f"{name}.pending",
            vault or Vault.open(folder, name, runtime.entropy, runtime.wall_clock),
        )
        self._log = runtime.log
        self._executor = runtime.executor(f"{name}/journal")
        self._notes: list[Event] = []
        self._fenced = False

    def fence(self) -> None:
        """Write nothing from now on, whatever is asked: the power is off."""
        self._fenced = True
        self._notes.clear()

    def note(self, line: Event) -> None:
        """Write this line with the next."""
        if self._fenced:
            return
        if len(self._notes) >= NOTES_MAX:
            self._log.error("journal line given up", lost=self._notes.pop(0)["event"])
        self._notes.append(line)

    def write(self, lines: Iterable[Event], keep: PendingRecord | None = None) -> Deferred[None]:
        """Make `keep` durable, then the notes and these lines; fails with OSError."""
        if self._fenced:
            return fail(OSError("the power is off"))
        notes, self._notes = self._notes, []
        written = [*notes, *lines]

        def work() -> None:
            if keep is not None:
                self.pending.write(keep)
            self.journal.write(written)

        def kept(failure: object) -> object:
            self._notes[:0] = notes
            return failure

        done = self._executor.run(work)
        done.addErrback(kept)
        return done

    def line_of(self, event: str, record: PendingRecord, **facts: Any) -> Event:
        """A line about the transaction of a record."""
        return self.journal.line(
            event,
            operation=record.operation,
            stan=record.stan,
            rrn=record.rrn,
            card=record.card,
            amount_minor=record.amount_minor,
            **facts,
        )

    async def written(self, lines: Iterable[Event]) -> bool:
        """Write these lines; False, and a word in the log, when that is impossible."""
        try:
            await self.write(lines)
        except OSError as error:
            self._log.error("journal unavailable", reason=str(error))
            return False
        return True

    def end(self, lines: Iterable[Event], record: PendingRecord | None) -> Deferred[None]:
        """Write the notes and these lines, then forget the record of a final transaction."""
        done = self.write(lines)
        if record is not None:
            done.addCallback(lambda _: self.purge(record))
        return done

    def flush(self) -> Deferred[None]:
        """Write the notes there are; fires once they are on the disk, or given back."""
        if not self._notes:
            return succeed(None)
        done = self.write([])
        done.addErrback(
            lambda failure: self._log.error("journal unavailable", reason=failure.getErrorMessage())
        )
        return done

    def purge(self, record: PendingRecord) -> Deferred[None]:
        """Forget a record whose transaction is final."""
        if self._fenced:
            return succeed(None)
        return self._executor.run(lambda: self.pending.purge(record))

    def stop(self) -> Deferred[None]:
        """Fires when everything given is written and nothing more will be."""
        return self._executor.stop()
