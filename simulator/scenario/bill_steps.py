"""Bills: by card at a GAB; in cash, by account or by code at a counter."""

from __future__ import annotations

from pydantic import Field

from simulator.scenario.at_terminals import AtTerminal, PaymentCode
from simulator.scenario.fields import CreditorId, KindCode, Some
from simulator.scenario.open_model import OpenModel
from switch.settings import MoneyMinor, Text, Whole


class Bill(AtTerminal):
    """A bill: by card at a GAB, in cash at a counter."""

    card: Text | None = None
    creditor: CreditorId
    kind: KindCode
    form: dict[Text, Text] = Field(default_factory=dict)
    """What identifies the customer of the creditor: the values of the kind's form."""


class EnquireBill(Bill):
    """Ask what is owed."""


class PayBill(Bill):
    """Pay what the last enquiry of this bill at this terminal found; without one, enquire first."""

    articles: Some[Text] | None = None
    """Which of the articles owed; all of them unless said."""
    account: Text | None = None
    """At a counter, the account that pays instead of cash: a card, or a RIB."""
    tendered: dict[MoneyMinor, Whole] | None = None
    """In cash: how many of each note and coin are given; the exact amount unless said."""


class BillOfBasket(OpenModel):
    """One bill of a basket."""

    creditor: CreditorId
    kind: KindCode
    form: dict[Text, Text] = Field(default_factory=dict)


class OpenCode(AtTerminal):
    """One payment code for a basket of bills: the result's `reference`."""

    bills: Some[BillOfBasket]


class PayCode(AtTerminal):
    """Pay everything that a payment code stands for."""

    code: PaymentCode
    card: Text | None = None
    account: Text | None = None
    """At a counter, the account that pays instead of cash: a card, or a RIB."""
    tendered: dict[MoneyMinor, Whole] | None = None
    """In cash: how many of each note and coin are given; the exact amount unless said."""
