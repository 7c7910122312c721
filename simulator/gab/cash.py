"""An approved withdrawal: notes stacked, presented, and taken or retracted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred

from simulator.gab.customer import Customer
from simulator.gab.desk import Desk, undone
from simulator.gab.dispenser import Bundle, make_bundle
from simulator.gab.faults import NotTaken
from simulator.gab.patience import LeftAloneError, within
from simulator.gab.states import Input
from simulator.terminal.asking import APPROVED, Exchange
from simulator.terminal.journal import Event
from simulator.terminal.pending import CANCELLED, MALFUNCTION, PARTIAL
from simulator.terminal.result import OperationResult
from switch.settings import write_money


class CashDelivery:
    """The notes of one approved exchange. `result` is what came of it so far."""

    def __init__(
        self, desk: Desk, exchange: Exchange, result: OperationResult, chosen: Mapping[str, int]
    ) -> None:
        self.result = result
        self._desk = desk
        self._exchange = exchange
        self._chosen = dict(chosen)
        self._bundle = Bundle()

    async def begin(self) -> bool:
        """Journal that notes are about to be stacked; False when that is impossible."""
        approved = self._line("approved", code=APPROVED)
        if await self._desk.enter(
            self._exchange, approved, self._line("stacked", cassettes=self._chosen)
        ):
            return True
        self.result = undone(self.result)
        return False

    async def stack(self) -> Input:
        """Make the bundle. What cannot be made is reversed; what is suspect is held."""
        bundle = self._bundle = make_bundle(self._chosen, self._desk.devices)
        if bundle.suspect:
            return await self._suspect()
        if bundle.stacked:
            return Input.STACKED
        await self._reverse(MALFUNCTION, *self._rejected(bundle.rejected))
        self._not_done("no cash could be given: it is reversed")
        return Input.NOTHING_STACKED

    async def present(self, customer: Customer) -> Input:
        """Journal the notes as dispensed, then show them; whether they were taken."""
        desk, stacked = self._desk, self._bundle.stacked
        notes = desk.cassettes.by_note(stacked)
        line = self._line(
            "dispense",
            cassettes=dict(stacked),
            notes=notes,
            **self._amounts,
        )
        if not await desk.enter(self._exchange, line):
            self.result = undone(self.result)
            self._purge()
            return Input.UNDONE
        fault = desk.devices.strike(NotTaken)
        try:
            taking = _nobody() if fault is not None else customer.takes_cash()
            await within(desk.reactor, desk.settings.cash_within, taking)
        except LeftAloneError:
            return Input.CASH_LEFT
        self.result = replace(self.result, notes=notes, amount_minor=self._amounts["amount_minor"])
        return Input.CASH_TAKEN

    async def taken(self) -> Input:
        """The notes are gone: what could not be given of the amount is reversed."""
        self._desk.terminal.note("taken", rrn=self._exchange.rrn, amount_minor=self._given_minor)
        if self._is_part:
            asked_minor = self._exchange.ask.amount_minor
            given, asked = write_money(self._given_minor), write_money(asked_minor)
            self.result = replace(self.result, words=f"only {given} of {asked} could be given")
        await self._settle()
        return Input.SETTLED

    async def retracted(self) -> Input:
        """The notes are inside again: reversed, or kept for a claim, as the profile says."""
        desk = self._desk
        reverses = desk.settings.reverse_untaken
        line = self._line(
            "retracted",
            cassettes=dict(self._bundle.stacked),
            notes=desk.cassettes.by_note(self._bundle.stacked),
            returned_minor=self._given_minor if reverses else None,
        )
        written = await desk.terminal.write(line)
        if written:
            desk.take_in(line)
        if written and reverses:
            await self._reverse(CANCELLED)
            self._not_done("the cash was not taken: it is reversed")
        else:
            # Without its line the notes count as given: the count of the bin will show them.
            await self._settle()
            words = "the cash was not taken: it is kept for a claim"
            self.result = replace(self.result, words=words, amount_minor=self._given_minor)
        return Input.SETTLED

    async def card_lost(self, captured: Event, jammed: bool) -> None:
        """The card did not leave, so that no cash follows: the bundle goes to the reject bin."""
        reason = MALFUNCTION if jammed else CANCELLED
        await self._reverse(reason, captured, *self._rejected(self._bundle.stacked))
        self._not_done("the card was not taken: no cash is given, and it is reversed")

    # -- inside -----------------------------------------------------------------------------------

    @property
    def _given_minor(self) -> int:
        return self._desk.cassettes.worth_minor(self._bundle.stacked)

    @property
    def _amounts(self) -> dict[str, int]:
        """What was authorised; of a part, what is given of it too."""
        authorised_minor = self._exchange.ask.amount_minor
        if not self._is_part:
            return {"amount_minor": authorised_minor}
        return {"amount_minor": self._given_minor, "authorised_minor": authorised_minor}

    @property
    def _is_part(self) -> bool:
        return self._given_minor < self._exchange.ask.amount_minor

    async def _suspect(self) -> Input:
        desk, notes = self._desk, self._desk.cassettes.by_note(self._chosen)
        line = self._line("dispense", cassettes=self._chosen, notes=notes, suspect=True)
        if not await desk.enter(self._exchange, line):
            self.result = undone(self.result)
            self._purge()
            return Input.NOTHING_STACKED
        desk.terminal.debts.hold(self._exchange)
        words = "whether the notes left is not known: held for the count"
        left = notes if self._bundle.left else {}
        self.result = replace(self.result, outcome="in_doubt", words=words, notes=left)
        return Input.NOTHING_STACKED

    async def _settle(self) -> None:
        if self._is_part:
            terminal, retained_minor = self._desk.terminal, self._given_minor
            await terminal.reverse(self._exchange, PARTIAL, retained_minor=retained_minor)
        else:
            await self._desk.terminal.settle(self._exchange)

    async def _reverse(self, reason: str, *lines: Event) -> None:
        await self._desk.terminal.reverse(self._exchange, reason, *lines)
        self._desk.take_in(*lines)

    def _purge(self) -> None:
        """What was stacked and cannot be presented goes to the reject bin."""
        for line in self._rejected(self._bundle.stacked):
            self._desk.terminal.note_line(line)
            self._desk.take_in(line)

    def _rejected(self, cassettes: Mapping[str, int]) -> list[Event]:
        return [self._line("rejected", cassettes=dict(cassettes))] if cassettes else []

    def _not_done(self, words: str) -> None:
        self.result = replace(self.result, outcome="declined", words=words)

    def _line(self, event: str, **facts: Any) -> Event:
        return self._desk.terminal.line_of(self._exchange, event, **facts)


async def _nobody() -> None:
    await Deferred()
