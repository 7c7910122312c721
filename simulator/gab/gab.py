"""A GAB: customers one after the other, notes out of cassettes, a line to the switch.

result = await gab.withdraw(card, 20000)                     # a customer who does just that
results = await gab.visit(Scripted(card, [Enquiry("balance"), Withdrawal(20000)]))
gab.devices.fail(PartlyDispensed(notes=1))                   # something goes wrong
await gab.supervisor.replenish({"1": 500})                   # the people of the bank
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from twisted.internet.defer import Deferred

from simulator.gab.cassettes import CashState, Cassettes
from simulator.gab.choices import (
    Bill,
    Choice,
    CodePayment,
    CollectCash,
    Deposit,
    Enquiry,
    KnownBill,
    PinChange,
    SendCash,
    Transfer,
    Withdrawal,
)
from simulator.gab.customer import Customer, Scripted
from simulator.gab.desk import CardData, Desk, NewPinData, no_card_data, no_new_pin_data
from simulator.gab.devices import Devices
from simulator.gab.dispensing import choose_notes
from simulator.gab.faults import PowerLostError
from simulator.gab.mix import choose
from simulator.gab.session import Session
from simulator.gab.settings import GabSettings, TopUpSettings
from simulator.gab.states import Input, State
from simulator.gab.supervisor import Supervisor
from simulator.gab.wishes import CANCELLED
from simulator.terminal.card import Card
from simulator.terminal.forms import Forms
from simulator.terminal.identity import GAB, Identity
from simulator.terminal.journal import Event
from simulator.terminal.reading import refusal
from simulator.terminal.result import Article, OperationResult
from simulator.terminal.terminal import Terminal
from switch.link import Tap
from switch.link.sealing import KeysExchange, Seal
from switch.runtime import Runtime
from switch.wire import Codec, Framing

if TYPE_CHECKING:
    from simulator.terminal.chip_reader import ChipReader
    from switch.keys.vault import Vault
    from switch.link.security import Security

NO_FORMS = Forms()


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
        security: Security | None = None,
        seal: Seal | None = None,
        exchange: KeysExchange | None = None,
        vault: Vault | None = None,
        card_data: CardData = no_card_data,
        new_pin_data: NewPinData = no_new_pin_data,
        forms: Forms = NO_FORMS,
        reader: ChipReader | None = None,
    ) -> None:
        self.terminal_id = terminal_id
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
            security=security,
            seal=seal,
            exchange=exchange,
            vault=vault,
        )
        # The search of most GABs, or the one of another policy.
        prefers = choose_notes if settings.mix == "fewest_notes" else partial(choose, settings.mix)
        self._desk = Desk(
            runtime, settings, self._terminal, prefers, card_data, new_pin_data, forms, reader
        )
        self.supervisor = Supervisor(self._desk)

    # -- what it is like --------------------------------------------------------------------------

    @property
    def cassettes(self) -> Cassettes:
        """Where every note went."""
        return self._desk.cassettes

    @property
    def cash(self) -> CashState:
        """Whether it has notes enough."""
        return self._desk.cassettes.cash

    @property
    def devices(self) -> Devices:
        """What is wrong with its devices: `devices.fail(CardJam())`, `devices.repair()`."""
        return self._desk.devices

    @property
    def state(self) -> State:
        """Where it is now."""
        return self._desk.state

    @property
    def screen(self) -> str:
        """What its screen says."""
        return self._desk.screen

    @property
    def lines(self) -> tuple[str, ...]:
        """What the screen lists below: the fields of a form, amounts that can be paid instead."""
        return self._desk.lines

    def on_state(self, told: Callable[[State], None]) -> None:
        """Tell of every state it comes to."""
        self._desk.on_state.append(told)

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

    # -- its life ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Go on from the journal, or load the cassettes of a new GAB, and dial the switch.

        Raises JournalError for a damaged journal, OSError for an unusable folder.
        """
        self._terminal.start(self._desk.memory.replay, self._opening)

    async def stop(self) -> None:
        """Hang up; resumes once everything is written."""
        await self._terminal.stop()

    def lose_power(self) -> NoReturn:
        """The power fails: raises PowerLostError, out of whatever the GAB is doing.

        Nothing is written, sent or given any more by this life of it. It is to be stopped, and
        another one started on the same folder, which goes on from the journal.
        """
        self._terminal.fence()
        raise PowerLostError(f"the power was cut, in {self.state.value}")

    async def when_ready(self) -> None:
        """Resumes once signed on, with the reversals owed sent once."""
        await self._terminal.when_ready()

    def when_quiet(self) -> Deferred[None]:
        """Fires when no operation is under way and no reversal is owed."""
        return self._terminal.when_quiet()

    # -- operations -------------------------------------------------------------------------------

    async def visit(self, customer: Customer) -> list[OperationResult]:
        """A customer does what they came for; what came of each operation.

        Nothing comes of one who gives up before choosing, or is told that it is out of service.
        """
        return await self._terminal.run(lambda: self._serve(customer))

    async def withdraw(self, card: Card, amount_minor: int) -> OperationResult:
        """Cash. An amount that the notes there are cannot make is refused before any message."""
        return await self.do(card, Withdrawal(amount_minor))

    async def balance(self, card: Card) -> OperationResult:
        """Ledger and available balance."""
        return await self.do(card, Enquiry("balance"))

    async def mini_statement(self, card: Card) -> OperationResult:
        """The last movements, as lines."""
        return await self.do(card, Enquiry("mini_statement"))

    async def transfer(
        self, card: Card, from_account: str, to_account: str, amount_minor: int
    ) -> OperationResult:
        """From one account (RIB) to another."""
        return await self.do(card, Transfer(from_account, to_account, amount_minor))

    async def deposit(self, card: Card, notes: Mapping[int, int]) -> OperationResult:
        """Notes, counted by denomination in whole dirhams; given back unless it is approved."""
        return await self.do(card, Deposit(dict(notes)))

    async def enquire_bill(
        self, card: Card | None, creditor: str, kind: str, form: Mapping[str, str]
    ) -> OperationResult:
        """What is owed to a creditor; the result's reference and articles are for `pay_bill`."""
        return await self.do(card, Bill(creditor, kind, dict(form)))

    async def pay_bill(
        self,
        card: Card,
        creditor: str,
        kind: str,
        enquiry: OperationResult,
        articles: Iterable[Article | str] | None = None,
    ) -> OperationResult:
        """Pay by card what an enquiry found, or the `articles` chosen of it."""
        chosen = None if articles is None else tuple(articles)
        return await self.do(card, KnownBill(creditor, kind, enquiry, chosen))

    @property
    def top_up_creditor(self) -> TopUpSettings:
        """Whom a mobile top-up is paid to."""
        return self._settings.top_up

    async def top_up(self, card: Card, form: Mapping[str, str]) -> OperationResult:
        """Credit for a mobile: the form of the creditor that the settings name, found and paid."""
        where = self._settings.top_up
        wanted = Bill(where.creditor, where.kind, dict(form), pay=True, operation="top_up")
        return await self.do(card, wanted)

    async def pay_code(self, card: Card, code: str) -> OperationResult:
        """Pay by card everything that a payment code stands for."""
        return await self.do(card, CodePayment(code))

    async def send_cash(self, card: Card, phone: str, amount_minor: int) -> OperationResult:
        """Money of the account to a phone; the result's reference is the sender's."""
        return await self.do(card, SendCash(amount_minor, phone))

    async def collect(self, phone: str, code: str, amount_minor: int) -> OperationResult:
        """Cash without a card, by the code that the phone was sent."""
        return await self.do(None, CollectCash(amount_minor, phone, code))

    async def change_pin(self, card: Card, pin: str, new_pin: str) -> OperationResult:
        """Another PIN for the card."""
        return await self.do(card, PinChange(), pins=(pin,), new_pins=(new_pin, new_pin))

    async def do(self, card: Card | None, choice: Choice, **ways: Any) -> OperationResult:
        """One choice of a customer whose `ways` are those of `Scripted`; the last that came of it.

        Of one who gives up before choosing, or is told that it is out of service, a refusal.
        """
        results = await self.visit(Scripted(card, [choice], **ways))
        if results:
            return results[-1]
        unfit = self._desk.unfit
        return refusal(
            self.terminal_id,
            choice.operation,
            f"out of service: {unfit}" if unfit else CANCELLED,
            amount_minor=choice.amount_minor,
            card=card.masked if card is not None else "",
        )

    # -- inside -----------------------------------------------------------------------------------

    async def _serve(self, customer: Customer) -> list[OperationResult]:
        desk = self._desk
        fit = State.OUT_OF_SERVICE if desk.unfit else State.IDLE
        if desk.state is not fit:
            desk.move(Input.UNFIT if desk.unfit else Input.FIT)
        if desk.unfit:
            return []
        session = Session(desk, customer)
        await session.run()
        return session.results

    def _opening(self) -> list[Event]:
        """At a start: what was left inside, and the cassettes of a new GAB."""
        lines = self._desk.memory.recover(self._terminal.journal)
        if not self.cassettes.by_name:
            notes = {name: [c.note, c.count] for name, c in self._settings.cassettes.items()}
            lines.append(self._terminal.journal.line("loaded", cassettes=notes))
            self._desk.memory.replay(lines[-1])
        self._desk.begin()
        return lines
