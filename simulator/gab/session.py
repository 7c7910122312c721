"""One customer in front of a GAB, from card in to card out: each state does one thing.

What a state does says what happened; the table of `states` says where that leads.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from simulator.gab.card_slot import REFUSED, CardSlot, ChipDeclinedError
from simulator.gab.cash import CashDelivery
from simulator.gab.choices import (
    Bill,
    CodePayment,
    CollectCash,
    Deposit,
    KnownBill,
    PinChange,
    Withdrawal,
)
from simulator.gab.customer import PIN_TRIES, Customer
from simulator.gab.desk import Desk, undone
from simulator.gab.faults import CardJam, ReceiptPrinterOut
from simulator.gab.patience import LeftAloneError, within
from simulator.gab.receipt import receipt
from simulator.gab.states import Input, State
from simulator.gab.texts import NO_RECEIPT
from simulator.gab.wishes import LEFT, WISHING, Wish
from simulator.terminal import bills
from simulator.terminal.asking import APPROVED, Ask, Exchange
from simulator.terminal.pending import MALFUNCTION
from simulator.terminal.reading import read_balance, read_statement, refusal, result_of
from simulator.terminal.result import OperationResult

PICK_UP = frozenset({"04", "07", "33", "34", "35", "36", "37", "38", "67"})
"""Answers that capture the card, at every GAB."""

WRONG_PIN, TRIES_EXCEEDED = "55", "75"
"""A third wrong PIN, or one that the bank says is too many, captures the card as well."""


class Session:
    """One visit. `results` has one for each operation, and for each wrong PIN."""

    def __init__(self, desk: Desk, customer: Customer) -> None:
        self.results: list[OperationResult] = []
        self._desk = desk
        self._customer = customer
        self._language = customer.language or desk.settings.language
        self._card = customer.card
        self._card_inside = customer.card is not None
        self._slot = CardSlot(desk.reader, customer.card)
        self._pin = ""
        self._tries_left = PIN_TRIES
        self._is_over = False
        self._is_alone = False
        self._wish = Wish(desk, customer, self.results, self._language)
        self._cash: CashDelivery | None = None
        self._printed = 0
        self._acts: dict[State, Callable[[], Awaitable[Input]]] = {
            State.CARD_IN: self._read_card,
            State.PIN_ENTRY: self._enter_pin,
            State.PIN_AGAIN: self._enter_pin,
            State.MENU: self._wish.choose,
            State.AMOUNT: self._wish.give_amount,
            State.COUNTING: self._wish.count_notes,
            State.BILL_FORM: self._wish.fill_form,
            State.NEW_PIN: self._enter_new_pin,
            State.CONFIRM: self._wish.confirm,
            State.WAITING: self._ask_host,
            State.STACKING: lambda: self._delivery.stack(),
            State.CARD_FIRST: self._give_card_first,
            State.PRESENTED: lambda: self._delivery.present(self._customer),
            State.TAKEN: lambda: self._delivery.taken(),
            State.RETRACTED: lambda: self._delivery.retracted(),
            State.RECEIPT: self._print_receipt,
            State.ENDING: self._end,
            State.CARD_OFFERED: self._offer_card,
            State.CARD_RETURNED: self._over,
            State.CARD_CAPTURED: self._card_is_kept,
        }

    async def run(self) -> None:
        """From idle to idle; resumes once everything is written."""
        first = Input.CARD_INSERTED if self._card_inside else Input.NO_CARD_NEEDED
        try:
            self._move(first)
            while self._desk.state is not State.IDLE:
                try:
                    happened = await self._acts[self._desk.state]()
                except LeftAloneError:
                    if self._desk.state in WISHING:
                        self._wish.refuse(LEFT)
                    happened = Input.LEFT_ALONE
                self._move(happened)
        finally:
            self._desk.state = State.IDLE
            self._pin = ""
        await self._desk.terminal.flush()

    # -- the card and its PIN ---------------------------------------------------------------------

    async def _read_card(self) -> Input:
        fallback = {"fallback": True} if self._slot.fell_back else {}
        self._desk.terminal.note("card_in", card=self._masked, **fallback)
        return Input.CARD_READ

    async def _enter_pin(self) -> Input:
        pin = await self._wish.patiently(self._customer.pin(self._tries_left))
        if pin is None:
            return Input.CANCELLED
        self._pin = pin
        return Input.PIN_GIVEN

    async def _enter_new_pin(self) -> Input:
        return await self._wish.enter_new_pin(self._pin)

    async def _give_card_first(self) -> Input:
        if not self._card_inside:
            return Input.CARD_TAKEN  # there was none
        happened = await self._card_out()
        if happened is not Input.CARD_TAKEN:
            jammed = happened is Input.CARD_JAMMED
            await self._delivery.card_lost(self._captured(happened), jammed)
        return happened

    async def _offer_card(self) -> Input:
        happened = await self._card_out()
        if happened is not Input.CARD_TAKEN:
            await self._desk.terminal.write(self._captured(happened))
        return happened

    async def _card_out(self) -> Input:
        desk = self._desk
        if desk.devices.strike(CardJam) is not None:
            return Input.CARD_JAMMED
        try:
            taking = self._customer.takes_card(desk.state)
            await within(desk.reactor, desk.settings.card_within, taking)
        except LeftAloneError:
            self._is_alone = True
            return Input.CARD_LEFT
        self._card_inside = False
        desk.terminal.note("card_returned", card=self._masked)
        return Input.CARD_TAKEN

    def _captured(self, happened: Input, **facts: str) -> dict[str, Any]:
        self._card_inside = False
        self._is_over = True
        if self._cash is not None and self._desk.state is State.CARD_FIRST:
            self._cash.result = replace(self._cash.result, card_captured=True)
        elif self.results:
            self.results[-1] = replace(self.results[-1], card_captured=True)
        line = self._desk.terminal.journal.line
        return line("card_captured", card=self._masked, reason=happened.value, **facts)

    async def _card_is_kept(self) -> Input:
        """Whoever stands there gets a slip; one who went away has had a receipt, or none."""
        if self._is_alone or not self._unprinted:
            self._finish_cash()
            return Input.OVER
        return Input.PRINTED

    # -- the host's word --------------------------------------------------------------------------

    async def _ask_host(self) -> Input:
        desk, ask = self._desk, self._wish.ask
        if ask.card is not None:
            new_pin = self._wish.new_pin
            proof = (
                desk.new_pin_data(ask.card, self._pin, new_pin)
                if new_pin
                else desk.card_data(ask.card, self._pin)
            )
            ask = replace(ask, elements={**ask.elements, **proof})
        try:
            ask = self._slot.complete(ask, desk.now(), self._pin)
        except ChipDeclinedError as declined:
            return self._chip_declined(ask, str(declined))
        exchange = await desk.terminal.ask(ask)
        word = self._slot.last_word(exchange)
        result = self._named(result_of(desk.terminal.name, exchange))
        result = self._slot.told(result, exchange, word)
        if result.outcome == "approved":
            if word is not None and word.kind == "AAC":
                return await self._chip_refused(exchange, result)
            return await self._approved(exchange, result)
        return await self._not_approved(result)

    def _chip_declined(self, ask: Ask, words: str) -> Input:
        self._desk.terminal.note("chip_declined", card=self._masked, reason=words)
        refused = refusal(
            self._desk.terminal.name,
            ask.operation,
            words,
            amount_minor=ask.amount_minor,
            card=self._masked,
        )
        self.results.append(self._named(refused))
        return Input.CONCLUDED

    async def _chip_refused(self, exchange: Exchange, result: OperationResult) -> Input:
        """The chip has the last word: what its bank approved does not stand."""
        terminal = self._desk.terminal
        line = terminal.line_of(exchange, "chip_refused", code=APPROVED)
        if exchange.record is not None:
            await terminal.reverse(exchange, MALFUNCTION, line)
        else:
            await terminal.write(line)
        self.results.append(replace(result, outcome="declined", words=REFUSED))
        return Input.CONCLUDED

    async def _not_approved(self, result: OperationResult) -> Input:
        code = result.response_code if result.outcome == "declined" else ""
        self.results.append(result)
        if code == WRONG_PIN:
            self._tries_left -= 1
            if self._tries_left:
                return Input.WRONG_PIN
        picked_up = code in PICK_UP or code in self._desk.settings.capture_also
        if self._card_inside and (picked_up or code in (WRONG_PIN, TRIES_EXCEEDED)):
            line = self._captured(Input.PICK_UP, code=code)
            await self._desk.terminal.write(line)
            return Input.PICK_UP
        return Input.CONCLUDED

    async def _approved(self, exchange: Exchange, result: OperationResult) -> Input:
        terminal, choice = self._desk.terminal, self._wish.choice
        if isinstance(choice, Withdrawal | CollectCash):
            self._cash = CashDelivery(self._desk, exchange, result, self._wish.notes)
            if await self._cash.begin():
                return Input.APPROVED_CASH
            self._finish_cash()
            return Input.CONCLUDED
        facts = {"notes": dict(choice.notes)} if isinstance(choice, Deposit) else {}
        event = "deposit" if isinstance(choice, Deposit) else "done"
        if not await terminal.conclude(exchange, event, **facts) and exchange.ask.moves_money:
            self.results.append(undone(result))
            return Input.CONCLUDED
        await terminal.settle(exchange)
        if isinstance(choice, PinChange):
            self._pin = self._wish.new_pin
        read = self._read(exchange, result)
        if (
            isinstance(choice, Bill | CodePayment)
            and choice.pay
            and exchange.ask.operation == "enquire_bill"
            and read.outcome == "approved"
        ):
            paying = self._wish.prepare_payment(choice, read)
            return Input.BILL_FOUND if paying else Input.CONCLUDED
        self.results.append(read)
        return Input.CONCLUDED

    def _read(self, exchange: Exchange, result: OperationResult) -> OperationResult:
        match exchange.ask.operation:
            case "balance":
                return read_balance(result, exchange)
            case "mini_statement":
                return read_statement(result, exchange)
            case "enquire_bill":
                return bills.read_enquiry(result, exchange)
            case "pay_bill":
                return bills.read_payment(result, exchange)
            case "send_cash":
                return replace(result, reference=exchange.answer.part(48, "04"))
            case "deposit":
                assert isinstance(self._wish.choice, Deposit)
                return replace(result, notes=dict(self._wish.choice.notes))
        return result

    # -- the end ----------------------------------------------------------------------------------

    async def _print_receipt(self) -> Input:
        desk = self._desk
        self._finish_cash()
        out = self._unprinted and desk.devices.strike(ReceiptPrinterOut) is not None
        if out:
            desk.screen = desk.drawn(NO_RECEIPT[self._language])
        for place in range(self._printed, len(self.results) if not out else self._printed):
            printed = receipt(self.results[place], self._language, desk.now())
            printed = tuple(desk.drawn(line) for line in printed)
            self.results[place] = replace(self.results[place], receipt=printed)
        self._printed = len(self.results)
        gone = self._card is not None and not self._card_inside
        return Input.OVER if self._is_over or gone else Input.PRINTED

    async def _end(self) -> Input:
        return Input.CARD_INSIDE if self._card_inside else Input.NO_CARD

    async def _over(self) -> Input:
        return Input.OVER

    # -- inside -----------------------------------------------------------------------------------

    @property
    def _delivery(self) -> CashDelivery:
        assert self._cash is not None
        return self._cash

    @property
    def _unprinted(self) -> bool:
        return self._cash is not None or self._printed < len(self.results)

    @property
    def _masked(self) -> str:
        return self._card.masked if self._card is not None else ""

    def _move(self, happened: Input) -> None:
        self._desk.move(happened, self._language)

    def _finish_cash(self) -> None:
        if self._cash is not None:
            self.results.append(self._cash.result)
            self._cash = None

    def _named(self, result: OperationResult) -> OperationResult:
        """With what the customer chose, whichever message it took."""
        choice = self._wish.choice
        if isinstance(choice, Bill | KnownBill):
            paying = result.operation == "pay_bill"
            result = replace(
                result,
                creditor=choice.creditor,
                kind=choice.kind,
                reference=self._wish.reference if paying else "",
            )
        return replace(result, operation=choice.operation)
