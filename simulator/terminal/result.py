"""What came of one operation at a terminal, as the person in front of it knows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["approved", "declined", "in_doubt"]


@dataclass(frozen=True)
class Article:
    """One thing owed: its identification at the creditor and its price."""

    id: str
    amount_minor: int


@dataclass(frozen=True)
class OperationResult:
    """One operation, from the first key pressed to the receipt.

    `outcome` is the terminal's own: `in_doubt` when no answer reached it. Amounts are integers
    of minor units; `notes` counts the banknotes that left the cassettes (or came into the till)
    by denomination in whole dirhams; `elapsed_s` runs from the request to its answer or to the
    moment the terminal gave up.
    """

    operation: str
    """withdraw, balance, pay_bill: the word of the step that does it."""
    terminal: str
    outcome: Outcome
    response_code: str = ""
    words: str = ""
    """The response code, or the terminal's own reason, in words."""
    amount_minor: int = 0
    currency: str = "504"
    elapsed_s: float = 0.0
    stan: str = ""
    rrn: str = ""
    card: str = ""
    """Masked; empty when no card was used."""
    approval_code: str = ""
    notes: dict[int, int] = field(default_factory=dict)
    ledger_minor: int | None = None
    available_minor: int | None = None
    lines: tuple[str, ...] = ()
    """Of a mini statement, or the receipt's."""
    creditor: str = ""
    kind: str = ""
    """Of the bill that was enquired about or paid."""
    reference: str = ""
    """Transaction reference that a bill enquiry opened."""
    articles: tuple[Article, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)
    settlement_reference: str = ""
    difference_minor: int | None = None
    """What a count found too much; less than zero: missing."""
    receipt: tuple[str, ...] = ()
    """What was printed for the customer, in logical order."""
    application: str = ""
    """Of the chip that was used: its application identifier (AID)."""
    certificate: str = ""
    """What the chip gave in the end: `TC` or `AAC` and 16 hexadecimal digits."""
    entry: str = ""
    """How the card was read, in the first two digits of DE22; empty where no card was read so."""
    card_captured: bool = False
    """Whether the terminal kept the card."""
