"""What the API takes: a model a request. Amounts are integers of minor units."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from simulator.payment_core.settings import PayingMeans

AMOUNT_MINOR_MAX = 999_999_999_999
"""12 digits: what DE4 can say."""

ARTICLES_MAX = 50
"""Articles of one payment; DE48 has room for fewer."""

REFERENCES_MAX = 10
"""References behind one payment code."""

Key = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,120}$")]
AmountMinor = Annotated[int, Field(ge=0, le=AMOUNT_MINOR_MAX)]
PanDigits = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,19}$")]
Expiry = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}(0[1-9]|1[0-2])$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[ -~]{1,40}$")]
Stan = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
FormValue = Annotated[str, StringConstraints(max_length=64)]


Phone = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
CashCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]


class Request(BaseModel):
    """The base of every request: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class PinBlock(Request):
    """A PIN under the zone key that the caller shares with the core; it is never kept."""

    format: Literal["0", "1", "3", "4"]
    block: Annotated[str, StringConstraints(pattern=r"^([0-9A-F]{16}|[0-9A-F]{32})$")] = Field(
        repr=False
    )


class ChipData(Request):
    """What a chip sent for its issuer: DE55 in hexadecimal, and the card sequence number."""

    sequence: Annotated[str, StringConstraints(pattern=r"^[0-9]{2,3}$")] = "00"
    data: Annotated[str, StringConstraints(pattern=r"^([0-9A-F]{2}){1,255}$")] = Field(repr=False)


class Origin(Request):
    """Where a request came from; kept with what it posts."""

    terminal_id: Code
    acceptor_id: Code | None = None
    stan: Stan
    rrn: Code
    pin: PinBlock | None = Field(default=None, repr=False)
    """Of the card."""
    chip: ChipData | None = Field(default=None, repr=False)
    """Of the card."""


class Withdrawal(Origin):
    """Cash paid out by a terminal, from the account behind a card, or from one that is named."""

    pan: PanDigits | None = Field(default=None, repr=False)
    expiry: Expiry | None = None
    account: Code | None = Field(default=None, validate_default=True)
    amount_minor: AmountMinor
    currency: Currency

    @field_validator("account", mode="after")
    @classmethod
    def _somebodys(cls, account: str | None, info: ValidationInfo) -> str | None:
        if account is None and info.data.get("pan") is None:
            raise ValueError("a card or an account is needed")
        return account


class Deposit(Withdrawal):
    """Cash taken in by a terminal, to the account behind a card, or to one that is named."""


class Remittance(Origin):
    """Money for whoever has the code that is sent to `phone`, to be collected in cash elsewhere.

    It comes from the account behind a card, from one that is named, or is cash that the terminal
    took in.
    """

    pan: PanDigits | None = Field(default=None, repr=False)
    expiry: Expiry | None = None
    account: Code | None = None
    amount_minor: AmountMinor
    currency: Currency
    phone: Phone


class Collection(Origin):
    """Cash paid out for a remittance: to who has its code and phone, or back to its sender, who
    has its reference, at the terminal that took it.
    """

    code: CashCode | None = Field(default=None, repr=False)
    phone: Phone | None = None
    reference: Code | None = Field(default=None, validate_default=True)
    amount_minor: AmountMinor
    currency: Currency

    @field_validator("reference", mode="after")
    @classmethod
    def _one_proof(cls, reference: str | None, info: ValidationInfo) -> str | None:
        proof = (info.data.get("code"), info.data.get("phone"))
        if (reference is None) == (None in proof) or (reference is not None and any(proof)):
            raise ValueError("either code and phone, or a reference")
        return reference


class TillDifference(Origin):
    """What a count of a till found to be missing or too much."""

    direction: Literal["short", "over"]
    amount_minor: AmountMinor
    currency: Currency


class Transfer(Origin):
    """Money moved from the account behind a card to another account of the bank."""

    pan: PanDigits = Field(repr=False)
    expiry: Expiry | None = None
    from_account: Code
    to_account: Code
    amount_minor: AmountMinor
    currency: Currency


class BalanceEnquiry(Request):
    """The balance of the account behind a card, or its last movements. Posts nothing."""

    pan: PanDigits = Field(repr=False)
    expiry: Expiry | None = None
    account: Code | None = None
    terminal_id: Code | None = None
    acceptor_id: Code | None = None
    stan: Stan | None = None
    rrn: Code | None = None
    pin: PinBlock | None = Field(default=None, repr=False)
    """Of the card."""
    chip: ChipData | None = Field(default=None, repr=False)
    """Of the card."""


class PinChange(Origin):
    """Another PIN for a card: `pin` is the current one, and is needed here."""

    pan: PanDigits = Field(repr=False)
    expiry: Expiry | None = None
    new_pin: PinBlock = Field(repr=False)


class DebtEnquiry(Request):
    """What does this customer of a creditor owe? Opens a reference when anything is owed."""

    creditor: Code
    kind: Code
    form: dict[str, FormValue] = Field(max_length=20, repr=False)
    channel: Code
    terminal_id: Code | None = None
    acceptor_id: Code | None = None
    stan: Stan | None = None
    rrn: Code | None = None


def fitting_card(pan: str | None, info: ValidationInfo) -> str | None:
    """The card of a payment; raises ValueError when it does not fit the means."""
    means = info.data.get("means")
    if means == "card" and pan is None:
        raise ValueError("a payment by card needs its card")
    if means in ("cash", "account", "authorised") and pan is not None:
        raise ValueError(f"a payment by {means} has no card")
    return pan


def fitting_account(account: str | None, info: ValidationInfo) -> str | None:
    """The account of a payment; raises ValueError when it does not fit the means."""
    if info.data.get("means") == "account" and account is None:
        raise ValueError("a payment from an account names it")
    return account


PayingPan = Annotated[PanDigits | None, AfterValidator(fitting_card)]
PayingAccount = Annotated[Code | None, AfterValidator(fitting_account)]


def fitting_bank(authorised_by: str | None, info: ValidationInfo) -> str | None:
    """Another bank is named by what it authorised, and by nothing else."""
    if (info.data.get("means") == "authorised") != (authorised_by is not None):
        raise ValueError("`authorised_by` goes with means `authorised`")
    return authorised_by


AuthorisedBy = Annotated[Code | None, AfterValidator(fitting_bank)]


class PaymentCodeRequest(Request):
    """One code for the debts of these references, payable on any channel."""

    references: list[Code] = Field(min_length=1, max_length=REFERENCES_MAX)
    channel: Code
    expires_in_s: Annotated[int, Field(ge=1)] | None = None
    """Never after the first of its references; with the first of them unless said."""


class PaymentCodeEnquiry(Request):
    """What is to be paid for a code."""

    payment_code: Code
    channel: Code
    terminal_id: Code | None = None
    acceptor_id: Code | None = None
    stan: Stan | None = None
    rrn: Code | None = None


class Payment(Origin):
    """What pays a total: a card, an account, cash that the terminal took, or what another bank
    authorised for a card of its own."""

    total_minor: AmountMinor
    currency: Currency
    means: PayingMeans
    pan: PayingPan = Field(default=None, repr=False, validate_default=True)
    expiry: Expiry | None = None
    account: PayingAccount = Field(default=None, validate_default=True)
    authorised_by: AuthorisedBy = Field(default=None, validate_default=True)
    """Through whom another bank authorised it for a card of its own: it owes us."""
    authorisation: Code | None = None
    """The approval code that it gave."""
    channel: Code


class CodePayment(Payment):
    """Pay everything that a payment code stands for, at once."""

    payment_code: Code


class ChosenArticle(Request):
    """An article to pay, with the price that the enquiry answered."""

    id: Code
    price_minor: AmountMinor


class Confirmation(Payment):
    """Pay articles of a reference."""

    reference: Code
    creditor: Code
    kind: Code
    articles: list[ChosenArticle] = Field(min_length=1, max_length=ARTICLES_MAX)
    parameters: dict[str, FormValue] = Field(default_factory=dict, max_length=40)


class Decision(Request):
    """What a creditor says of a payment that is pending; signed by it."""

    creditor: Code
    settlement_reference: Code
    decision: Literal["accepted", "refused"]
    receipt: Code | None = None
    """Its own number for it."""


class Cancellation(Request):
    """Undo an operation, whether or not it came; of a withdrawal, all but what was dispensed."""

    cancels: Key
    retained_minor: AmountMinor = 0
    reason: Code
    terminal_id: Code | None = None
    acceptor_id: Code | None = None
    stan: Stan | None = None
    rrn: Code | None = None
