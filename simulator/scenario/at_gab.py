"""Steps at a GAB, each as its customer or a supervisor does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from simulator.gab.choices import (
    Bill,
    Choice,
    Deposit,
    Enquiry,
    PinChange,
    SendCash,
    Transfer,
    Withdrawal,
)
from simulator.gab.gab import Gab
from simulator.gab.supervisor import SupervisorError
from simulator.scenario import gab_steps
from simulator.scenario.at_terminals import WithCard
from simulator.scenario.cast import Cast
from simulator.terminal.reading import refusal
from simulator.terminal.result import OperationResult

OPERATOR = "scenario"
"""Who the journal says was at the GAB as its supervisor."""


async def _customer(gab: Gab, step: WithCard, cast: Cast, choice: Choice) -> OperationResult:
    return await gab.do(cast.card(step.card).card, choice, **step.ways)


async def _withdraw(gab: Gab, step: gab_steps.Withdraw, cast: Cast) -> OperationResult:
    return await _customer(gab, step, cast, Withdrawal(step.amount))


async def _balance(gab: Gab, step: gab_steps.Balance, cast: Cast) -> OperationResult:
    return await _customer(gab, step, cast, Enquiry("balance"))


async def _mini_statement(gab: Gab, step: gab_steps.MiniStatement, cast: Cast) -> OperationResult:
    return await _customer(gab, step, cast, Enquiry("mini_statement"))


async def _transfer(gab: Gab, step: gab_steps.Transfer, cast: Cast) -> OperationResult:
    choice = Transfer(cast.card(step.card).account, cast.rib(step.to), step.amount)
    return await _customer(gab, step, cast, choice)


async def _deposit(gab: Gab, step: gab_steps.Deposit, cast: Cast) -> OperationResult:
    return await _customer(gab, step, cast, Deposit(dict(step.notes)))


async def _top_up(gab: Gab, step: gab_steps.TopUp, cast: Cast) -> OperationResult:
    where = gab.top_up_creditor
    choice = Bill(where.creditor, where.kind, dict(step.form), pay=True, operation="top_up")
    return await _customer(gab, step, cast, choice)


async def _change_pin(gab: Gab, step: gab_steps.ChangePin, cast: Cast) -> OperationResult:
    return await _customer(gab, step, cast, PinChange())


async def _send_cash(gab: Gab, step: gab_steps.SendCash, cast: Cast) -> OperationResult:
    return await _customer(gab, step, cast, SendCash(step.amount, step.phone))


async def _replenish(gab: Gab, step: gab_steps.Replenish, cast: Cast) -> OperationResult:
    return await _supervised(
        gab, "replenish", lambda: gab.supervisor.replenish(step.cassettes, OPERATOR)
    )


async def _count_cash(gab: Gab, step: gab_steps.CountCash, cast: Cast) -> OperationResult:
    return await _supervised(gab, "count_cash", lambda: gab.supervisor.count(step.found, OPERATOR))


async def _take_out(gab: Gab, step: gab_steps.TakeOutOfService, cast: Cast) -> OperationResult:
    return await _supervised(
        gab,
        "take_out_of_service",
        lambda: gab.supervisor.take_out_of_service(step.reason, OPERATOR),
    )


async def _put_in(gab: Gab, step: gab_steps.PutInService, cast: Cast) -> OperationResult:
    return await _supervised(gab, "put_in_service", lambda: gab.supervisor.put_in_service(OPERATOR))


async def _supervised(gab: Gab, word: str, deed: Callable[[], Awaitable[Any]]) -> OperationResult:
    """What a supervisor does: approved, or declined with the reason why it cannot be done now."""
    try:
        count = await deed()
    except SupervisorError as error:
        return refusal(gab.terminal_id, word, str(error))
    if count is None:
        return OperationResult(word, gab.terminal_id, "approved")
    return OperationResult(
        word,
        gab.terminal_id,
        "approved",
        amount_minor=gab.cassettes.worth_minor(count.found),
        difference_minor=count.difference_minor,
    )


AT_GAB: dict[str, Callable[[Gab, Any, Cast], Awaitable[OperationResult]]] = {
    "withdraw": _withdraw,
    "balance": _balance,
    "mini_statement": _mini_statement,
    "transfer": _transfer,
    "deposit": _deposit,
    "top_up": _top_up,
    "change_pin": _change_pin,
    "send_cash": _send_cash,
    "replenish": _replenish,
    "count_cash": _count_cash,
    "take_out_of_service": _take_out,
    "put_in_service": _put_in,
}
"""By the step's word."""
