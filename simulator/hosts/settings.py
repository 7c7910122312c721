"""What a network file says of an issuer host, and the seed of its books."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from simulator.hosts.conversion import RateSettings
from simulator.hosts.limits import LimitSettings
from simulator.hosts.rules import RuleOrName
from switch.settings import Digits, Misfit, Model, MoneyMinor, Pan, Text
from switch.settings.keys import PinReference
from switch.settings.network import DatabaseUrl, Port, Wire


class IssuerSettings(Wire):
    """The issuer's section of a network file."""

    port: Port
    interface: Text = "127.0.0.1"
    seed: Text
    """The file of the cards and accounts that its books begin with, beside the network file."""
    database: Annotated[DatabaseUrl | None, Field(repr=False)] = None
    """Of its books; none: the file issuer.db in their folder."""
    rules: tuple[RuleOrName, ...] = ()
    """What it does otherwise than it should: rules, or names of files of them (docs/hosts.md)."""


def _month(expiry: str) -> str:
    if not 1 <= int(expiry[2:]) <= 12:
        raise ValueError(f"expected an expiry as YYMM: there is no month {expiry[2:]}")
    return expiry


class AccountSeed(Model):
    """An account and what is on it at a fresh start."""

    id: Annotated[Text, Field(pattern="^[A-Za-z0-9]{1,24}$")]
    holder: Text
    balance: MoneyMinor = 0
    currency: Annotated[str, Digits(3)] = "504"


class CardSeed(Model):
    """A card and the account behind it."""

    pan: Pan
    account: Text
    expiry: Annotated[str, Digits(4), AfterValidator(_month)]
    """YYMM; the card is valid through the last day of that month."""
    status: Literal["active", "lost", "stolen", "blocked"] = "active"
    pin_value: Annotated[str, Digits(4, 12)] | None = None
    """What stands for its PIN, as `pins` says: a PVV or an offset, never a PIN."""
    limits: LimitSettings | None = None
    """Its own, in place of those of all cards."""


class EcommerceSettings(Model):
    """What is asked of a card that is used on the internet (DE22 81x)."""

    accepts: Annotated[tuple[Text, ...], Field(min_length=1)] = ("Y", "A")
    """Results of 3-D Secure that will do: Y authenticated, A attempted."""
    status: Annotated[Text, Field(pattern=r"^[0-9]{1,3}(\.[0-9A-Za-z]+)?$")] = "48.32"
    """Where a message has the result: an element, or a part of one."""
    refuse_with: Annotated[str, Digits(2)] = "59"
    """DE39 of others, and of messages without a result."""


class IssuerSeed(Model):
    """Everything that an issuer's books begin with."""

    pins: PinReference | None = None
    """How PINs are verified; none: they are not, and a PIN that comes is refused."""
    accounts: Annotated[tuple[AccountSeed, ...], Field(min_length=1)]
    cards: tuple[CardSeed, ...] = ()
    limits: LimitSettings | None = None
    """Of every card that has none of its own, in one day."""
    ecommerce: EcommerceSettings | None = None
    """None: a card may be used on the internet whatever 3-D Secure says."""
    rates: tuple[RateSettings, ...] = ()
    """For accounts in another currency than the request, and for settlement."""
    settles_in: Annotated[str, Digits(3)] | None = None
    """The currency of settlement: answers then have DE5, 9 and 50."""

    @model_validator(mode="after")
    def _consistent(self) -> IssuerSeed:
        known = Counter(account.id for account in self.accounts)
        for place, account in enumerate(self.accounts):
            if known[account.id] > 1:
                raise Misfit(f"account {account.id} is there twice", "accounts", place, "id")
        numbers = Counter(card.pan.clear for card in self.cards)
        for place, card in enumerate(self.cards):
            if card.account not in known:
                raise Misfit(f"no account {card.account}", "cards", place, "account")
            if numbers[card.pan.clear] > 1:
                raise Misfit("this card is there twice", "cards", place, "pan")
        return self
