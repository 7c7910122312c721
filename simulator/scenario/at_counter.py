"""Steps at a counter, each as its teller does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from simulator.counter.counter import Counter
from simulator.counter.visit import BillToPay, CodeToPay, ToPay
from simulator.scenario import counter_steps
from simulator.scenario.cast import Cast
from simulator.terminal.result import OperationResult


async def _sign_on(at: Counter, step: counter_steps.SignOn, cast: Cast) -> OperationResult:
    return await at.sign_on(step.teller)


async def _sign_off(at: Counter, step: counter_steps.SignOff, cast: Cast) -> OperationResult:
    return await at.sign_off()


async def _open_till(at: Counter, step: counter_steps.OpenTill, cast: Cast) -> OperationResult:
    return await at.open_till(step.pieces)


async def _move_cash(at: Counter, step: counter_steps.MoveCash, cast: Cast) -> OperationResult:
    return await at.move_cash(step.pieces, to_till=step.to == "till")


async def _close_batch(at: Counter, step: counter_steps.CloseBatch, cast: Cast) -> OperationResult:
    return await at.close_batch(step.counted, step.forced_by or "")


async def _cash_in(at: Counter, step: counter_steps.CashIn, cast: Cast) -> OperationResult:
    return await at.cash_in(cast.rib(step.account), step.amount, step.tendered)


async def _cash_out(at: Counter, step: counter_steps.CashOut, cast: Cast) -> OperationResult:
    return await at.cash_out(cast.rib(step.account), step.amount)


async def _remit(at: Counter, step: counter_steps.Remit, cast: Cast) -> OperationResult:
    return await at.send_cash(step.phone, step.amount, step.tendered)


async def _cancel(at: Counter, step: counter_steps.Cancel, cast: Cast) -> OperationResult:
    return await at.cancel(step.rrn or "", step.tendered)


async def _pay_bills(at: Counter, step: counter_steps.PayBills, cast: Cast) -> OperationResult:
    account = cast.rib(step.account) if step.account is not None else ""
    visited = await at.visit([_to_pay(each) for each in step.bills], step.tendered, account)
    return visited.whole


def _to_pay(bill: counter_steps.BillOfVisit) -> ToPay:
    if bill.code is not None:
        return CodeToPay(bill.code)
    assert bill.creditor is not None
    assert bill.kind is not None
    return BillToPay(bill.creditor, bill.kind, dict(bill.form), bill.articles)


AT_COUNTER: dict[str, Callable[[Counter, Any, Cast], Awaitable[OperationResult]]] = {
    "sign_on": _sign_on,
    "sign_off": _sign_off,
    "open_till": _open_till,
    "move_cash": _move_cash,
    "close_batch": _close_batch,
    "cash_in": _cash_in,
    "cash_out": _cash_out,
    "remit": _remit,
    "cancel": _cancel,
    "pay_bills": _pay_bills,
}
"""By the step's word."""
