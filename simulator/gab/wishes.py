"""What a customer wants, question by question, until it is a request to the host."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from simulator.gab.choices import (
    WITHOUT_CARD,
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
from simulator.gab.customer import Customer
from simulator.gab.desk import Desk
from simulator.gab.dispensing import UnpayableError
from simulator.gab.patience import within
from simulator.gab.receipt import money
from simulator.gab.states import Input, State
from simulator.gab.texts import Language
from simulator.terminal import bills
from simulator.terminal.asking import Ask
from simulator.terminal.reading import refusal
from simulator.terminal.result import OperationResult
from switch.wire import Value

T = TypeVar("T")

AMOUNT_TRIES = 5
"""Amounts that cannot be paid are refused so often, then the customer is taken to give up."""

DENOMINATIONS = (20, 50, 100, 200)
"""Banknotes of MAD: what the deposit module recognises."""

DEPOSIT_NOTES_MAX = 200
"""Notes in one deposit: what the module holds until the customer confirms."""

WISHING = frozenset({State.AMOUNT, State.COUNTING, State.BILL_FORM, State.NEW_PIN, State.CONFIRM})
"""Where a customer who gives up had chosen something."""

PIN_MIN, PIN_MAX = 4, 12
"""Digits of a PIN: ISO 9564-1."""

CANCELLED = "cancelled by the customer"
LEFT = "the customer left"


class Wish:
    """The choice of now, and the request made of it. What the GAB refuses goes to `results`."""

    def __init__(
        self,
        desk: Desk,
        customer: Customer,
        results: list[OperationResult],
        language: Language,
    ) -> None:
        self.notes: dict[str, int] = {}
        """Chosen for a withdrawal, by cassette."""
        self.reference = ""
        """Of the bill to be paid."""
        self.new_pin = ""
        self._language = language
        self._desk = desk
        self._customer = customer
        self._card = customer.card
        self._results = results
        self._choice: Choice | None = None
        self._ask: Ask | None = None
        self._offered_minor: tuple[int, ...] = ()
        self._refused = ""
        self._amounts_refused = 0

    @property
    def choice(self) -> Choice:
        """What was chosen from the menu."""
        assert self._choice is not None
        return self._choice

    @property
    def ask(self) -> Ask:
        """The request that the questions have led to."""
        assert self._ask is not None
        return self._ask

    async def choose(self) -> Input:
        self._choice = choice = await self.patiently(self._customer.choice())
        self._refused, self._offered_minor, self._amounts_refused = "", (), 0
        if choice is None:
            return Input.NOTHING_MORE
        self.new_pin = ""
        if self._card is None and (not isinstance(choice, WITHOUT_CARD) or _pays(choice)):
            return self.refuse("a card is needed")
        match choice:
            case Withdrawal() | CollectCash():
                return self.refuse(self._desk.no_cash) if self._desk.no_cash else Input.CASH
            case Transfer() | SendCash():
                return Input.TRANSFER
            case PinChange():
                return Input.PIN_CHANGE
            case Deposit():
                return Input.DEPOSIT
            case Bill() | CodePayment():
                return Input.BILL
            case Enquiry():
                code = "310000" if choice.operation == "balance" else "380000"
                self._ask = Ask(choice.operation, "0100", code, card=self._card)
                return Input.ENQUIRY
            case KnownBill():
                known = self.prepare_payment(choice, choice.enquiry)
                return Input.KNOWN_BILL if known else Input.REFUSED

    async def give_amount(self) -> Input:
        choice, card = self._choice, self._card
        assert isinstance(choice, Withdrawal | Transfer | SendCash | CollectCash)
        self._desk.show(*(money(each, self._language) for each in self._offered_minor))
        wanted = self._customer.amount(choice.amount_minor, self._offered_minor)
        amount_minor = await self.patiently(wanted)
        if amount_minor is None or self._amounts_refused >= AMOUNT_TRIES:
            return self._given_up(self._refused or CANCELLED)
        if isinstance(choice, Transfer):
            accounts = {"102": choice.from_account, "103": choice.to_account}
            self._ask = Ask("transfer", "0200", "400000", amount_minor, card, accounts)
            return Input.GIVEN
        if isinstance(choice, SendCash):
            sent: dict[str, Value] = {"48": {"11": choice.phone}}
            self._ask = Ask("send_cash", "0200", "900000", amount_minor, card, sent)
            return Input.GIVEN
        try:
            self.notes = self._desk.choose(amount_minor, self._desk.cassettes.stock)
        except UnpayableError as error:
            self._refused = str(error)
            self._amounts_refused += 1
            near = (error.below_minor, error.above_minor)
            self._offered_minor = tuple(each for each in near if each is not None)
            return Input.REFUSED
        if isinstance(choice, CollectCash):
            proof: dict[str, Value] = {"48": {"11": choice.phone, "12": choice.code}}
            self._ask = Ask("collect", "0200", "910000", amount_minor, card, proof)
        else:
            self._ask = Ask("withdraw", "0200", "010000", amount_minor, card)
        return Input.GIVEN

    async def count_notes(self) -> Input:
        assert isinstance(self._choice, Deposit)
        if refused := _refused_notes(self._choice.notes):
            return self.refuse(refused)
        amount_minor = self._choice.amount_minor
        self._ask = Ask("deposit", "0200", "210000", amount_minor, self._card)
        return Input.GIVEN

    async def fill_form(self) -> Input:
        bill = self._choice
        if isinstance(bill, CodePayment):
            code = await self.patiently(self._customer.code(bill))
            if code is None:
                return self._given_up(CANCELLED)
            self._ask = bills.code_enquiry(self._card, code)
            return Input.GIVEN
        assert isinstance(bill, Bill)
        known = self._desk.forms.of(bill.creditor, bill.kind)
        if known is not None:
            self._desk.show(*known.shown(self._language))
        form = await self.patiently(self._customer.form(bill, self._refused))
        if form is None:
            return self._given_up(self._refused or CANCELLED)
        wrong = known.wrong(form) if known is not None else None
        if wrong is not None:
            label = wrong if isinstance(wrong, str) else wrong.labels[self._language]
            self._refused = f"not as the form asks: {label}"
            return Input.REFUSED
        self._ask = bills.enquiry(self._card, bill.creditor, bill.kind, form)
        return Input.GIVEN

    async def enter_new_pin(self, pin: str) -> Input:
        """Asked for twice; it must be another one than `pin`, of 4 to 12 digits."""
        first = await self.patiently(self._customer.new_pin(self._refused))
        second = first and await self.patiently(self._customer.new_pin(""))
        if not first or not second:
            return self._given_up(self._refused or CANCELLED)
        self._refused = _refused_pin(pin, first, second)
        if self._refused:
            return Input.REFUSED
        self.new_pin = first
        self._ask = Ask("change_pin", "0100", "920000", card=self._card)
        return Input.GIVEN

    async def confirm(self) -> Input:
        if await self.patiently(self._customer.confirms(self.ask.amount_minor)):
            return Input.CONFIRMED
        return self._given_up(CANCELLED)

    def prepare_payment(
        self, choice: Bill | KnownBill | CodePayment, found: OperationResult
    ) -> bool:
        try:
            if isinstance(choice, CodePayment):
                self._ask = bills.code_payment(self._card, choice.code, found)
                return True
            creditor, kind = choice.creditor, choice.kind
            self._ask = bills.payment(self._card, creditor, kind, found, choice.articles)
            self.reference = found.reference
        except bills.BillError as error:
            self.refuse(str(error))
            return False
        return True

    # -- inside -----------------------------------------------------------------------------------

    async def patiently(self, asking: Coroutine[Any, Any, T]) -> T:
        return await within(self._desk.reactor, self._desk.settings.answer_within, asking)

    def _given_up(self, words: str) -> Input:
        self.refuse(words)
        return Input.CANCELLED

    def refuse(self, words: str) -> Input:
        """The GAB itself says no to what was chosen, before any message."""
        told = refusal(
            self._desk.terminal.name,
            self.choice.operation,
            words,
            amount_minor=self.choice.amount_minor,
            card=self._card.masked if self._card is not None else "",
        )
        self._results.append(told)
        return Input.REFUSED


def _pays(choice: Choice) -> bool:
    """Whether it moves money of an account."""
    return isinstance(choice, Bill | CodePayment) and choice.pay


def _refused_pin(pin: str, first: str, second: str) -> str:
    if first != second:
        return "the two new PINs are not the same"
    if not (first.isascii() and first.isdigit() and PIN_MIN <= len(first) <= PIN_MAX):
        return f"a PIN has {PIN_MIN} to {PIN_MAX} digits"
    return "the new PIN is the old one" if first == pin else ""


def _refused_notes(notes: Mapping[int, int]) -> str:
    if any(note not in DENOMINATIONS or count < 0 for note, count in notes.items()):
        return f"only notes of {', '.join(map(str, DENOMINATIONS))} are taken"
    if not 0 < sum(notes.values()) <= DEPOSIT_NOTES_MAX:
        return f"1 to {DEPOSIT_NOTES_MAX} notes are taken at once"
    return ""
