"""What a network file says of an issuer host, and the seed of its books."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from simulator.hosts.rules import RuleOrName
from switch.settings import Digits, Misfit, Model, MoneyMinor, Pan, Text
from switch.settings.keys import PinReference
from switch.settings.network import Port, Wire


class IssuerSettings(Wire):
    """The issuer's section of a network file."""

    port: Port
    interface: Text = "127.0.0.1"
    seed: Text
    """The file of the cards and accounts that its books begin with, beside the network file."""
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


class CardSeed(Model):
    """A card and the account behind it."""

    pan: Pan
    account: Text
    expiry: Annotated[str, Digits(4), AfterValidator(_month)]
    """YYMM; the card is valid through the last day of that month."""
    status: Literal["active", "lost", "stolen", "blocked"] = "active"
    pin_value: Annotated[str, Digits(4, 12)] | None = None
    """What stands for its PIN, as `pins` says: a PVV or an offset, never a PIN."""


class IssuerSeed(Model):
    """Everything that an issuer's books begin with."""

    pins: PinReference | None = None
    """How PINs are verified; none: they are not, and a PIN that comes is refused."""
    accounts: Annotated[tuple[AccountSeed, ...], Field(min_length=1)]
    cards: tuple[CardSeed, ...] = ()

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
