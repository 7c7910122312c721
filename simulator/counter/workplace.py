"""What tellers and customers' operations share: the terminal, the books, the printer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from simulator.counter.books import Books
from simulator.counter.cash import Pieces
from simulator.counter.paper import Printer
from simulator.counter.settings import CounterSettings
from simulator.counter.till import Till
from simulator.terminal.asking import Ask, Exchange
from simulator.terminal.reading import refusal, result_of
from simulator.terminal.result import OperationResult
from simulator.terminal.terminal import Terminal
from switch.runtime import WallClock


class NotServedError(Exception):
    """Why nobody can be served now; it is said before any message."""


class Workplace:
    """The parts of one counter."""

    def __init__(
        self, settings: CounterSettings, terminal: Terminal, books: Books, wall_clock: WallClock
    ) -> None:
        self.settings = settings
        self.terminal = terminal
        self.books = books
        self.printer = Printer(terminal.name, settings.language)
        self._wall_clock = wall_clock

    def now(self) -> datetime:
        """The instant, in UTC."""
        return self._wall_clock.now()

    def till(self) -> Till:
        """The open till of who is signed on. Raises NotServedError."""
        if not self.books.teller:
            raise NotServedError("no teller is signed on")
        till = self.books.till
        if till is None:
            raise NotServedError(f"{self.books.teller} has no till open")
        return till

    def whose(self) -> dict[str, Any]:
        """What lines of the journal say of teller and batch."""
        till = self.books.till
        return {"teller": self.books.teller, "batch": till.batch if till is not None else None}

    async def write(self, event: str, **facts: Any) -> bool:
        """Journal something and take it in; False when the journal cannot be written."""
        line = self.terminal.journal.line(event, **facts)
        if not await self.terminal.write(line):
            return False
        self.books.replay(line)
        return True

    async def ask(self, ask: Ask, *, cancellable: bool = False) -> tuple[Exchange, OperationResult]:
        """Ask as the settings say; what came of it so far."""
        asked = replace(ask, repeats=self.settings.repeats, cancellable=cancellable)
        exchange = await self.terminal.ask(asked, on_request=self.books.replay)
        if exchange.outcome != "approved":
            self.books.forget(exchange.rrn)
        return exchange, result_of(self.terminal.name, exchange)

    async def conclude(self, exchange: Exchange, event: str, **facts: Any) -> bool:
        """Journal what is about to be done of an approved request, and take it in.

        False when that is impossible: it must not be done, and is reversed.
        """
        told = {**self.whose(), **facts}
        approved = self.terminal.line_of(exchange, "approved", code="00")
        line = self.terminal.line_of(exchange, event, **told)
        if not await self.terminal.enter(exchange, approved, line):
            return False
        self.books.replay(line)
        return True

    def refused(self, operation: str, words: str, amount_minor: int = 0) -> OperationResult:
        """What the counter itself says no to."""
        return refusal(self.terminal.name, operation, words, amount_minor=amount_minor)

    def printed(self, result: OperationResult, *cash: str) -> OperationResult:
        """The result with its receipt; `cash` is what changed hands."""
        receipt = self.printer.receipt(
            result, self.books.teller, self.now(), [each for each in cash if each]
        )
        return replace(result, receipt=receipt)

    def pieces(self, label: str, pieces: Pieces) -> str:
        """A line of a receipt."""
        return self.printer.pieces(label, pieces)
