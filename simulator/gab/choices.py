"""What a customer can want of a GAB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from simulator.terminal.result import Article, OperationResult


@dataclass(frozen=True)
class Withdrawal:
    """Cash."""

    amount_minor: int
    operation = "withdraw"


@dataclass(frozen=True)
class Enquiry:
    """The balance, or the last movements."""

    operation: Literal["balance", "mini_statement"]
    amount_minor = 0


@dataclass(frozen=True)
class Transfer:
    """From one account (RIB) to another."""

    from_account: str
    to_account: str
    amount_minor: int
    operation = "transfer"


@dataclass(frozen=True)
class Deposit:
    """Notes, counted by denomination in whole dirhams."""

    notes: Mapping[int, int]
    operation = "deposit"

    @property
    def amount_minor(self) -> int:
        return sum(note * count * 100 for note, count in self.notes.items())


@dataclass(frozen=True)
class Bill:
    """What a creditor's form finds, looked at, or paid too with `pay`.

    `articles` chooses among what is found; all of it is paid when that is None.
    """

    creditor: str
    kind: str
    form: Mapping[str, str]
    pay: bool = False
    articles: tuple[Article | str, ...] | None = None
    operation: Literal["enquire_bill", "pay_bill", "top_up"] = "enquire_bill"
    amount_minor = 0


@dataclass(frozen=True)
class KnownBill:
    """What an earlier enquiry found, or the `articles` chosen of it."""

    creditor: str
    kind: str
    enquiry: OperationResult
    articles: tuple[Article | str, ...] | None = None
    operation = "pay_bill"
    amount_minor = 0


@dataclass(frozen=True)
class CodePayment:
    """Everything that a payment code stands for, looked at, or paid too with `pay`."""

    code: str
    pay: bool = True
    operation = "pay_code"
    amount_minor = 0


@dataclass(frozen=True)
class SendCash:
    """Money of the account to a phone, whose holder collects it in cash without a card."""

    amount_minor: int
    phone: str
    operation = "send_cash"


@dataclass(frozen=True)
class CollectCash:
    """Cash without a card, by the code that the phone was sent."""

    amount_minor: int
    phone: str
    code: str = field(repr=False)
    operation = "collect"


@dataclass(frozen=True)
class PinChange:
    """Another PIN, entered twice when it is asked for."""

    operation = "change_pin"
    amount_minor = 0


WITHOUT_CARD = (Bill, CodePayment, CollectCash)
"""What somebody without a card can ask for; a bill can then only be looked at."""

Choice = (
    Withdrawal
    | Enquiry
    | Transfer
    | Deposit
    | Bill
    | KnownBill
    | CodePayment
    | SendCash
    | CollectCash
    | PinChange
)
