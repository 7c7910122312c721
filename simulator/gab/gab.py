"""A GAB: a customer's operations, notes out of cassettes, a line to the switch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from twisted.internet.defer import Deferred

from simulator.gab.cassettes import Cassettes
from simulator.gab.dispensing import UnpayableError, choose_notes
from simulator.gab.settings import GabSettings
from simulator.terminal import bills
from simulator.terminal.asking import Ask, Exchange
from simulator.terminal.card import Card
from simulator.terminal.identity import GAB, Identity
from simulator.terminal.journal import Event
from simulator.terminal.reading import read_balance, read_statement, refusal, result_of
from simulator.terminal.result import Article, OperationResult
from simulator.terminal.terminal import Terminal
from switch.link import Tap
from switch.runtime import Runtime
from switch.wire import Codec, Framing

DENOMINATIONS = (20, 50, 100, 200)
"""Banknotes of MAD: what the deposit module recognises."""

DEPOSIT_NOTES_MAX = 200
"""Notes in one deposit: what the module holds until the customer confirms."""


class Gab:
    """One GAB. Its folder holds its journal and what it owes; a restart goes on from there.

    Operations wait for each other: there is one customer at a time.
    """

    def __init__(
        self,
        runtime: Runtime,
        settings: GabSettings,
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
    ) -> None:
        self.terminal_id = terminal_id
        self.cassettes = Cassettes()
        self._runtime = runtime
        self._settings = settings
        self._terminal = Terminal(
            runtime,
            Identity.of(terminal_id, acceptor, institution),
            GAB,
            host=host,
            port=port,
            codec=codec,
            framing=framing,
            folder=folder,
            timeout_s=settings.timeout,
            tap=tap,
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
        """Transactions whose reversal is not acknowledged yet."""
        return self._terminal.reversals_owed

    def start(self) -> None:
        """Go on from the journal, or load the cassettes of a new GAB, and dial the switch.

        Raises JournalError for a damaged journal, OSError for an unusable folder.
        """
        self._terminal.start(self.cassettes.replay, self._load)

    async def stop(self) -> None:
        """Hang up; resumes once everything is written."""
        await self._terminal.stop()

    async def when_ready(self) -> None:
        """Resumes once signed on, with the reversals owed sent once."""
        await self._terminal.when_ready()

    def when_quiet(self) -> Deferred[None]:
        """Fires when no operation is under way and no reversal is owed."""
        return self._terminal.when_quiet()

    # -- operations -------------------------------------------------------------------------------

    async def withdraw(self, card: Card, amount_minor: int) -> OperationResult:
        """Cash. An amount that the notes there are cannot make is refused before any message."""
        return await self._terminal.run(lambda: self._withdraw(card, amount_minor))

    async def balance(self, card: Card) -> OperationResult:
        """Ledger and available balance."""
        exchange, result = await self._enquire(Ask("balance", "0100", "310000", card=card))
        return read_balance(result, exchange) if result.outcome == "approved" else result

    async def mini_statement(self, card: Card) -> OperationResult:
        """The last movements, as lines."""
        exchange, result = await self._enquire(Ask("mini_statement", "0100", "380000", card=card))
        return read_statement(result, exchange) if result.outcome == "approved" else result

    async def transfer(
        self, card: Card, from_account: str, to_account: str, amount_minor: int
    ) -> OperationResult:
        """From one account (RIB) to another."""
        accounts = {"102": from_account, "103": to_account}
        ask = Ask("transfer", "0200", "400000", amount_minor, card, accounts)
        return (await self._terminal.run(lambda: self._without_cash(ask)))[1]

    async def deposit(self, card: Card, notes: Mapping[int, int]) -> OperationResult:
        """Notes, counted by denomination in whole dirhams; given back unless it is approved."""
        return await self._terminal.run(lambda: self._deposit(card, notes))

    async def enquire_bill(
        self, card: Card | None, creditor: str, kind: str, form: Mapping[str, str]
    ) -> OperationResult:
        """What is owed to a creditor; the result's reference and articles are for `pay_bill`."""
        exchange, result = await self._enquire(bills.enquiry(card, creditor, kind, form))
        result = replace(result, creditor=creditor, kind=kind)
        return bills.read_enquiry(result, exchange) if result.outcome == "approved" else result

    async def pay_bill(
        self,
        card: Card,
        creditor: str,
        kind: str,
        enquiry: OperationResult,
        articles: Iterable[Article | str] | None = None,
    ) -> OperationResult:
        """Pay by card what an enquiry found, or the `articles` chosen of it."""
        try:
            ask = bills.payment(card, creditor, kind, enquiry, articles)
        except bills.BillError as error:
            return refusal(self.terminal_id, "pay_bill", str(error), card=card.masked)
        exchange, result = await self._terminal.run(lambda: self._without_cash(ask))
        result = replace(result, creditor=creditor, kind=kind, reference=enquiry.reference)
        return bills.read_payment(result, exchange) if result.outcome == "approved" else result

    # -- inside -----------------------------------------------------------------------------------

    async def _withdraw(self, card: Card, amount_minor: int) -> OperationResult:
        try:
            chosen = choose_notes(amount_minor, self.cassettes.stock)
        except UnpayableError as error:
            return refusal(
                self.terminal_id,
                "withdraw",
                str(error),
                amount_minor=amount_minor,
                card=card.masked,
            )
        ask = Ask("withdraw", "0200", "010000", amount_minor, card)
        exchange = await self._terminal.ask(ask)
        result = result_of(self.terminal_id, exchange)
        if result.outcome != "approved":
            return result
        notes = self.cassettes.by_note(chosen)
        if not await self._terminal.conclude(exchange, "dispense", cassettes=chosen, notes=notes):
            return _undone(result)
        self.cassettes.dispense(chosen)
        await self._terminal.settle(exchange)
        return replace(result, notes=notes)

    async def _deposit(self, card: Card, notes: Mapping[int, int]) -> OperationResult:
        amount_minor = sum(note * count * 100 for note, count in notes.items())
        if refused := _refused_notes(notes):
            return refusal(
                self.terminal_id,
                "deposit",
                refused,
                amount_minor=amount_minor,
                card=card.masked,
            )
        exchange = await self._terminal.ask(Ask("deposit", "0200", "210000", amount_minor, card))
        result = result_of(self.terminal_id, exchange)
        if result.outcome != "approved":
            return result
        if not await self._terminal.conclude(exchange, "deposit", notes=dict(notes)):
            return _undone(result)
        await self._terminal.settle(exchange)
        return replace(result, notes=dict(notes))

    async def _without_cash(self, ask: Ask) -> tuple[Exchange, OperationResult]:
        exchange = await self._terminal.ask(ask)
        result = result_of(self.terminal_id, exchange)
        if result.outcome == "approved":
            concluded = await self._terminal.conclude(exchange, "done")
            if not concluded and ask.moves_money:
                return exchange, _undone(result)
            await self._terminal.settle(exchange)
        return exchange, result

    async def _enquire(self, ask: Ask) -> tuple[Exchange, OperationResult]:
        return await self._terminal.run(lambda: self._without_cash(ask))

    def _load(self) -> list[Event]:
        """Load a new GAB's cassettes; the journal line that says so."""
        if self.cassettes.by_name:
            return []
        loaded = {}
        for name, cassette in self._settings.cassettes.items():
            self.cassettes.load(name, cassette.note, cassette.count)
            loaded[name] = [cassette.note, cassette.count]
        return [self._terminal.journal.line("loaded", cassettes=loaded)]


def _refused_notes(notes: Mapping[int, int]) -> str:
    if any(note not in DENOMINATIONS or count < 0 for note, count in notes.items()):
        return f"only notes of {', '.join(map(str, DENOMINATIONS))} are taken"
    if not 0 < sum(notes.values()) <= DEPOSIT_NOTES_MAX:
        return f"1 to {DEPOSIT_NOTES_MAX} notes are taken at once"
    return ""


def _undone(result: OperationResult) -> OperationResult:
    words = "approved, but the journal cannot be written: it is not done, and reversed"
    return replace(result, outcome="in_doubt", words=words)
