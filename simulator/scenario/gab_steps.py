"""What people do at a GAB: customers, and the bank's own."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from simulator.scenario.at_terminals import AtGab, AtTerminal, CashCode, Phone, WithCard
from simulator.scenario.fields import Amount
from switch.settings import Digits, Flag, Text, Whole

Place = Annotated[str, Digits(1)]
NotesCount = Annotated[Whole, Field(ge=0, le=10_000)]


class Withdraw(WithCard):
    """Take cash."""

    amount: Amount
    takes_offer: Flag = False
    """Whether an amount that the GAB offers instead is taken."""

    @property
    def ways(self) -> dict[str, Any]:
        return {**super().ways, "takes_offer": self.takes_offer}


class Balance(WithCard):
    """Ask for the balance."""


class MiniStatement(WithCard):
    """Ask for the last movements."""


class Transfer(WithCard):
    """Move money to another account of the same bank."""

    to: Text
    """A card, which stands for its account, or a RIB."""
    amount: Amount


class Deposit(WithCard):
    """Put notes on the account."""

    notes: Annotated[dict[Whole, Annotated[Whole, Field(gt=0, le=1000)]], Field(min_length=1)]
    """How many of each note, by its value in dirhams: `{200: 3, 50: 1}`."""


class TopUp(WithCard):
    """Buy credit for a mobile, from the creditor that the GAB's settings name."""

    form: dict[Text, Text]
    """The values of that creditor's form, such as `number` and `amount`."""


class ChangePin(WithCard):
    """Give the card another PIN."""

    new_pin: Annotated[str, Digits(1, 12), Field(repr=False)]
    again: Annotated[str | None, Digits(1, 12), Field(repr=False)] = None
    """What is entered the second time; the same unless said."""

    @property
    def ways(self) -> dict[str, Any]:
        return {**super().ways, "new_pins": (self.new_pin, self.again or self.new_pin)}


class SendCash(WithCard):
    """Send money of the account to a phone, to be collected in cash without a card."""

    phone: Phone
    amount: Amount


class Collect(AtGab):
    """Collect in cash what a phone was sent: without a card, at a GAB or a counter."""

    phone: Phone
    amount: Amount
    code: CashCode | None = None
    """The one in the last text message to the phone unless said."""


class Replenish(AtTerminal):
    """Add notes to cassettes."""

    cassettes: Annotated[dict[Place, NotesCount], Field(min_length=1)]
    """How many, by the cassette's place."""


class CountCash(AtTerminal):
    """Count the notes in the cassettes and empty the bins."""

    found: dict[Place, NotesCount] = Field(default_factory=dict)
    """What is found in a cassette; what the books say unless said."""


class TakeOutOfService(AtTerminal):
    """Close the GAB until somebody opens it."""

    reason: Text = "closed"


class PutInService(AtTerminal):
    """Open the GAB again."""
