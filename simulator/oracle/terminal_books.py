"""What a terminal did, read from its own journal: `docs/journals.md` lists the events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

Kind = Literal["dispensed", "taken_in", "by_card", "missing", "too_much"]

CASHLESS = frozenset({"transfer", "pay_bill", "send_cash"})
"""Operations that move money and no cash, by card or from an account."""


class BookError(Exception):
    """A book that cannot be read: nothing can be said of the money."""


@dataclass(frozen=True)
class Deed:
    """Something that a terminal did and that stands.

    `amount_minor` is what the answer approved; `cash_minor` what was counted in notes and coins,
    None when no cash moved.
    """

    terminal: str
    kind: Kind
    operation: str
    stan: str
    rrn: str
    amount_minor: int
    cash_minor: int | None
    at: str
    card: str = ""


@dataclass
class TerminalBook:
    """The journal of one terminal, summed up."""

    terminal: str
    deeds: list[Deed] = field(default_factory=list)
    owed: dict[str, str] = field(default_factory=dict)
    """Reversals owed and not acknowledged: STAN by RRN."""
    acknowledged: int = 0

    def sum_minor(self, *kinds: Kind) -> int:
        """The cash of all deeds of these kinds."""
        return sum(deed.cash_minor or 0 for deed in self.deeds if deed.kind in kinds)

    @property
    def dispensed_minor(self) -> int:
        return self.sum_minor("dispensed")

    @property
    def taken_in_minor(self) -> int:
        return self.sum_minor("taken_in")


def read_terminal_book(path: Path) -> TerminalBook:
    """The book of the journal at `path`; a last line cut short does not count yet.

    Raises BookError when it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise BookError(f"{path.name}: {error}") from None
    book = TerminalBook(path.stem)
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        try:
            _enter(book, json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BookError(f"{path.name}:{number}: not an event: {error!r}") from None
    return book


def _enter(book: TerminalBook, event: Mapping[str, Any]) -> None:
    match event["event"]:
        case "dispense":
            book.deeds.append(_deed(book, event, "dispensed", _notes_minor(event["notes"])))
        case "retracted" | "found" if event.get("returned_minor"):
            _take_back(book, event["rrn"], event["returned_minor"])
        case "deposit":
            book.deeds.append(_deed(book, event, "taken_in", _notes_minor(event["notes"])))
        case "cash_in":
            kept_minor = _pieces_minor(event["pieces"]) - _pieces_minor(event.get("change", {}))
            book.deeds.append(_deed(book, event, "taken_in", kept_minor))
        case "paid_out":
            book.deeds.append(_deed(book, event, "dispensed", _pieces_minor(event["pieces"])))
        case "difference":
            kind: Kind = "missing" if event["direction"] == "short" else "too_much"
            book.deeds.append(_deed(book, event, kind, None))
        case "cancelled":
            _take_back(book, event["rrn"], event["returned_minor"])
        case "done" if event["operation"] in CASHLESS:
            book.deeds.append(_deed(book, event, "by_card", None))
        case "reversal_owed" | "reversal":
            book.owed[event["rrn"]] = event["stan"]
        case "reversal_acknowledged":
            book.owed.pop(event["rrn"], None)
            book.acknowledged += 1


def _take_back(book: TerminalBook, rrn: str, returned_minor: int) -> None:
    """Notes of a dispense are inside again, and their amount goes back to the account."""
    (place,) = (at for at, deed in enumerate(book.deeds) if deed.rrn == rrn)
    deed = book.deeds.pop(place)
    left_minor = deed.amount_minor - returned_minor
    if left_minor:
        book.deeds.insert(place, replace(deed, amount_minor=left_minor, cash_minor=left_minor))


def _deed(book: TerminalBook, event: Mapping[str, Any], kind: Kind, cash: int | None) -> Deed:
    return Deed(
        terminal=book.terminal,
        kind=kind,
        operation=event["operation"],
        stan=event["stan"],
        rrn=event["rrn"],
        amount_minor=int(event.get("amount_minor", 0)),
        cash_minor=cash,
        at=event["at"],
        card=event.get("card", ""),
    )


def _notes_minor(notes: Mapping[str, int]) -> int:
    """Notes are counted by their value in whole dirhams."""
    return sum(int(note) * 100 * count for note, count in notes.items())


def _pieces_minor(pieces: Mapping[str, int]) -> int:
    """Notes and coins are counted by their value in centimes."""
    return sum(int(piece) * count for piece, count in pieces.items())


def books_in(folders: Iterable[Path]) -> list[TerminalBook]:
    """The books of every journal in these folders, by terminal."""
    paths = sorted(path for folder in folders for path in folder.glob("*.jsonl"))
    return [read_terminal_book(path) for path in paths]
