"""The steps of a scenario: what people do at terminals, and what is done to the network."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, model_validator

from simulator.scenario.expectations import BooksExpectation, ResultExpectation
from simulator.scenario.faults import Fault
from simulator.scenario.fields import Amount, CreditorId, KindCode, Some
from switch.settings import DurationS, Misfit, Model, MoneyMinor, Text, Whole


class AtTerminal(Model):
    """Something done at a terminal."""

    at: Text
    """A role of the cast, or a terminal of the network."""


class WithCard(AtTerminal):
    """Something done with a card."""

    card: Text
    """A role of the cast, or a card of the network by its holder or its number."""


class Withdraw(WithCard):
    """Take cash."""

    amount: Amount


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
    tendered: dict[MoneyMinor, Whole] | None = None
    """In cash: how many of each note and coin are given; the exact amount unless said."""


class Eventually(BooksExpectation):
    """Wait until the books say this; a failure when they do not within the time."""

    within: Annotated[DurationS, Field(gt=0)]


class Step(Model):
    """One step: exactly one thing that is done, and what is expected of it."""

    WORDS: ClassVar[tuple[str, ...]] = (
        *("withdraw", "balance", "mini_statement", "transfer", "deposit"),
        *("enquire_bill", "pay_bill"),
        *("faults", "heal", "think", "eventually"),
    )
    OPERATIONS: ClassVar[tuple[str, ...]] = WORDS[:7]

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [word]} for word in WORDS]},
    )

    withdraw: Withdraw | None = None
    balance: Balance | None = None
    mini_statement: MiniStatement | None = None
    transfer: Transfer | None = None
    deposit: Deposit | None = None
    enquire_bill: EnquireBill | None = None
    pay_bill: PayBill | None = None
    faults: Some[Fault] | None = None
    """Faults that begin now (or `at` a time after now), for a time or until healed."""
    heal: Text | None = None
    """Undo every fault on this party or terminal now."""
    think: Annotated[DurationS, Field(gt=0)] | None = None
    """Wait, as a customer does."""
    eventually: Eventually | None = None
    expect: ResultExpectation | None = None
    """What must come of the operation."""

    @property
    def word(self) -> str:
        """What kind of step this is."""
        return next(word for word in self.WORDS if getattr(self, word) is not None)

    @model_validator(mode="after")
    def _is_one_thing(self) -> Step:
        words = [word for word in self.WORDS if getattr(self, word) is not None]
        if not words:
            raise Misfit("a step says what is done, such as 'withdraw' or 'balance'")
        if len(words) > 1:
            raise Misfit(
                f"a step is one thing, and this one has '{words[0]}' too", words[1], on_key=True
            )
        if self.expect is None:
            return self
        if words[0] not in self.OPERATIONS:
            raise Misfit(f"nothing can be expected of '{words[0]}'", "expect", on_key=True)
        for name in self.expect.model_fields_set:
            if name not in self.expect.known_of(words[0]):
                raise Misfit(f"'{words[0]}' has no '{name}'", "expect", name, on_key=True)
        return self
