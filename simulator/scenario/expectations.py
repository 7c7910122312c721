"""What a scenario may expect: of an operation's result, and of the books."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from simulator.scenario.matchers import Count, Money, Outcome, Words, holds, wanted
from simulator.scenario.open_model import OpenModel
from simulator.terminal.result import OperationResult
from switch.settings import DurationS, Flag, Misfit, MoneyMinor, Text, Whole, write_money


@dataclass(frozen=True)
class Mismatch:
    """Something that was not as expected, in words for people."""

    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected}, found {self.found}"


def show_notes(notes: Mapping[int, int]) -> str:
    """Notes as a person counts them.

    >>> show_notes({200: 1, 20: 3}), show_notes({})
    ('1 x 200 + 3 x 20', 'no notes')
    """
    counted = [f"{count} x {note}" for note, count in sorted(notes.items(), reverse=True) if count]
    return " + ".join(counted) or "no notes"


def show_money(amount_minor: int | None) -> str:
    """An amount, or that there is none."""
    if amount_minor is None:
        return "nothing"
    return f"-{write_money(-amount_minor)}" if amount_minor < 0 else write_money(amount_minor)


def show_text(text: Any) -> str:
    """A text in quotes, or that there is none."""
    return "nothing" if text in (None, "") else repr(str(text))


def show_amounts(amounts: tuple[int, ...]) -> str:
    """Amounts in a row."""
    return ", ".join(map(show_money, amounts)) or "none"


PAID = frozenset({"amount", "notes", "approval_code", "settlement_reference", "reference"})


class ResultExpectation(OpenModel):
    """What must come of one operation at a terminal; what is not said may be anything."""

    KNOWN: ClassVar[frozenset[str]] = frozenset(
        {
            "outcome",
            "response_code",
            "words",
            "within",
            "receipt",
            "card_captured",
            "entry",
            "application",
            "certificate",
        }
    )
    BY_OPERATION: ClassVar[Mapping[str, frozenset[str]]] = {
        "withdraw": frozenset({"amount", "notes", "approval_code"}),
        "balance": frozenset({"ledger", "available"}),
        "mini_statement": frozenset({"lines"}),
        "transfer": frozenset({"amount", "approval_code"}),
        "deposit": frozenset({"amount", "notes", "approval_code"}),
        "enquire_bill": frozenset({"amount", "articles"}),
        "pay_bill": PAID,
        "top_up": PAID,
        "pay_code": PAID,
        "open_code": frozenset({"amount", "articles", "reference"}),
        "change_pin": frozenset(),
        "send_cash": frozenset({"amount", "approval_code", "reference"}),
        "collect": frozenset({"amount", "notes", "approval_code"}),
        "replenish": frozenset(),
        "count_cash": frozenset({"missing", "too_much", "amount"}),
        "take_out_of_service": frozenset(),
        "put_in_service": frozenset(),
        "sign_on": frozenset(),
        "sign_off": frozenset(),
        "open_till": frozenset({"amount"}),
        "move_cash": frozenset({"amount"}),
        "close_batch": frozenset({"amount", "missing", "too_much"}),
        "cash_in": frozenset({"amount", "notes", "approval_code"}),
        "cash_out": frozenset({"amount", "notes", "approval_code"}),
        "remit": frozenset({"amount", "notes", "approval_code", "reference"}),
        "cancel": frozenset({"amount", "notes"}),
        "pay_bills": frozenset({"amount", "lines"}),
    }

    outcome: Outcome | None = None
    response_code: Words | None = None
    """DE39 of the answer, such as "00"; nothing when no answer came."""
    words: Words | None = None
    """The response code, or the terminal's own reason, in words."""
    amount: Money | None = None
    """Of the operation; what is owed in all when a bill is enquired about."""
    notes: dict[Whole, Whole] | None = None
    """How many of each note were moved, by its value in dirhams; `{}`: none was."""
    ledger: Money | None = None
    available: Money | None = None
    articles: tuple[MoneyMinor, ...] | None = None
    """The prices of what is owed, in the order of the answer."""
    lines: Count | None = None
    """How many lines a mini statement has; of several bills, how many there were."""
    approval_code: Words | None = None
    settlement_reference: Words | None = None
    reference: Words | None = None
    """Of the bill, or of money sent."""
    missing: Money | None = None
    """What a count found to be missing."""
    too_much: Money | None = None
    receipt: tuple[Text, ...] | None = None
    """Texts that must be on what was printed; none: nothing was."""
    card_captured: Flag | None = None
    entry: Words | None = None
    """How a GAB read the card: "05" by its chip, "80" by the stripe since the chip failed."""
    application: Words | None = None
    """The chip's application identifier (AID); nothing when no chip was used."""
    certificate: Words | None = None
    """The chip's last word: TC or AAC, and its cryptogram."""
    within: Annotated[DurationS, Field(gt=0)] | None = None
    """The longest time from the request to its answer."""

    @model_validator(mode="after")
    def _says_something(self) -> ResultExpectation:
        if not self.model_fields_set:
            raise Misfit("nothing is expected here")
        return self

    def known_of(self, operation: str) -> frozenset[str]:
        """What can be expected of an operation."""
        return self.KNOWN | self.BY_OPERATION[operation]

    def mismatches(self, result: OperationResult) -> Iterator[Mismatch]:
        """What is not as expected."""
        seen: list[tuple[str, Any, Any, Callable[[Any], str]]] = [
            ("outcome", self.outcome, result.outcome, str),
            ("response_code", self.response_code, result.response_code, show_text),
            ("words", self.words, result.words, show_text),
            ("amount", self.amount, result.amount_minor, show_money),
            ("notes", self.notes, _counted(result.notes), show_notes),
            ("ledger", self.ledger, result.ledger_minor, show_money),
            ("available", self.available, result.available_minor, show_money),
            ("articles", self.articles, _prices(result), show_amounts),
            ("lines", self.lines, len(result.lines), str),
            ("approval_code", self.approval_code, result.approval_code, show_text),
            (
                "settlement_reference",
                self.settlement_reference,
                result.settlement_reference,
                show_text,
            ),
        ]
        seen += [
            ("reference", self.reference, result.reference, show_text),
            ("missing", self.missing, max(0, -(result.difference_minor or 0)), show_money),
            ("too_much", self.too_much, max(0, result.difference_minor or 0), show_money),
            ("card_captured", self.card_captured, result.card_captured, str),
            ("entry", self.entry, result.entry, show_text),
            ("application", self.application, result.application, show_text),
            ("certificate", self.certificate, result.certificate, show_text),
        ]
        yield from self._receipt(result)
        for name, expected, found, show in seen:
            if expected is not None and not holds(expected, found):
                yield Mismatch(name, wanted(expected, show), show(found))
        if self.within is not None and result.elapsed_s > self.within:
            yield Mismatch("time", f"at most {self.within:g} s", f"{result.elapsed_s:.3f} s")

    def _receipt(self, result: OperationResult) -> Iterator[Mismatch]:
        if self.receipt is None:
            return
        printed = "\n".join(result.receipt)
        missing = [text for text in self.receipt if text not in printed]
        if missing or (printed and not self.receipt):
            wished = ", ".join(map(repr, missing)) or "nothing printed"
            yield Mismatch("receipt", wished, show_text(printed))


class ReversalsExpectation(OpenModel):
    """The reversals of one party: `switch`, or a terminal."""

    owed: Count | None = None
    """Stored, and not acknowledged yet."""
    attempts: Count | None = None
    """How often those that are owed were sent."""
    acknowledged: Count | None = None
    """Acknowledged since the beginning."""


class RuleExpectation(OpenModel):
    """A rule of a host's behaviour."""

    acted: Count
    """How often it acted."""


class BooksExpectation(OpenModel):
    """What the books must say: of money first, then of what is owed."""

    accounts: dict[Text, Money] = Field(default_factory=dict)
    """The balance of the account behind a card, in its bank's own ledger."""
    dispensed: dict[Text, Money] = Field(default_factory=dict)
    """The notes that left a terminal, by its own journal."""
    taken_in: dict[Text, Money] = Field(default_factory=dict)
    """The cash that a terminal keeps, change deducted, by its own journal."""
    reversals: dict[Text, ReversalsExpectation] = Field(default_factory=dict)
    rules: dict[Text, RuleExpectation] = Field(default_factory=dict)
    """What came of the rules of a host, by their names."""


def _counted(notes: Mapping[int, int]) -> dict[int, int]:
    return {note: count for note, count in notes.items() if count}


def _prices(result: OperationResult) -> tuple[int, ...]:
    return tuple(article.amount_minor for article in result.articles)
