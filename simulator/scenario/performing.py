"""Doing a scenario's operations at the terminals of a network."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from simulator.counter.counter import Counter
from simulator.digital.channel import DigitalChannel
from simulator.gab.choices import CollectCash
from simulator.gab.faults import PowerLostError
from simulator.gab.gab import Gab
from simulator.network.network import Network
from simulator.scenario.at_counter import AT_COUNTER
from simulator.scenario.at_digital import open_code, payer_of
from simulator.scenario.at_gab import AT_GAB
from simulator.scenario.bill_steps import Bill, EnquireBill, OpenCode, PayBill, PayCode
from simulator.scenario.cast import Cast
from simulator.scenario.gab_steps import Collect
from simulator.scenario.phones import NoTextError, code_sent_to
from simulator.scenario.steps import Step
from simulator.terminal.card import Card
from simulator.terminal.result import OperationResult

Key = tuple[str, str, str, tuple[tuple[str, str], ...]]


class CannotBeDoneError(Exception):
    """A step that makes no sense now, such as one at a terminal that is down. It says why."""


class Performer:
    """Does one operation after the other; remembers what bills were enquired about."""

    def __init__(self, network: Network, cast: Cast) -> None:
        self._network = network
        self._cast = cast
        self._enquiries: dict[Key, OperationResult] = {}
        self._by_word: dict[str, Callable[[Any], Awaitable[OperationResult]]] = {
            "enquire_bill": self._enquire_bill,
            "pay_bill": self._pay_bill,
            "pay_code": self._pay_code,
            "collect": self._collect,
            "open_code": self._open_code,
        }

    async def perform(self, step: Step) -> OperationResult:
        """Do what the step says; what came of it.

        An operation that a power cut ends is in doubt: whoever stood there knows no more.
        """
        word = step.word
        done: Any = getattr(step, word)
        try:
            if word in self._by_word:
                return await self._by_word[word](done)
            if word in AT_COUNTER:
                return await AT_COUNTER[word](self._counter(done.at), done, self._cast)
            return await AT_GAB[word](self._gab(done.at), done, self._cast)
        except PowerLostError as error:
            terminal = self._cast.terminal(done.at)
            return OperationResult(word, terminal, "in_doubt", words=str(error))

    async def _enquire_bill(self, step: EnquireBill) -> OperationResult:
        return await self._enquire(step)

    async def _pay_bill(self, step: PayBill) -> OperationResult:
        enquiry = self._enquiries.get(self._key(step))
        if enquiry is None:
            enquiry = await self._enquire(step)
            if enquiry.outcome != "approved":
                return replace(enquiry, operation="pay_bill")
        terminal = self._terminal(step.at)
        if isinstance(terminal, DigitalChannel):
            return await terminal.pay_bill(payer_of(step, self._cast), enquiry, step.articles)
        if isinstance(terminal, Counter):
            if step.account is None:
                return await terminal.pay_bill_in_cash(enquiry, step.articles, step.tendered)
            account = self._cast.rib(step.account)
            return await terminal.pay_bill_from_account(account, enquiry, step.articles)
        card = self._card(step.card)
        assert card is not None
        return await terminal.pay_bill(card, step.creditor, step.kind, enquiry, step.articles)

    async def _enquire(self, step: Bill) -> OperationResult:
        terminal = self._terminal(step.at)
        if isinstance(terminal, DigitalChannel):
            form = dict(step.form)
            result = await terminal.enquire_bill(step.creditor, step.kind, form)
        elif isinstance(terminal, Counter):
            result = await terminal.enquire_bill(step.creditor, step.kind, step.form)
        else:
            card = self._card(step.card)
            result = await terminal.enquire_bill(card, step.creditor, step.kind, step.form)
        if result.outcome == "approved":
            self._enquiries[self._key(step)] = result
        return result

    async def _open_code(self, step: OpenCode) -> OperationResult:
        terminal = self._terminal(step.at)
        assert isinstance(terminal, DigitalChannel)
        return await open_code(terminal, step)

    async def _pay_code(self, step: PayCode) -> OperationResult:
        terminal = self._terminal(step.at)
        if isinstance(terminal, DigitalChannel):
            return await terminal.pay_code(payer_of(step, self._cast), step.code)
        if isinstance(terminal, Counter):
            account = self._cast.rib(step.account) if step.account is not None else ""
            return await terminal.pay_code(step.code, step.tendered, account)
        card = self._card(step.card)
        assert card is not None
        return await terminal.pay_code(card, step.code)

    async def _collect(self, step: Collect) -> OperationResult:
        code = step.code
        if code is None:
            try:
                code = await code_sent_to(self._network, step.phone)
            except NoTextError as error:
                raise CannotBeDoneError(str(error)) from None
        terminal = self._terminal(step.at)
        assert not isinstance(terminal, DigitalChannel)
        if isinstance(terminal, Counter):
            return await terminal.collect(step.phone, code, step.amount)
        choice = CollectCash(step.amount, step.phone, code)
        return await terminal.do(None, choice, **step.ways)

    def _key(self, step: Bill) -> Key:
        form = tuple(sorted(step.form.items()))
        return self._cast.terminal(step.at), step.creditor, step.kind, form

    def _card(self, name: str | None) -> Card | None:
        return self._cast.card(name).card if name is not None else None

    def _gab(self, name: str) -> Gab:
        terminal = self._terminal(name)
        assert isinstance(terminal, Gab)
        return terminal

    def _counter(self, name: str) -> Counter:
        terminal = self._terminal(name)
        assert isinstance(terminal, Counter)
        return terminal

    def _terminal(self, name: str) -> Gab | Counter | DigitalChannel:
        terminal, network = self._cast.terminal(name), self._network
        played: dict[str, Gab | Counter | DigitalChannel]
        played = {**network.gabs, **network.counters, **network.digital}
        found = played.get(terminal)
        if found is None:
            raise CannotBeDoneError(f"{terminal} is down")
        return found
