"""Doing a scenario's operations at the terminals of a network."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from simulator.counter.counter import Counter
from simulator.gab.gab import Gab
from simulator.network.network import Network
from simulator.scenario.cast import Cast
from simulator.scenario.steps import (
    Balance,
    Bill,
    Deposit,
    EnquireBill,
    MiniStatement,
    PayBill,
    Step,
    Transfer,
    Withdraw,
)
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
            "withdraw": self._withdraw,
            "balance": self._balance,
            "mini_statement": self._mini_statement,
            "transfer": self._transfer,
            "deposit": self._deposit,
            "enquire_bill": self._enquire_bill,
            "pay_bill": self._pay_bill,
        }

    async def perform(self, step: Step) -> OperationResult:
        """Do what the step says; what came of it."""
        return await self._by_word[step.word](getattr(step, step.word))

    async def _withdraw(self, step: Withdraw) -> OperationResult:
        return await self._gab(step.at).withdraw(self._cast.card(step.card).card, step.amount)

    async def _balance(self, step: Balance) -> OperationResult:
        return await self._gab(step.at).balance(self._cast.card(step.card).card)

    async def _mini_statement(self, step: MiniStatement) -> OperationResult:
        return await self._gab(step.at).mini_statement(self._cast.card(step.card).card)

    async def _transfer(self, step: Transfer) -> OperationResult:
        card = self._cast.card(step.card)
        return await self._gab(step.at).transfer(
            card.card, card.account, self._cast.rib(step.to), step.amount
        )

    async def _deposit(self, step: Deposit) -> OperationResult:
        return await self._gab(step.at).deposit(self._cast.card(step.card).card, step.notes)

    async def _enquire_bill(self, step: EnquireBill) -> OperationResult:
        return await self._enquire(step)

    async def _pay_bill(self, step: PayBill) -> OperationResult:
        enquiry = self._enquiries.get(self._key(step))
        if enquiry is None:
            enquiry = await self._enquire(step)
            if enquiry.outcome != "approved":
                return replace(enquiry, operation="pay_bill")
        terminal = self._terminal(step.at)
        if isinstance(terminal, Counter):
            return await terminal.pay_bill_in_cash(enquiry, step.articles, step.tendered)
        assert step.card is not None
        return await terminal.pay_bill(
            self._cast.card(step.card).card, step.creditor, step.kind, enquiry, step.articles
        )

    async def _enquire(self, step: Bill) -> OperationResult:
        terminal = self._terminal(step.at)
        if isinstance(terminal, Counter):
            result = await terminal.enquire_bill(step.creditor, step.kind, step.form)
        else:
            card = self._cast.card(step.card).card if step.card is not None else None
            result = await terminal.enquire_bill(card, step.creditor, step.kind, step.form)
        if result.outcome == "approved":
            self._enquiries[self._key(step)] = result
        return result

    def _key(self, step: Bill) -> Key:
        form = tuple(sorted(step.form.items()))
        return self._cast.terminal(step.at), step.creditor, step.kind, form

    def _gab(self, name: str) -> Gab:
        terminal = self._terminal(name)
        assert isinstance(terminal, Gab)
        return terminal

    def _terminal(self, name: str) -> Gab | Counter:
        terminal = self._cast.terminal(name)
        found = self._network.gabs.get(terminal) or self._network.counters.get(terminal)
        if found is None:
            raise CannotBeDoneError(f"{terminal} is down")
        return found
