"""What a terminal reads in answers, and the result it makes of an exchange."""

from __future__ import annotations

from dataclasses import replace

from simulator.terminal.asking import Exchange
from simulator.terminal.result import OperationResult
from switch.wire.bill_data import BillDataError, unpack_lines

ENTRY = 20
"""Characters of one amount in DE54: account type 2, amount type 2, currency 3, C or D, 12."""

LEDGER, AVAILABLE = "01", "02"


def result_of(terminal: str, exchange: Exchange) -> OperationResult:
    """The common part of every operation's result."""
    card = exchange.ask.card
    return OperationResult(
        operation=exchange.ask.operation,
        terminal=terminal,
        outcome=exchange.outcome,
        response_code=exchange.response_code,
        words=exchange.words,
        amount_minor=exchange.ask.amount_minor,
        elapsed_s=exchange.elapsed_s,
        stan=exchange.stan,
        rrn=exchange.rrn,
        card=card.masked if card is not None else "",
        approval_code=exchange.answer.text(38),
    )


def refusal(
    terminal: str, operation: str, words: str, *, amount_minor: int = 0, card: str = ""
) -> OperationResult:
    """An operation that the terminal itself refuses, before any message."""
    return OperationResult(
        operation, terminal, "declined", words=words, amount_minor=amount_minor, card=card
    )


def read_balance(result: OperationResult, exchange: Exchange) -> OperationResult:
    """The result completed with ledger and available balance, from DE54."""
    amounts = additional_amounts(exchange.answer.text(54))
    return replace(
        result,
        amount_minor=amounts.get(AVAILABLE, 0),
        ledger_minor=amounts.get(LEDGER),
        available_minor=amounts.get(AVAILABLE),
    )


def read_statement(result: OperationResult, exchange: Exchange) -> OperationResult:
    """The result completed with the lines of DE48, tag 10."""
    try:
        return replace(result, lines=tuple(unpack_lines(exchange.answer.part(48, "10"))))
    except BillDataError as error:
        return replace(result, outcome="declined", words=f"answer not understood: {error}")


def additional_amounts(text: str) -> dict[str, int]:
    """The amounts of DE54 in minor units by amount type, a debit negative.

    >>> additional_amounts("0001504C0000005000000002504D000000000050")
    {'01': 500000, '02': -50}
    """
    amounts = {}
    for at in range(0, len(text) - ENTRY + 1, ENTRY):
        entry = text[at : at + ENTRY]
        if entry[8:].isascii() and entry[8:].isdigit():
            amounts[entry[2:4]] = int(entry[8:]) * (-1 if entry[7] == "D" else 1)
    return amounts
