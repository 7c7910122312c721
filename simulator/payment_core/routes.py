"""The API as a table: what each path takes, does and answers. The server and OpenAPI read it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import text

from simulator.payment_core import answers, models, status
from simulator.payment_core.bills import enquire
from simulator.payment_core.codes import code_status, enquire_code, open_code, pay_code
from simulator.payment_core.decisions import decide
from simulator.payment_core.movements import (
    balance,
    deposit,
    statement,
    till_difference,
    transfer,
    withdraw,
)
from simulator.payment_core.operations import CANCELLATION, cancel
from simulator.payment_core.payments import confirm
from simulator.payment_core.pins import change_pin
from simulator.payment_core.remittances import collect, messages, remit
from simulator.payment_core.turn import Turn

PREFIX = "/v1"


@dataclass(frozen=True)
class Route:
    """One path and method.

    `action` is called with the turn, then by its shape: `operation` with the caller's key and
    the request, done once for each key; `enquiry` with the request, and so `signed`, which the
    creditor that the request names has signed; `reading` with the parameters of the path.
    """

    shape: Literal["operation", "enquiry", "reading", "signed"]
    name: str
    path: str
    summary: str
    answer: type[answers.Body]
    action: Callable[..., Any]
    request: type[models.Request] | None = None

    @property
    def method(self) -> str:
        """Whatever takes a body is a POST."""
        return "GET" if self.request is None else "POST"

    @property
    def parameters(self) -> list[str]:
        """The names of the path's parameters."""
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def rule(self) -> str:
        """The path as Klein writes it. A key may hold slashes."""
        return re.sub(
            r"\{(\w+)\}", r"<path:\1>" if self.name == "operation" else r"<\1>", self.path
        )


def health(turn: Turn) -> answers.Health:
    """Answers when the database does."""
    turn.connection.execute(text("SELECT 1"))
    return answers.Health(status="ok")


def creditors(turn: Turn) -> answers.Creditors:
    """Who can be paid."""
    return status.creditors(turn.catalogue)


def channels(turn: Turn) -> answers.Channels:
    """The ways to reach the core."""
    return status.channels(turn.catalogue)


def kinds(turn: Turn, creditor: str) -> answers.Kinds:
    """The kinds of debts of a creditor."""
    return status.kinds(turn.catalogue, creditor)


def form(turn: Turn, creditor: str, kind: str) -> answers.Form:
    """The form that identifies a customer."""
    return status.form(turn.catalogue, creditor, kind)


def _operation(
    name: str,
    path: str,
    request: type[models.Request],
    answer: type[answers.Answer],
    action: Callable[[Turn, str, Any], answers.Answer],
    summary: str,
) -> Route:
    return Route("operation", name, PREFIX + path, summary, answer, action, request)


def _enquiry(
    name: str,
    path: str,
    answer: type[answers.Answer],
    action: Callable[[Turn, Any], answers.Answer],
    summary: str,
) -> Route:
    request = models.BalanceEnquiry
    return Route("enquiry", name, PREFIX + path, summary, answer, action, request)


def _reading(
    name: str,
    path: str,
    answer: type[answers.Body],
    action: Callable[..., answers.Body],
    summary: str,
) -> Route:
    return Route("reading", name, path, summary, answer, action)


ROUTES: tuple[Route, ...] = (
    _reading("health", "/health", answers.Health, health, "Is the core able to work?"),
    _operation(
        "withdrawal",
        "/withdrawals",
        models.Withdrawal,
        answers.BalanceAnswer,
        withdraw,
        "Cash paid out by a terminal",
    ),
    _operation(
        "deposit",
        "/deposits",
        models.Deposit,
        answers.BalanceAnswer,
        deposit,
        "Cash taken in by a terminal",
    ),
    _operation(
        "transfer",
        "/transfers",
        models.Transfer,
        answers.BalanceAnswer,
        transfer,
        "Money moved between two accounts of the bank",
    ),
    _enquiry(
        "balance",
        "/balances",
        answers.BalanceAnswer,
        balance,
        "The balance of the account behind a card",
    ),
    _enquiry(
        "statement",
        "/statements",
        answers.StatementAnswer,
        statement,
        "The last movements of the account behind a card",
    ),
    _operation(
        "pin_change",
        "/pin-changes",
        models.PinChange,
        answers.Answer,
        change_pin,
        "Another PIN for a card",
    ),
    _reading("channels", f"{PREFIX}/channels", answers.Channels, channels, "The channels"),
    _reading("creditors", f"{PREFIX}/creditors", answers.Creditors, creditors, "Who can be paid"),
    _reading(
        "kinds",
        PREFIX + "/creditors/{creditor}/kinds",
        answers.Kinds,
        kinds,
        "The kinds of debts of a creditor",
    ),
    _reading(
        "form",
        PREFIX + "/creditors/{creditor}/kinds/{kind}/form",
        answers.Form,
        form,
        "The form that identifies a customer of a creditor",
    ),
    _operation(
        "debts",
        "/debts",
        models.DebtEnquiry,
        answers.DebtsAnswer,
        enquire,
        "What a customer owes, under a reference",
    ),
    _operation(
        "confirmation",
        "/confirmations",
        models.Confirmation,
        answers.ConfirmationAnswer,
        confirm,
        "Pay articles of a reference",
    ),
    _operation(
        "payment_code",
        "/payment-codes",
        models.PaymentCodeRequest,
        answers.CodeAnswer,
        open_code,
        "One payment code for the debts of several references",
    ),
    _reading(
        "code_status",
        PREFIX + "/payment-codes/{code}",
        answers.CodeStatus,
        code_status,
        "What became of a payment code",
    ),
    _operation(
        "code_debts",
        "/payment-codes/debts",
        models.PaymentCodeEnquiry,
        answers.CodeAnswer,
        enquire_code,
        "What is to be paid for a payment code",
    ),
    _operation(
        "code_confirmation",
        "/payment-codes/confirmations",
        models.CodePayment,
        answers.ConfirmationAnswer,
        pay_code,
        "Pay everything that a payment code stands for",
    ),
    _operation(
        "remittance",
        "/remittances",
        models.Remittance,
        answers.RemittanceAnswer,
        remit,
        "Money sent to a phone, to be collected in cash",
    ),
    _operation(
        "collection",
        "/collections",
        models.Collection,
        answers.BalanceAnswer,
        collect,
        "A remittance paid out in cash, or back to its sender",
    ),
    _operation(
        "till_difference",
        "/till-differences",
        models.TillDifference,
        answers.Answer,
        till_difference,
        "What a count of a till found missing, or too much",
    ),
    Route(
        "signed",
        "decision",
        f"{PREFIX}/decisions",
        "A creditor accepts or refuses a payment that is pending",
        answers.Answer,
        decide,
        models.Decision,
    ),
    _operation(
        CANCELLATION,
        "/cancellations",
        models.Cancellation,
        answers.CancellationAnswer,
        cancel,
        "Undo an operation, whether or not it came",
    ),
    _reading(
        "operation",
        PREFIX + "/operations/{key}",
        answers.OperationStatus,
        status.operation_status,
        "What became of an operation",
    ),
    _reading(
        "reference",
        PREFIX + "/references/{reference}",
        answers.ReferenceStatus,
        status.reference_status,
        "What became of a reference",
    ),
    _reading(
        "text_messages",
        PREFIX + "/phones/{phone}/messages",
        answers.TextMessages,
        messages,
        "The text messages that a phone was sent",
    ),
    _reading(
        "books",
        f"{PREFIX}/books",
        answers.TrialBalance,
        status.books,
        "The trial balance of the ledger",
    ),
)
