"""Withdrawals, deposits and transfers, and what an account's holder may read of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select

from simulator.payment_core.answers import Answer, BalanceAnswer, Line, StatementAnswer
from simulator.payment_core.cards import Card
from simulator.payment_core.ledger import CURRENCY, Trace, post
from simulator.payment_core.limits import check_limits
from simulator.payment_core.models import (
    BalanceEnquiry,
    Deposit,
    Origin,
    TillDifference,
    Transfer,
    Withdrawal,
)
from simulator.payment_core.pins import card_in_use
from simulator.payment_core.refusals import RefusedError
from simulator.payment_core.tables import accounts, entries, postings
from simulator.payment_core.turn import Turn
from switch.runtime import CASABLANCA

STATEMENT_LINES = 10

APPROVAL_CODES = 999_999
"""Approval codes are 6 digits, from 000001; then they begin again."""

TEXTS = {
    "opening": "OPENING BALANCE",
    "withdrawal": "WITHDRAWAL",
    "deposit": "DEPOSIT",
    "transfer": "TRANSFER",
    "bill_card": "BILL PAYMENT",
    "remittance_account": "REMITTANCE",
    "reversal": "REVERSAL",
}

_read_account = select(accounts.c.balance_minor, accounts.c.floor_minor).where(
    accounts.c.code == bindparam("code")
)
_read_lines = (
    select(postings.c.at, postings.c.kind, postings.c.terminal_id, entries.c.amount_minor)
    .join(postings, postings.c.id == entries.c.posting_id)
    .join(accounts, accounts.c.id == entries.c.account_id)
    .where(accounts.c.code == bindparam("code"))
    .order_by(entries.c.posting_id.desc())
    .limit(STATEMENT_LINES)
)


def withdraw(turn: Turn, key: str, request: Withdrawal) -> BalanceAnswer:
    """Customer to terminal: the cash leaves it."""
    card, account = payer_of(turn, request.pan, request.expiry, request.account)
    amount_minor = checked_amount(request.amount_minor, request.currency)
    if card is not None:
        check_limits(turn, request.pan or "", card, "withdrawal", amount_minor)
    moves = {account: -amount_minor, cash(request.terminal_id): amount_minor}
    post(turn, "withdrawal", trace_of(key, request, card), moves)
    return balance_answer(turn, account, approval_code=approval_code(turn))


def deposit(turn: Turn, key: str, request: Deposit) -> BalanceAnswer:
    """Terminal to customer: the cash came into it."""
    card, account = payer_of(turn, request.pan, request.expiry, request.account)
    amount_minor = checked_amount(request.amount_minor, request.currency)
    moves = {cash(request.terminal_id): -amount_minor, account: amount_minor}
    post(turn, "deposit", trace_of(key, request, card), moves)
    return balance_answer(turn, account, approval_code=approval_code(turn))


def transfer(turn: Turn, key: str, request: Transfer) -> BalanceAnswer:
    """Customer to customer, both of the bank."""
    card = card_in_use(turn, request.pan, request.expiry, request.from_account)
    amount_minor = checked_amount(request.amount_minor, request.currency)
    if request.to_account == card.rib:
        raise RefusedError("same_account")
    receiver = customer(request.to_account)
    if turn.connection.execute(_read_account, {"code": receiver}).one_or_none() is None:
        raise RefusedError("unknown_account")
    check_limits(turn, request.pan, card, "transfer", amount_minor)
    moves = {card.account_code: -amount_minor, receiver: amount_minor}
    post(turn, "transfer", trace_of(key, request, card), moves)
    return balance_answer(turn, card.account_code, approval_code=approval_code(turn))


def till_difference(turn: Turn, key: str, request: TillDifference) -> Answer:
    """What a count found missing from a till, or too much in it."""
    amount_minor = checked_amount(request.amount_minor, request.currency)
    out_minor = amount_minor if request.direction == "short" else -amount_minor
    moves = {cash(request.terminal_id): out_minor, "differences": -out_minor}
    post(turn, f"till_{request.direction}", trace_of(key, request, None), moves)
    return Answer(outcome="approved", approval_code=approval_code(turn))


def payer_of(
    turn: Turn, pan: str | None, expiry: str | None, account: str | None
) -> tuple[Card | None, str]:
    """The card, if there is one, and the code of the account behind it, or of the one named.

    Raises RefusedError. Whether the caller may name an account is the switch's business.
    """
    if pan is not None:
        card = card_in_use(turn, pan, expiry, account)
        return card, card.account_code
    code = customer(account or "")
    if turn.connection.execute(_read_account, {"code": code}).one_or_none() is None:
        raise RefusedError("unknown_account")
    return None, code


def balance(turn: Turn, request: BalanceEnquiry) -> BalanceAnswer:
    """What is on the account behind the card."""
    card = card_in_use(turn, request.pan, request.expiry, request.account)
    return balance_answer(turn, card.account_code)


def statement(turn: Turn, request: BalanceEnquiry) -> StatementAnswer:
    """The account's last movements, newest first, and its balance."""
    read = balance(turn, request)
    rows = turn.connection.execute(_read_lines, {"code": customer(read.account or "")})
    lines = [
        Line(
            date=local_day(row.at),
            text=" ".join(filter(None, (TEXTS[row.kind], row.terminal_id))),
            amount_minor=row.amount_minor,
        )
        for row in rows
    ]
    return StatementAnswer(**read.model_dump(), lines=lines)


def checked_amount(amount_minor: int, currency: str) -> int:
    """The amount when it can be posted; raises RefusedError otherwise."""
    if currency != CURRENCY:
        raise RefusedError("currency_not_supported")
    if amount_minor == 0:
        raise RefusedError("invalid_amount")
    return amount_minor


def balance_answer(
    turn: Turn, account_code: str, *, approval_code: str | None = None
) -> BalanceAnswer:
    """The approval that says what is on a customer's account now."""
    row = turn.connection.execute(_read_account, {"code": account_code}).one()
    return BalanceAnswer(
        outcome="approved",
        approval_code=approval_code,
        account=account_code.partition(":")[2],
        currency=CURRENCY,
        ledger_minor=row.balance_minor,
        available_minor=row.balance_minor - (row.floor_minor or 0),
    )


def approval_code(turn: Turn) -> str:
    """A fresh approval code of 6 digits."""
    return f"{(turn.next_number('approval') - 1) % APPROVAL_CODES + 1:06}"


def trace_of(key: str, request: Origin, card: Card | None) -> Trace:
    """The evidence kept with what a request posts."""
    return Trace(
        operation_key=key,
        terminal_id=request.terminal_id,
        stan=request.stan,
        rrn=request.rrn,
        card_id=None if card is None else card.id,
        masked_pan=None if card is None else card.masked_pan,
    )


def customer(rib: str) -> str:
    """The code of a customer's account."""
    return f"customer:{rib}"


def cash(terminal_id: str) -> str:
    """The code of a terminal's cash account."""
    return f"cash:{terminal_id}"


def local_day(instant: str) -> str:
    """The day in Morocco of an instant of the database.

    >>> local_day("2026-11-24T23:36:01.000Z")
    '2026-11-25'
    """
    return datetime.fromisoformat(instant).astimezone(CASABLANCA).date().isoformat()
