"""What the API takes: a model a request. Amounts are integers of minor units."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

AMOUNT_MINOR_MAX = 999_999_999_999
"""12 digits: what DE4 can say."""

ARTICLES_MAX = 50
"""Articles of one payment; DE48 has room for fewer."""

Key = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,120}$")]
AmountMinor = Annotated[int, Field(ge=0, le=AMOUNT_MINOR_MAX)]
PanDigits = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,19}$")]
Expiry = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}(0[1-9]|1[0-2])$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[ -~]{1,40}$")]
Stan = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
FormValue = Annotated[str, StringConstraints(max_length=64)]


class Request(BaseModel):
    """The base of every request: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class Origin(Request):
    """Where a request came from; kept with what it posts."""

    terminal_id: Code
    acceptor_id: Code | None = None
    stan: Stan
    rrn: Code


class Withdrawal(Origin):
    """Cash paid out by a terminal, from the account behind a card."""

    pan: PanDigits = Field(repr=False)
    expiry: Expiry | None = None
    account: Code | None = None
    amount_minor: AmountMinor
    currency: Currency


class Deposit(Withdrawal):
    """Cash taken in by a terminal, to the account behind a card."""


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


class ChosenArticle(Request):
    """An article to pay, with the price that the enquiry answered."""

    id: Code
    price_minor: AmountMinor


class Confirmation(Origin):
    """Pay articles of a reference, by card or with cash that the terminal took."""

    reference: Code
    creditor: Code
    kind: Code
    articles: list[ChosenArticle] = Field(min_length=1, max_length=ARTICLES_MAX)
    parameters: dict[str, FormValue] = Field(default_factory=dict, max_length=40)
    total_minor: AmountMinor
    currency: Currency
    means: Literal["card", "cash"]
    pan: PanDigits | None = Field(default=None, repr=False, validate_default=True)
    expiry: Expiry | None = None
    account: Code | None = None
    channel: Code

    @field_validator("pan", mode="after")
    @classmethod
    def _card_pays_by_card(cls, pan: str | None, info: ValidationInfo) -> str | None:
        means = info.data.get("means")
        if means == "card" and pan is None:
            raise ValueError("a payment by card needs its card")
        if means == "cash" and pan is not None:
            raise ValueError("a payment in cash has no card")
        return pan


class Cancellation(Request):
    """Undo an operation, whether or not it came; of a withdrawal, all but what was dispensed."""

    cancels: Key
    retained_minor: AmountMinor = 0
    reason: Code
    terminal_id: Code | None = None
    acceptor_id: Code | None = None
    stan: Stan | None = None
    rrn: Code | None = None
