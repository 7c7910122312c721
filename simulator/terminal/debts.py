"""What a terminal owes: reversals to be sent, and transactions that a count of notes decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from simulator.terminal.asking import Exchange
from simulator.terminal.fates import Fates
from simulator.terminal.journal import Event
from simulator.terminal.line import TerminalLine
from simulator.terminal.pending import MALFUNCTION, PARTIAL, PendingRecord
from simulator.terminal.records import Records
from simulator.terminal.reversals import Reversals
from switch.runtime import Runtime


class Debts:
    """Each is in the journal and in a pending record before anything is sent about it."""

    def __init__(
        self,
        runtime: Runtime,
        records: Records,
        line: TerminalLine,
        timeout_s: float,
        *,
        new_stan: Callable[[], str],
        on_none: Callable[[], None],
        on_line: Callable[[Event], None],
    ) -> None:
        self._records = records
        self._new_stan = new_stan
        self._on_line = on_line
        self._held: dict[str, PendingRecord] = {}
        self.reversals = Reversals(
            runtime,
            line,
            timeout_s,
            before_sending=self._before_reversing,
            acknowledged=self._reversed,
            on_none=on_none,
        )

    def hold(self, exchange: Exchange) -> None:
        """Nobody can be sure what was given: keep the transaction until the notes are counted."""
        assert exchange.record is not None
        self._held[exchange.rrn] = exchange.record

    async def reverse_held(self, rrn: str, reason: str, retained_minor: int) -> None:
        """A count has found notes that were thought to be given: all else of it goes back."""
        record = self._held.pop(rrn, None)
        if record is not None:
            await self.reverse(record, reason, (), retained_minor)

    async def settle_held(self, rrn: str) -> None:
        """A count has shown that a held transaction stands."""
        record = self._held.pop(rrn, None)
        if record is not None:
            await self._records.purge(record)

    async def reverse(
        self, record: PendingRecord, reason: str, lines: Iterable[Event], retained_minor: int = 0
    ) -> None:
        """Journal `lines`, which say why, and owe a reversal of all but what stands."""
        retained = {"retained_minor": retained_minor or None}
        owed = self._records.line_of("reversal_owed", record, **retained)
        told = [*lines, owed]
        if not await self._records.written(told):
            for line in told:
                self._records.note(line)
        self._on_line(owed)
        self.reversals.owe(record.reversing("", reason, retained_minor))

    async def cancel(self, record: PendingRecord, reason: str) -> None:
        """Owe a reversal of a transaction that was final. Raises OSError, with nothing changed."""
        reversing = record.reversing("", reason)
        owed = self._records.line_of("reversal_owed", record, reason="cancelled")
        await self._records.write([owed], keep=reversing)
        self._on_line(owed)
        self.reversals.owe(reversing)

    def take_up(self, records: Iterable[PendingRecord], fates: Fates) -> list[Event]:
        """Purge what is final, hold what a count decides, and owe the rest; what to journal."""
        lines = []
        for record in records:
            fate = fates.of(record.rrn)
            if fate.kind == "final":
                self._records.pending.purge(record)
            elif fate.kind == "held":
                self._held[record.rrn] = record
            else:
                if not record.reversal_stan:
                    reason = PARTIAL if fate.retained_minor else MALFUNCTION
                    reason = record.reason if record.undo else reason
                    record = record.reversing("", reason, fate.retained_minor)
                    retained = {"retained_minor": fate.retained_minor or None}
                    lines.append(
                        self._records.line_of(
                            "reversal_owed", record, reason="found unfinished", **retained
                        )
                    )
                self.reversals.owe(record)
        for line in lines:
            self._on_line(line)
        return lines

    async def _before_reversing(self, record: PendingRecord) -> PendingRecord:
        numbered = record.reversing(self._new_stan(), record.reason, record.retained_minor)
        line = self._records.line_of("reversal", numbered, reversal_stan=numbered.reversal_stan)
        await self._records.write([line], keep=numbered)
        return numbered

    async def _reversed(self, record: PendingRecord, attempts: int) -> None:
        lines = [self._records.line_of("reversal_acknowledged", record, attempts=attempts)]
        if record.held:
            lines.append(self._records.line_of("returned", record, pieces=record.held))
        if record.undo:
            lines.append(self._records.line_of("cancelled", record, **record.undo))
        await self._records.end(lines, record)
        for line in lines:
            self._on_line(line)
