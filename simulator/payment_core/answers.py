"""What the API answers: a model an answer. What does not apply is left out."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from simulator.payment_core.refusals import Reason
from simulator.payment_core.settings import ArticleKind


class Body(BaseModel):
    """The base of every answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(Body):
    """A business outcome; `reason` says why when declined.

    It is final and repeated as it is, unless it is `pending`: a creditor has yet to accept, and a
    repeat is given what came of it since.
    """

    outcome: Literal["approved", "declined", "pending"]
    reason: Reason | None = None
    field: str | None = None
    message: str | None = None
    approval_code: str | None = None
    chip: str | None = None
    """What the card is told, in hexadecimal: the answer to the cryptogram that came."""


class BalanceAnswer(Answer):
    """The account's balance after the operation; the available part counts from its floor."""

    account: str | None = None
    currency: str | None = None
    ledger_minor: int | None = None
    available_minor: int | None = None


class Line(Body):
    """A movement: positive came in, negative went out. The date is Morocco's."""

    date: str
    text: str
    amount_minor: int


class StatementAnswer(BalanceAnswer):
    """The last movements, newest first."""

    lines: list[Line] | None = None


class Article(Body):
    """One thing owed; all but a `bill` must be in any payment beside it."""

    id: str
    description: str
    date: str
    price_minor: int
    kind: ArticleKind


class DebtsAnswer(Answer):
    """What is owed, under a reference when anything is. Parameters are echoed at confirmation."""

    reference: str | None = None
    expires_at: str | None = None
    currency: str | None = None
    total_minor: int | None = None
    articles: list[Article] | None = None
    parameters: dict[str, str] | None = None


class ConfirmationAnswer(Answer):
    """The proof of payment, and the lines of its receipt."""

    settlement_reference: str | None = None
    currency: str | None = None
    total_minor: int | None = None
    receipt: list[str] | None = None


class CodeAnswer(Answer):
    """What is to be paid for a payment code: all of it, at once."""

    payment_code: str | None = None
    expires_at: str | None = None
    currency: str | None = None
    total_minor: int | None = None
    articles: list[Article] | None = None


class CodeStatus(Body):
    """What became of a payment code."""

    payment_code: str
    status: Literal["waiting", "paid", "cancelled", "expired", "not_found"]
    expires_at: str | None = None


class RemittanceAnswer(Answer):
    """The sender's reference; the code goes to the phone alone."""

    reference: str | None = None
    expires_at: str | None = None
    currency: str | None = None


class CancellationAnswer(Answer):
    """`returned_minor` is what this cancellation moved back: 0 when there was nothing to undo."""

    returned_minor: int | None = None


class OperationStatus(Body):
    """What became of the operation with a key. `cancelled` also when it never came."""

    key: str
    status: Literal["approved", "declined", "pending", "cancelled", "unknown"]
    kind: str | None = None
    reason: Reason | None = None
    at: str | None = None
    retained_minor: int | None = None


class ReferenceArticle(Article):
    """An article of a reference, and whether it is paid (under whichever reference)."""

    paid: bool


class ReferenceStatus(Body):
    """What became of a reference."""

    reference: str
    status: Literal["waiting", "partly_paid", "paid", "expired", "unknown"]
    creditor: str | None = None
    kind: str | None = None
    expires_at: str | None = None
    articles: list[ReferenceArticle] | None = None


class Translations(Body):
    """A text for people, in French, Arabic and English."""

    fr: str
    ar: str
    en: str


class Creditor(Body):
    """Who can be paid; `sells_to` and `label_expires` of a merchant, the latter of its label."""

    id: str
    name: Translations
    active: bool
    sells_to: Literal["consumers", "companies"] | None = None
    label_expires: str | None = None


class Channel(Body):
    """A way to reach the core; the fee is for a payment of bills."""

    name: str
    label: Translations | None = None
    fee_minor: int | None = None
    online: bool
    active: bool


class Channels(Body):
    """Those that may be used; none: any may."""

    channels: list[Channel]


class Creditors(Body):
    creditors: list[Creditor]


class Kind(Body):
    kind: str
    label: Translations


class Kinds(Body):
    creditor: str
    kinds: list[Kind]


class FormField(Body):
    """One field of a form; `values` for a select only."""

    name: str
    label: Translations
    type: Literal["text", "select", "password", "label"]
    format: Literal["string", "integer", "real"]
    min_length: int
    max_length: int
    required: bool
    values: list[str]


class Form(Body):
    creditor: str
    kind: str
    fields: list[FormField]


class AccountBalance(Body):
    """Positive: the bank owes it (see the ledger's sign rule)."""

    code: str
    kind: str
    balance_minor: int


class TrialBalance(Body):
    """Every account; `total_minor` is always zero."""

    currency: str
    accounts: list[AccountBalance]
    total_minor: int


class Health(Body):
    status: Literal["ok"]


class InvalidDetail(Body):
    """`field` is the path of what is wrong in the body, or the header `Idempotency-Key`."""

    reason: Literal["invalid", "key_reused"]
    field: str
    message: str


class Invalid(Body):
    """A request that breaks this description, or a key that came before with another body."""

    error: InvalidDetail


class TextMessage(Body):
    """What a phone was sent."""

    at: str
    text: str


class TextMessages(Body):
    """Oldest first."""

    phone: str
    messages: list[TextMessage]


class Error(Body):
    """A request that could not be served; one word says why."""

    error: str
