"""The seed of the core: the accounts, cards, creditors and bills that its books begin with."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from switch.settings import Digits, DurationS, Flag, Misfit, Model, MoneyMinor, Pan, Text, Whole
from switch.settings.keys import PinReference

FORM_VALUE_MAX = 64
"""Characters of one form value: a whole form must fit in the 999 bytes of DE48."""


def rib_key(first_22: str) -> str:
    """The key of a RIB: 97 less the remainder of its first 22 digits, times 100, by 97.

    >>> rib_key("0115190000012050005349")
    '21'
    """
    return f"{97 - int(first_22) * 100 % 97:02}"


def _checked_rib(rib: str) -> str:
    if (right := rib_key(rib[:22])) != rib[22:]:
        raise ValueError(f"the key of this RIB is wrong: it ends in {rib[22:]}, not in {right}")
    return rib


def _checked_expiry(expiry: str) -> str:
    if not 1 <= int(expiry[2:]) <= 12:
        raise ValueError(f"expected an expiry as YYMM: there is no month {expiry[2:]}")
    return expiry


def _checked_date(text: str) -> str:
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError("expected a date such as 2026-10-31")
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError("expected a date that the calendar has") from None
    return text


def _checked_identifier(text: str) -> str:
    if not re.fullmatch("[A-Za-z0-9_-]{1,24}", text):
        raise ValueError("expected 1 to 24 letters, digits, '-' or '_'")
    return text


Rib = Annotated[str, Digits(24), AfterValidator(_checked_rib)]
Day = Annotated[Text, AfterValidator(_checked_date)]
Identifier = Annotated[Text, AfterValidator(_checked_identifier)]
CreditorId = Annotated[str, Digits(4)]
KindCode = Annotated[str, Digits(2)]
ChannelName = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{0,23}$")]
Price = Annotated[MoneyMinor, Field(gt=0)]
ArticleKind = Literal["bill", "fee", "mandatory", "stamp"]
PayingMeans = Literal["card", "cash", "account", "authorised"]


class Words(Model):
    """A text shown to people, in their language."""

    fr: Text
    ar: Text
    en: Text


class AccountSettings(Model):
    """A customer's account and what is on it at a fresh start."""

    rib: Rib
    holder: Text
    balance: MoneyMinor = 0


class LimitSettings(Model):
    """How much of one kind, and how often; what is not said is not limited."""

    per_operation: Price | None = None
    per_day: Price | None = None
    times_a_day: Annotated[Whole, Field(ge=1)] | None = None


class LimitsSettings(Model):
    """What a card may do in a day of Morocco. What was cancelled does not count."""

    withdrawal: LimitSettings = LimitSettings()
    """Cash."""
    payment: LimitSettings = LimitSettings()
    """Bills, whatever the channel."""
    transfer: LimitSettings = LimitSettings()
    """To another account, or to a phone."""


class CardSettings(Model):
    """A card of the bank, and the account behind it."""

    pan: Pan
    account: Rib
    expiry: Annotated[str, Digits(4), AfterValidator(_checked_expiry)]
    """YYMM; the card is valid through the last day of that month."""
    status: Literal["active", "lost", "stolen", "blocked"] = "active"
    limits: LimitsSettings | None = None
    """Its own, in place of those of all cards."""
    pin_value: Annotated[str, Digits(4, 12)] | None = None
    """What stands for its PIN, as `pins` says: a PVV or an offset, never a PIN."""


class FieldSettings(Model):
    """One field of the form that identifies a customer."""

    name: Identifier
    label: Words
    type: Literal["text", "select", "password", "label"] = "text"
    """`password` is not kept nor shown; `label` is shown and never sent."""
    format: Literal["string", "integer", "real"] = "string"
    min_length: Annotated[Whole, Field(ge=1, le=FORM_VALUE_MAX)] = 1
    max_length: Annotated[Whole, Field(ge=1, le=FORM_VALUE_MAX)] = FORM_VALUE_MAX
    required: Flag = True
    values: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> FieldSettings:
        if self.min_length > self.max_length:
            raise Misfit("min_length is more than max_length", "min_length")
        if self.type == "select" and not self.values:
            raise Misfit("a select needs its values", "type")
        if self.type != "select" and self.values:
            raise Misfit(f"a field of type {self.type} has no values", "values", on_key=True)
        return self


class ListedBills(Model):
    """Debts are the bills listed below; a customer that is not listed owes nothing."""

    source: Literal["bills"]


class ChosenAmount(Model):
    """The customer chooses what to pay, such as a mobile top-up: each enquiry is a new article."""

    source: Literal["amount"]
    field: Identifier
    """The field that says how much, in whole dirhams."""
    description: Text


class Band(Model):
    """A price of a tariff, up to and including a value; without `up_to`, for all above."""

    up_to: Whole | None = None
    price: MoneyMinor


class Tariff(Model):
    """Debts computed from a table, such as the car tax: one article a year and customer."""

    source: Literal["tariff"]
    identity: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    """The fields that say who owes, such as plate and year; the others only make the price."""
    column: Identifier
    """The field whose value chooses a column of the table."""
    row: Identifier
    """The whole number that is looked up in that column's bands."""
    description: Text
    table: dict[str, Annotated[tuple[Band, ...], Field(min_length=1)]]

    @model_validator(mode="after")
    def _bands_rise(self) -> Tariff:
        for column, bands in self.table.items():
            limits = [band.up_to for band in bands]
            closed = [limit for limit in limits[:-1] if limit is not None]
            last = limits[-1]
            if len(closed) != len(limits) - 1 or last is not None:
                raise Misfit("only the last band, and it alone, is without up_to", "table", column)
            if closed != sorted(set(closed)):
                raise Misfit("the bands must rise", "table", column)
        return self


class KindSettings(Model):
    """A kind of debt of a creditor: its form, and where its debts come from."""

    kind: KindCode
    label: Words
    form: Annotated[tuple[FieldSettings, ...], Field(min_length=1)]
    debts: Annotated[ListedBills | ChosenAmount | Tariff, Field(discriminator="source")]


class LabelSettings(Model):
    """The e-thiq@ label of a merchant, valid two years: without it, nothing is sold online."""

    number: Identifier
    expires: Day
    """The last day on which it counts."""


class MerchantSettings(Model):
    """A creditor that sells: to consumers (B2C), or to companies that it bills (B2B)."""

    sells_to: Literal["consumers", "companies"]
    label: LabelSettings | None = None


class CallbackSettings(Model):
    """Where a creditor is told of payments to it, signed with HMAC-SHA256 under its secret."""

    url: Annotated[Text, Field(pattern=r"^http://[A-Za-z0-9.-]+:[0-9]{1,5}/[!-~]*$")]
    """Such as http://127.0.0.1:8589/callbacks; over a network, a proxy adds TLS."""
    secret: Annotated[Text, Field(min_length=16, repr=False)]
    decides: Flag = False
    """Whether a payment is pending until it accepts."""
    timeout: Annotated[DurationS, Field(gt=0)] = 5.0
    first_pause: Annotated[DurationS, Field(gt=0)] = 1.0
    """Before it is told again; each pause is twice the one before."""
    longest_pause: Annotated[DurationS, Field(gt=0)] = 60.0
    attempts_max: Annotated[Whole, Field(ge=1)] = 1000
    """Then it is given up, and logged: about 17 hours at the longest pause."""


class CreditorSettings(Model):
    """Who is paid: a utility, a telco, a tax office, a merchant."""

    id: CreditorId
    name: Words
    active: Flag = True
    """Whether anything may be asked or paid; one that is not is still listed."""
    merchant: MerchantSettings | None = None
    means: Annotated[tuple[PayingMeans, ...], Field(min_length=1)] = get_args(PayingMeans)
    """What may pay it; `authorised` is a card of another bank."""
    callback: CallbackSettings | None = None
    kinds: Annotated[tuple[KindSettings, ...], Field(min_length=1)]


class ArticleSettings(Model):
    """One thing that a customer owes. All but a `bill` must be in any payment beside it."""

    id: Identifier
    description: Text
    date: Day
    price: Price
    kind: ArticleKind = "bill"


class BillSettings(Model):
    """What one customer of a creditor owes; no articles: a known customer who owes nothing."""

    creditor: CreditorId
    kind: KindCode
    form: dict[str, Text]
    parameters: dict[str, Text] = Field(default_factory=dict)
    """Global parameters of the answer beside the form's values, echoed at confirmation."""
    articles: tuple[ArticleSettings, ...] = ()


class DebtorSettings(Model):
    """Whose debts: what a customer would fill in."""

    creditor: CreditorId
    kind: KindCode
    form: dict[str, Text]


class ChannelSettings(Model):
    """A way to reach the core, such as GABs or mobile banking."""

    label: Words | None = None
    fee: Price | None = None
    """What the bank takes there for a payment of bills: an article of kind `fee`."""
    online: Flag = False
    """Whether merchants need their label there."""
    active: Flag = True


class PaymentCodeSettings(Model):
    """One code for everything that these customers of creditors owe at a fresh start."""

    pays: Annotated[tuple[DebtorSettings, ...], Field(min_length=1, max_length=10)]
    lifetime: Annotated[DurationS, Field(gt=0)] = 7 * 86400.0


class CoreSettings(Model):
    """Everything that the core's books begin with."""

    reference_lifetime: Annotated[DurationS, Field(gt=0)] = 7 * 86400.0
    """How long what an enquiry answered may be paid."""
    remittance_lifetime: Annotated[DurationS, Field(gt=0)] = 7 * 86400.0
    """How long money sent to a phone may be collected by its code."""
    channels: dict[ChannelName, ChannelSettings] = Field(default_factory=dict)
    """Those that may be used, by name; none: any may, without a fee."""
    limits: LimitsSettings = LimitsSettings()
    """Of each card that has none of its own."""
    pins: PinReference | None = None
    """How PINs are verified; none: they are not, and a PIN that comes is refused."""
    accounts: tuple[AccountSettings, ...] = ()
    cards: tuple[CardSettings, ...] = ()
    creditors: tuple[CreditorSettings, ...] = ()
    bills: tuple[BillSettings, ...] = ()
    payment_codes: tuple[PaymentCodeSettings, ...] = ()
    """Given before the books begin, such as a code printed on a bill; the first is 700000000001."""
