"""What is printed for a customer, one operation a receipt."""

from __future__ import annotations

import textwrap
from datetime import datetime

from simulator.gab.texts import LABELS, OPERATIONS, OUTCOMES, REASONS, Language
from simulator.terminal.result import OperationResult
from switch.runtime import CASABLANCA
from switch.settings import write_money

WIDTH = 40
"""Characters of a receipt's line."""


def receipt(result: OperationResult, language: Language, instant: datetime) -> tuple[str, ...]:
    """The lines, in logical order, none wider than the paper.

    `instant` is aware; the receipt tells the time of Casablanca.
    """

    def labelled(label: str, value: str) -> str:
        return f"{LABELS[label][language]} : {value}" if value else ""

    lines = [
        f"{LABELS['gab'][language]} {result.terminal}",
        instant.astimezone(CASABLANCA).strftime("%d/%m/%Y %H:%M:%S"),
        labelled("card", result.card),
        OPERATIONS[result.operation][language],
        labelled("creditor", f"{result.creditor}/{result.kind}" if result.creditor else ""),
        labelled("amount", _amount_of(result, language)),
        labelled("notes", _notes(result)),
        labelled("ledger", _money(result.ledger_minor, language)),
        labelled("available", _money(result.available_minor, language)),
        *result.lines,
        OUTCOMES[result.outcome][language],
        _reason(result, language),
        LABELS["captured"][language] if result.card_captured else "",
        labelled("reference", result.reference),
        labelled("settlement", result.settlement_reference),
        labelled("approval", result.approval_code),
        f"AID : {result.application}" if result.application else "",
        result.certificate.replace(" ", " : "),
        labelled("number", f"{result.stan} {result.rrn}".strip()),
    ]
    return tuple(part for line in lines if line for part in textwrap.wrap(line, WIDTH))


def money(amount_minor: int, language: Language) -> str:
    """An amount as the language writes it.

    >>> money(1234550, "fr"), money(-50, "en")
    ('12 345,50 MAD', '-0.50 MAD')
    """
    whole, decimals = write_money(abs(amount_minor)).split(".")
    thousands, point = (",", ".") if language == "en" else (" ", ",")
    grouped = f"{int(whole):,}".replace(",", thousands)
    return f"{'-' if amount_minor < 0 else ''}{grouped}{point}{decimals} MAD"


def _amount_of(result: OperationResult, language: Language) -> str:
    asked = result.operation not in ("balance", "mini_statement")
    return money(result.amount_minor, language) if asked and result.amount_minor else ""


def _money(amount_minor: int | None, language: Language) -> str:
    return "" if amount_minor is None else money(amount_minor, language)


def _notes(result: OperationResult) -> str:
    counted = sorted(result.notes.items(), reverse=True)
    return ", ".join(f"{count} x {note}" for note, count in counted if count)


def _reason(result: OperationResult, language: Language) -> str:
    if result.outcome != "declined" or not result.response_code:
        return ""
    known = REASONS.get(result.response_code)
    return known[language] if known is not None else f"DE39 {result.response_code}"
