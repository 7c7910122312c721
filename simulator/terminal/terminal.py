"""What every terminal does with a transaction, whatever device it drives.

The order is what makes it safe: journal line and pending record on the disk, request, answer,
journal line of what is done, the deed itself (cash), record purged. Whatever is cut short in
between is reversed; a journal line that says it was done stands.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import Deferred, DeferredLock, succeed

from simulator.terminal.asking import APPROVED, Ask, Exchange, unacceptable
from simulator.terminal.debts import Debts
from simulator.terminal.fates import Fates
from simulator.terminal.identity import Identity, Place
from simulator.terminal.journal import Event, Journal
from simulator.terminal.line import TerminalLine
from simulator.terminal.numbers import StanCounter
from simulator.terminal.pending import MALFUNCTION, NO_ANSWER, PendingRecord
from simulator.terminal.records import Records
from simulator.terminal.repeating import Repeater
from switch.link import NoAnswerError, NotSentError, Tap
from switch.link.sealing import KeysExchange, Seal
from switch.runtime import Runtime
from switch.wire import Codec, Framing, Message
from switch.wire.codes import response_words

if TYPE_CHECKING:
    from switch.keys.vault import Vault
    from switch.link.security import Security

T = TypeVar("T")


class Terminal:
    """Journal, pending records, numbers, line and reversals of one terminal, in working order."""

    def __init__(
        self,
        runtime: Runtime,
        identity: Identity,
        place: Place,
        *,
        host: str,
        port: int,
        codec: Codec,
        framing: Framing,
        folder: Path,
        timeout_s: float,
        tap: Tap | None,
        security: Security | None = None,
        seal: Seal | None = None,
        on_debt: Callable[[Event], None] = lambda line: None,
        exchange: KeysExchange | None = None,
        vault: Vault | None = None,
    ) -> None:
        self.name = identity.terminal.strip()
        self._runtime = runtime
        self._identity = identity
        self._place = place
        self._timeout_s = timeout_s
        self._numbers = StanCounter()
        self._records = Records(runtime, self.name, folder, vault)
        self._lock = DeferredLock()
        self._quiet: list[Deferred[None]] = []
        self._line = TerminalLine(
            runtime,
            identity,
            host=host,
            port=port,
            codec=codec,
            framing=framing,
            new_stan=lambda: self._numbers.next(),
            on_signed_on=lambda: self._debts.reversals.wake(),
            tap=tap,
            security=security,
            seal=seal,
            exchange=exchange,
        )
        self._debts = Debts(
            runtime,
            self._records,
            self._line,
            timeout_s,
            new_stan=lambda: self._numbers.next(),
            on_none=self._tell_quiet,
            on_line=on_debt,
        )
        self._repeater = Repeater(runtime, self._line, timeout_s)

    # -- its life -------------------------------------------------------------------------------

    @property
    def journal(self) -> Journal:
        """The terminal's own journal."""
        return self._records.journal

    @property
    def up(self) -> bool:
        """Whether the line is signed on."""
        return self._line.up

    @property
    def reversals_owed(self) -> int:
        """Transactions whose reversal is not acknowledged yet."""
        return len(self._debts.reversals)

    def start(
        self, replay: Callable[[Event], None], opening: Callable[[], Iterable[Event]]
    ) -> None:
        """Read the journal, giving each event to `replay`, take up what is owed, and dial.

        `opening` gives what the device then adds to the journal.

        Raises JournalError when the journal is damaged, OSError when the folder cannot be used.
        """
        records, unreadable = self._records.pending.load()
        fates = Fates({record.rrn for record in records})
        last_stan = "0"

        def each(event: Event) -> None:
            nonlocal last_stan
            given = {"request": "stan", "reversal": "reversal_stan"}.get(event["event"], "")
            last_stan = event.get(given, last_stan)
            fates.replay(event)
            replay(event)

        torn_bytes = self.journal.open(each)
        self._numbers = StanCounter(int(last_stan))
        lines = [self.journal.line("started"), *opening()]
        if torn_bytes:
            lines.append(self.journal.line("torn_line", bytes=torn_bytes))
        for path in unreadable:
            self._runtime.log.error("pending record unreadable", file=path.name)
        lines += self._debts.take_up(records, fates)
        self._records.write(lines).addErrback(
            lambda failure: self._runtime.log.error(
                "journal unavailable", reason=failure.getErrorMessage()
            )
        )
        self._line.start()

    async def stop(self) -> None:
        """Hang up once the operation under way has ended; what is owed stays on the disk."""
        await self._line.stop()
        self._debts.reversals.stop()
        await self._lock.acquire()
        try:
            await self._records.stop()
        finally:
            self._lock.release()

    def fence(self) -> None:
        """The power is off: nothing is written, and no reversal sent, by this life any more."""
        self._records.fence()
        self._debts.reversals.stop()

    async def when_ready(self) -> None:
        """Resumes once signed on, with everything owed sent once."""
        await self._line.when_up()
        await self._debts.reversals.when_attempted()

    def when_quiet(self) -> Deferred[None]:
        """Fires when no operation is under way and no reversal is owed."""
        if self._is_quiet:
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        self._quiet.append(waiting)
        return waiting

    # -- its transactions -----------------------------------------------------------------------

    async def run(self, operation: Callable[[], Awaitable[T]]) -> T:
        """One operation at a time: others wait for their turn."""
        await self._lock.acquire()
        try:
            return await operation()
        finally:
            self._lock.release()
            self._tell_quiet()

    async def ask(
        self, ask: Ask, *, on_request: Callable[[Event], object] = lambda line: None
    ) -> Exchange:
        """Ask, and journal what came of it; `on_request` is told the line of the request.

        An approved exchange that moves money is not final: the caller journals what it does with
        `conclude`, does it, and calls `settle`.
        """
        if self._line.up:
            await self._debts.reversals.when_attempted()
        stan = self._numbers.next()
        now = self._runtime.wall_clock.now()
        request = ask.message(self._identity, self._place, now, stan)
        card = ask.card.masked if ask.card is not None else ""
        record = PendingRecord.of(ask.operation, request, card, ask.held)
        kept = record if ask.moves_money else None
        exchange = Exchange(ask, "declined", stan=stan, rrn=record.rrn, record=kept)
        try:
            copied = record.copied if ask.cancellable else None
            line = self._records.line_of("request", record, copied=copied)
            await self._records.write([line], keep=kept)
            on_request(line)
        except OSError as error:
            return replace(exchange, words=f"not sent: the journal cannot be written ({error})")
        asked_at_s = self._runtime.reactor.seconds()
        try:
            answer = await self._ask(request, ask, record)
        except NotSentError as error:
            await self._journal_end(
                self._records.line_of("not_sent", record, reason=str(error)), kept
            )
            return replace(exchange, words=f"not sent: {error}")
        except NoAnswerError as error:
            elapsed_s = self._runtime.reactor.seconds() - asked_at_s
            line = self._records.line_of("no_answer", record, reason=str(error))
            return await self._doubt(exchange, line, str(error), elapsed_s)
        elapsed_s = self._runtime.reactor.seconds() - asked_at_s
        exchange = replace(exchange, response_code=answer.text(39), answer=answer)
        return await self._judge(exchange, record, unacceptable(request, answer), elapsed_s)

    async def cancel(self, record: PendingRecord, reason: str) -> None:
        """Reverse what was final; resumes once it was tried, if the line is up. Raises OSError."""
        await self._debts.cancel(record, reason)
        if self._line.up:
            await self._debts.reversals.when_attempted()

    async def conclude(self, exchange: Exchange, event: str, **facts: Any) -> bool:
        """Journal that the transaction is done, before it is; False when that is impossible.

        Then the deed must not be done: the transaction is reversed.
        """
        return await self.enter(
            exchange,
            self.line_of(exchange, "approved", code=APPROVED),
            self.line_of(exchange, event, **facts),
        )

    async def enter(self, exchange: Exchange, *lines: Event) -> bool:
        """Journal what is about to be done of an approved transaction.

        False when that is impossible: it must not be done, and the transaction is reversed.
        """
        if await self._records.written(lines):
            return True
        if exchange.record is not None:
            await self._debts.reverse(exchange.record, MALFUNCTION, ())
        return False

    async def settle(self, exchange: Exchange) -> None:
        """The deed is done: nothing need be kept of the transaction."""
        if exchange.record is not None:
            await self._records.purge(exchange.record)

    @property
    def debts(self) -> Debts:
        """The transactions that wait for a reversal, or for a count."""
        return self._debts

    async def reverse(
        self, exchange: Exchange, reason: str, *lines: Event, retained_minor: int = 0
    ) -> None:
        """Owe a reversal of an approved transaction, or of all but what stands of it.

        `lines` say why. When the journal cannot be written it is owed all the same, and the lines
        are written as soon as they can be.
        """
        assert exchange.record is not None
        await self._debts.reverse(exchange.record, reason, lines, retained_minor)

    # -- its journal ----------------------------------------------------------------------------

    def note(self, event: str, **facts: Any) -> None:
        """Journal something that need not be on the disk at once; `flush` makes it so."""
        self.note_line(self.journal.line(event, **facts))

    def note_line(self, line: Event) -> None:
        """The same with a line made before."""
        self._records.note(line)

    async def flush(self) -> None:
        """Resumes once what was noted is on the disk."""
        await self._records.flush()

    async def write(self, *lines: Event) -> bool:
        """Journal these lines; False when that is impossible."""
        return await self._records.written(lines)

    def line_of(self, exchange: Exchange, event: str, **facts: Any) -> Event:
        """A line about a transaction; `facts` may correct what the request said."""
        told = {
            "operation": exchange.ask.operation,
            "stan": exchange.stan,
            "rrn": exchange.rrn,
            "card": exchange.ask.card.masked if exchange.ask.card is not None else "",
            "amount_minor": exchange.ask.amount_minor,
        }
        return self.journal.line(event, **{**told, **facts})

    # -- inside ---------------------------------------------------------------------------------

    async def _ask(self, request: Message, ask: Ask, record: PendingRecord) -> Message:
        try:
            return await self._line.ask(request, self._timeout_s)
        except NoAnswerError as error:
            if not ask.repeats:
                raise
            why = str(error)

        async def journal(why: str) -> None:
            await self.write(self._records.line_of("repeat", record, reason=why))

        return await self._repeater.ask(request, ask.repeats, journal, why)

    @property
    def _is_quiet(self) -> bool:
        return not self._lock.locked and not self._debts.reversals

    def _tell_quiet(self) -> None:
        if self._is_quiet:
            waiting, self._quiet = self._quiet, []
            for each in waiting:
                each.callback(None)

    async def _judge(
        self, exchange: Exchange, record: PendingRecord, problem: str, elapsed_s: float
    ) -> Exchange:
        code = exchange.response_code
        if problem:
            line = self._records.line_of("unacceptable", record, code=code, reason=problem)
            return await self._doubt(exchange, line, problem, elapsed_s)
        exchange = replace(exchange, words=response_words(code), elapsed_s=elapsed_s)
        if code == APPROVED:
            return replace(exchange, outcome="approved")
        await self._journal_end(
            self._records.line_of("declined", record, code=code), exchange.record
        )
        return exchange

    async def _doubt(
        self, exchange: Exchange, line: Event, words: str, elapsed_s: float
    ) -> Exchange:
        """Journal why the outcome is not known, and owe a reversal of what moves money."""
        record = exchange.record
        if record is None:
            await self.write(line)
        else:
            await self._debts.reverse(record, NO_ANSWER, (line,))
        return replace(exchange, outcome="in_doubt", words=words, elapsed_s=elapsed_s)

    async def _journal_end(self, line: Event, record: PendingRecord | None) -> None:
        try:
            await self._records.end([line], record)
        except OSError as error:
            # The record stays, so the next start reverses: that moves nothing.
            self._runtime.log.error("journal unavailable", reason=str(error))
