"""What tellers do for customers: money taken in, money paid out, and what changes an account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

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
from simulator.counter.workplace import NotServedError, Workplace
from simulator.terminal import bills
from simulator.terminal.asking import Ask
from simulator.terminal.result import Article, OperationResult
from switch.settings import write_money

UNKNOWN = (
    "no answer came: whether the bill was paid is not known",
    "the payment is being cancelled",
    "the money is kept apart until then, and is given back",
)
"""Of a payment in doubt, in few words."""

PAYMENTS = frozenset({"pay_bill", "pay_code"})


class Serving:
    """One operation after the other, each with a receipt that says what became of it."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._books = place.books

    # -- bills ------------------------------------------------------------------------------------

    async def enquire(
        self, ask: Ask, operation: str, creditor: str = "", kind: str = ""
    ) -> OperationResult:
        """What is owed. It needs no till."""
        exchange, result = await self._place.ask(ask)
        result = replace(result, operation=operation, creditor=creditor, kind=kind)
        if result.outcome != "approved":
            return result
        await self._place.terminal.conclude(exchange, "done")
        return bills.read_enquiry(result, exchange)

    async def pay_bill(
        self,
        enquiry: OperationResult,
        articles: Iterable[Article | str] | None,
        tendered: Pieces | None,
        account: str,
    ) -> OperationResult:
        """What an enquiry found, in cash, or from an account."""
        try:
            ask = bills.payment(None, enquiry.creditor, enquiry.kind, enquiry, articles)
        except bills.BillError as error:
            return self._place.refused("pay_bill", str(error))
        found = {"creditor": enquiry.creditor, "kind": enquiry.kind, "reference": enquiry.reference}
        return await self._pay(ask, "pay_bill", tendered, account, found)

    async def pay_code(self, code: str, tendered: Pieces | None, account: str) -> OperationResult:
        """Everything behind a payment code, in cash, or from an account."""
        owed = await self.enquire(bills.code_enquiry(None, code), "pay_code")
        if owed.outcome != "approved":
            return owed
        try:
            ask = bills.code_payment(None, code, owed)
        except bills.BillError as error:
            return self._place.refused("pay_code", str(error))
        return await self._pay(ask, "pay_code", tendered, account, {"reference": code})

    # -- accounts and remittances -----------------------------------------------------------------

    async def cash_in(
        self, account: str, amount_minor: int, tendered: Pieces | None
    ) -> OperationResult:
        """Cash on an account."""
        ask = Ask("cash_in", "0200", "210000", amount_minor, elements={"103": account})
        return await self._take_in(ask, "cash_in", tendered, {})

    async def cash_out(self, account: str, amount_minor: int) -> OperationResult:
        """Cash of an account, whose holder has shown who he is."""
        ask = Ask("cash_out", "0200", "010000", amount_minor, elements={"102": account})
        return await self._pay_out(ask)

    async def send_cash(
        self, phone: str, amount_minor: int, tendered: Pieces | None
    ) -> OperationResult:
        """Cash to a phone, to be collected elsewhere; the reference is the sender's."""
        ask = Ask("send_cash", "0200", "900000", amount_minor, elements={"48": {"11": phone}})
        return await self._take_in(ask, "send_cash", tendered, {})

    async def collect(self, phone: str, code: str, amount_minor: int) -> OperationResult:
        """What a phone was sent, to who has the code."""
        proof = {"11": phone, "12": code}
        ask = Ask("collect", "0200", "910000", amount_minor, elements={"48": dict(proof)})
        return await self._pay_out(ask)

    async def take_back(self, reference: str, amount_minor: int) -> OperationResult:
        """What was sent here, back to its sender, unless it was collected."""
        ask = Ask("collect", "0200", "910000", amount_minor, elements={"48": {"04": reference}})
        return await self._pay_out(ask)

    # -- inside -----------------------------------------------------------------------------------

    async def _pay(
        self,
        ask: Ask,
        operation: str,
        tendered: Pieces | None,
        account: str,
        found: Mapping[str, Any],
    ) -> OperationResult:
        if not account:
            return await self._take_in(ask, operation, tendered, found)
        try:
            self._place.till()
        except NotServedError as error:
            return self._place.refused(operation, str(error), ask.amount_minor)
        ask = replace(ask, elements={**ask.elements, "102": account})
        exchange, result = await self._place.ask(ask, cancellable=True)
        result = replace(result, operation=operation, **found)
        if result.outcome == "approved":
            if await self._place.conclude(exchange, "done"):
                await self._place.terminal.settle(exchange)
                result = bills.read_payment(result, exchange)
            else:
                result = replace(result, outcome="in_doubt")
        return self._place.printed(result)

    async def _take_in(
        self, ask: Ask, operation: str, tendered: Pieces | None, found: Mapping[str, Any]
    ) -> OperationResult:
        """Cash comes in when it stands; refused, it is given back; in doubt, it is kept apart."""
        place, amount_minor = self._place, ask.amount_minor
        try:
            till = place.till()
            taken = exactly(amount_minor) if tendered is None else dict(tendered)
            check_tendered(taken, amount_minor)
            given = change(total_minor(taken) - amount_minor, till.with_added(taken))
        except (CashError, NotServedError) as error:
            return place.refused(operation, str(error), amount_minor)
        exchange, result = await place.ask(replace(ask, held=taken), cancellable=True)
        result = replace(result, operation=operation, **found)
        if result.outcome == "declined":
            declined = replace(
                result, lines=(f"not paid: {result.words}", f"returned {words(taken)}")
            )
            return place.printed(declined, place.pieces("returned", taken))
        reference = exchange.answer.part(48, "04") if operation == "send_cash" else ""
        if result.outcome == "in_doubt" or not await place.conclude(
            exchange, "cash_in", pieces=taken, change=given, reference=reference
        ):
            doubt = replace(result, outcome="in_doubt", lines=(*UNKNOWN, f"kept {words(taken)}"))
            return place.printed(doubt, place.pieces("kept", taken))
        await place.terminal.settle(exchange)
        if operation in PAYMENTS:
            result = bills.read_payment(result, exchange)
        elif reference:
            result = replace(result, reference=reference)
        done = replace(
            result,
            notes={p // 100: n for p, n in taken.items() if p >= NOTE_MIN_MINOR and n},
            lines=_lines(result.reference, amount_minor, taken, given),
        )
        changed = place.pieces("change", given)
        return place.printed(done, place.pieces("received", taken), changed)

    async def _pay_out(self, ask: Ask) -> OperationResult:
        """Cash goes out once it is approved and journalled; the pieces are chosen before."""
        place = self._place
        try:
            given = change(ask.amount_minor, place.till().pieces)
        except (CashError, NotServedError) as error:
            return place.refused(ask.operation, str(error), ask.amount_minor)
        exchange, result = await place.ask(ask, cancellable=True)
        if result.outcome == "approved":
            if await place.conclude(exchange, "paid_out", pieces=given):
                await place.terminal.settle(exchange)
                notes = {p // 100: n for p, n in given.items() if p >= NOTE_MIN_MINOR}
                paid = replace(result, notes=notes)
                return place.printed(paid, place.pieces("paid_out", given))
            result = replace(result, outcome="in_doubt")
        return place.printed(result)


def _lines(reference: str, amount_minor: int, taken: Pieces, given: Pieces) -> tuple[str, ...]:
    lines = [f"paid {write_money(amount_minor)}"]
    if reference:
        lines.append(f"reference {reference}")
    lines.append(f"received {words(taken)}")
    if given:
        lines.append(f"change {words(given)}")
    return tuple(lines)
