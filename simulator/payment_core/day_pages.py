"""The books of a day for people, for programs, and the settlement file of each creditor."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from typing import Any

from simulator.payment_core.day_books import DayBooks, Statement
from simulator.payment_core.ledger import CURRENCY
from switch.settings import write_money

HEADER = ("at", "settlement_reference", "article", "description", "terminal", "amount")


def page(books: DayBooks) -> str:
    """The books as they are printed.

    What does not move and is zero is left out.
    """
    return "\n".join(_lines(books))


def document(books: DayBooks) -> dict[str, Any]:
    """The same for programs. Amounts are integers of minor units."""
    return {
        "day": books.day.isoformat(),
        "currency": CURRENCY,
        "right": not books.problems,
        "problems": list(books.problems),
        "pending": books.pending,
        "untold": books.untold,
        "accounts": [
            {
                "code": line.code,
                "opening_minor": line.opening_minor,
                "credits_minor": line.credits_minor,
                "debits_minor": line.debits_minor,
                "closing_minor": line.closing_minor,
            }
            for line in books.accounts
        ],
        "kinds": [
            {"kind": each.kind, "count": each.count, "amount_minor": each.amount_minor}
            for each in books.kinds
        ],
        "creditors": [
            {"creditor": each.creditor, "count": len(each.lines), "net_minor": each.net_minor}
            for each in books.statements
        ],
    }


def settlement_file(books: DayBooks, statement: Statement) -> str:
    """What is settled with a creditor, as CSV: a header, a line a movement, and a trailer.

    The trailer has the day, how many lines there are, their sum, and the SHA-256 of everything
    above it, so that both sides know that the file is whole.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for line in statement.lines:
        writer.writerow(
            (
                line.at,
                line.settlement_reference,
                line.article,
                line.description,
                line.channel_terminal,
                money(line.amount_minor),
            )
        )
    above = text.getvalue()
    trailer = io.StringIO()
    csv.writer(trailer, lineterminator="\n").writerow(
        (
            "total",
            books.day.isoformat(),
            statement.creditor,
            len(statement.lines),
            hashlib.sha256(above.encode()).hexdigest(),
            money(statement.net_minor),
        )
    )
    return above + trailer.getvalue()


def money(amount_minor: int) -> str:
    """
    >>> money(-47075), money(0)
    ('-470.75', '0.00')
    """
    return f"-{write_money(-amount_minor)}" if amount_minor < 0 else write_money(amount_minor)


def _lines(books: DayBooks) -> Iterator[str]:
    yield f"Books of {books.day}, MAD"
    yield ""
    yield _row("account", "opening", "debits", "credits", "closing")
    totals = [0, 0, 0, 0]
    for line in books.accounts:
        amounts = (line.opening_minor, line.debits_minor, line.credits_minor, line.closing_minor)
        if any(amounts):
            yield _row(line.code, *map(money, amounts))
        totals = [total + amount for total, amount in zip(totals, amounts, strict=True)]
    yield _row("total", *map(money, totals))
    if books.kinds:
        yield ""
        yield f"{'postings':<40}{'count':>8}{'amount':>15}"
        for each in books.kinds:
            yield f"{each.kind:<40}{each.count:>8}{money(each.amount_minor):>15}"
    moved = [each for each in books.statements if each.lines]
    if moved:
        yield ""
        yield f"{'to settle with creditors':<40}{'lines':>8}{'net':>15}"
        for statement in moved:
            net = money(statement.net_minor)
            yield f"{statement.creditor:<40}{len(statement.lines):>8}{net:>15}"
    yield ""
    if books.pending or books.untold:
        yield f"now: {books.pending} payments pending, {books.untold} callbacks not taken"
    yield from (f"WRONG: {problem}" for problem in books.problems)
    if not books.problems:
        yield "the books add up"


def _row(code: str, *amounts: str) -> str:
    return f"{code:<40}" + "".join(f"{amount:>15}" for amount in amounts)
