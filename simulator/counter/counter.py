"""A counter in a bank agency: bills enquired about and paid in cash, a till, receipts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from simulator.counter.cash import (
    NOTE_MIN_MINOR,
    CashError,
    Pieces,
    change,
    check_tendered,
    exactly,
    total_minor,
    words,
)
from simulator.counter.settings import CounterSettings
from simulator.counter.till import Till
from simulator.terminal import bills
from simulator.terminal.asking import Ask
from simulator.terminal.identity import COUNTER, Identity
from simulator.terminal.journal import Event
from simulator.terminal.reading import refusal, result_of
from simulator.terminal.result import Article, OperationResult
from simulator.terminal.terminal import Terminal
from switch.link import Tap
from switch.link.sealing import Seal
from switch.runtime import Runtime
from switch.settings import write_money
from switch.wire import Codec, Framing

if TYPE_CHECKING:
    from switch.link.security import Security

UNKNOWN = (
    "no answer came: whether the bill was paid is not known",
    "the payment is being cancelled",
    "the money is kept apart until then, and is given back",
)
"""The receipt of a payment in doubt."""


class Counter:
    """One counter. Its folder holds its journal and what it owes; a restart goes on from there."""

    def __init__(
        self,
        runtime: Runtime,
        settings: CounterSettings,
        *,
        terminal_id: str,
        acceptor: str,
        institution: str,
        host: str,
        port: int,
        codec: Codec,
        framing: Framing,
        folder: Path,
        tap: Tap | None = None,
        security: Security | None = None,
        seal: Seal | None = None,
    ) -> None:
        self.terminal_id = terminal_id
        self.till = Till()
        self._settings = settings
        self._terminal = Terminal(
            runtime,
            Identity.of(terminal_id, acceptor, institution),
            COUNTER,
            host=host,
            port=port,
            codec=codec,
            framing=framing,
            folder=folder,
            timeout_s=settings.timeout,
            tap=tap,
            security=security,
            seal=seal,
        )

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self._terminal.journal.path

    @property
    def up(self) -> bool:
        """Whether the line is signed on."""
        return self._terminal.up

    @property
    def reversals_owed(self) -> int:
        """Payments whose reversal is not acknowledged yet."""
        return self._terminal.reversals_owed

    def start(self) -> None:
        """Go on from the journal, or open a new till, and dial the switch.

        Raises JournalError for a damaged journal, OSError for an unusable folder.
        """
        self._terminal.start(self.till.replay, self._open_till)

    async def stop(self) -> None:
        """Hang up; resumes once everything is written."""
        await self._terminal.stop()

    async def when_ready(self) -> None:
        """Resumes once signed on, with the reversals owed sent once."""
        await self._terminal.when_ready()

    def when_quiet(self) -> Deferred[None]:
        """Fires when no operation is under way and no reversal is owed."""
        return self._terminal.when_quiet()

    async def enquire_bill(
        self, creditor: str, kind: str, form: Mapping[str, str]
    ) -> OperationResult:
        """What is owed to a creditor; the result is what `pay_bill_in_cash` is given."""
        ask = bills.enquiry(None, creditor, kind, form)
        return await self._terminal.run(lambda: self._enquire(ask, creditor, kind))

    async def pay_bill_in_cash(
        self,
        enquiry: OperationResult,
        articles: Iterable[Article | str] | None = None,
        tendered: Pieces | None = None,
    ) -> OperationResult:
        """Pay what an enquiry found, or the `articles` chosen of it.

        `tendered` counts the pieces given, by denomination in minor units; without it the exact
        amount is given. Too little, or change that the till has not, is refused before any
        message. In doubt, the money is kept apart until the reversal is acknowledged.
        """
        return await self._terminal.run(lambda: self._pay(enquiry, articles, tendered))

    # -- inside -----------------------------------------------------------------------------------

    async def _enquire(self, ask: Ask, creditor: str, kind: str) -> OperationResult:
        exchange = await self._terminal.ask(ask)
        result = replace(result_of(self.terminal_id, exchange), creditor=creditor, kind=kind)
        if result.outcome != "approved":
            return result
        await self._terminal.conclude(exchange, "done")
        return bills.read_enquiry(result, exchange)

    async def _pay(
        self,
        enquiry: OperationResult,
        articles: Iterable[Article | str] | None,
        tendered: Pieces | None,
    ) -> OperationResult:
        creditor, kind = enquiry.creditor, enquiry.kind
        amount_minor = 0
        try:
            ask = bills.payment(None, creditor, kind, enquiry, articles)
            amount_minor = ask.amount_minor
            taken = exactly(amount_minor) if tendered is None else dict(tendered)
            check_tendered(taken, amount_minor)
            given = change(total_minor(taken) - amount_minor, self.till.with_added(taken))
        except (bills.BillError, CashError) as error:
            return refusal(self.terminal_id, "pay_bill", str(error), amount_minor=amount_minor)
        exchange = await self._terminal.ask(replace(ask, held=taken))
        result = replace(
            result_of(self.terminal_id, exchange),
            creditor=creditor,
            kind=kind,
            reference=enquiry.reference,
        )
        if result.outcome == "declined":
            return replace(result, lines=(f"not paid: {result.words}", f"returned {words(taken)}"))
        if result.outcome == "in_doubt" or not await self._terminal.conclude(
            exchange, "cash_in", pieces=taken, change=given
        ):
            return replace(result, outcome="in_doubt", lines=(*UNKNOWN, f"kept {words(taken)}"))
        self.till.exchange(taken, given)
        await self._terminal.settle(exchange)
        return replace(
            bills.read_payment(result, exchange),
            notes={p // 100: n for p, n in taken.items() if p >= NOTE_MIN_MINOR and n},
            lines=_receipt(enquiry.reference, amount_minor, taken, given),
        )

    def _open_till(self) -> list[Event]:
        if self.till.filled:
            return []
        self.till.open(self._settings.till)
        return [self._terminal.journal.line("till_opened", pieces=self.till.pieces)]


def _receipt(reference: str, amount_minor: int, taken: Pieces, given: Pieces) -> tuple[str, ...]:
    lines = [f"paid {write_money(amount_minor)}", f"reference {reference}"]
    lines.append(f"received {words(taken)}")
    if given:
        lines.append(f"change {words(given)}")
    return tuple(lines)
