"""What people do at a counter: tellers with their tills, and customers in front of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from simulator.scenario.at_terminals import AtTerminal, PaymentCode, Phone, Rrn
from simulator.scenario.fields import Amount, CreditorId, KindCode, Some
from simulator.scenario.open_model import OpenModel
from switch.settings import Misfit, MoneyMinor, Text, Whole

Pieces = dict[MoneyMinor, Annotated[Whole, Field(ge=0, le=100_000)]]
"""How many of each note and coin, by its value in dirhams."""


class AtCounter(AtTerminal):
    """Something done at a counter."""


class SignOn(AtCounter):
    """A teller serves from now on; the receipt explains what was in doubt."""

    teller: Text


class SignOff(AtCounter):
    """Nobody serves until somebody signs on."""


class OpenTill(AtCounter):
    """Begin a batch with cash out of the vault."""

    pieces: Pieces


class MoveCash(AtCounter):
    """Take cash from the vault to the till, or back: `to` the one or the other."""

    to: Annotated[str, Field(pattern="^(till|vault)$")]
    pieces: Annotated[Pieces, Field(min_length=1)]


class CloseBatch(AtCounter):
    """End the batch with a count."""

    counted: Pieces | None = None
    """What is found; what the books say unless said."""
    forced_by: Text | None = None
    """The supervisor who lets it close with a difference, which is then posted."""


class CashIn(AtCounter):
    """Put cash on an account."""

    account: Text
    """A card, which stands for its account, or a RIB."""
    amount: Amount
    tendered: Pieces | None = None


class CashOut(AtCounter):
    """Take cash off an account."""

    account: Text
    """A card, which stands for its account, or a RIB."""
    amount: Amount


class Remit(AtCounter):
    """Send cash to a phone, to be collected elsewhere."""

    phone: Phone
    amount: Amount
    tendered: Pieces | None = None


class Cancel(AtCounter):
    """Undo what was done at this counter today; money that was sent goes back to its sender."""

    rrn: Rrn | None = None
    """Of what is undone; the last that was done unless said."""
    tendered: Pieces | None = None
    """The pieces brought back of cash that was paid out; the exact amount unless said."""


class BillOfVisit(OpenModel):
    """One thing that is paid in a visit: a bill, or everything behind a code."""

    creditor: CreditorId | None = None
    kind: KindCode | None = None
    form: dict[Text, Text] = Field(default_factory=dict)
    articles: Some[Text] | None = None
    code: PaymentCode | None = None

    @model_validator(mode="after")
    def _is_one(self) -> BillOfVisit:
        if (self.code is None) == (self.creditor is None or self.kind is None):
            raise Misfit("a bill has its creditor and kind, or is paid by its code")
        return self


class PayBills(AtCounter):
    """Pay several creditors in one visit, with one receipt each."""

    bills: Some[BillOfVisit]
    account: Text | None = None
    """The account that pays instead of cash: a card, or a RIB."""
    tendered: Pieces | None = None
    """Of cash, for all of it; the exact amount of each unless said."""
