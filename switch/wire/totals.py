"""The totals of a reconciliation message: DE74 to 89 and 97.

A class of transactions is told by the message type and the first digit of the processing code:
20 to 29 are credits (to the cardholder), 40 to 49 transfers, 30 to 39 enquiries, other 01xx are
authorisations, and whatever else moves money is a debit. What was reversed counts twice: once in
its class, once among the reversals of its class. No fees are counted (DE82 to 85 are zero).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from switch.wire.message import Message, Value
from switch.wire.mti import message_class

NUMBER_DIGITS, AMOUNT_DIGITS = 10, 16

ELEMENTS = {
    "74": "credits",
    "75": "credit_reversals",
    "76": "debits",
    "77": "debit_reversals",
    "78": "transfers",
    "79": "transfer_reversals",
    "80": "enquiries",
    "81": "authorisations",
    "86": "credits_minor",
    "87": "credit_reversals_minor",
    "88": "debits_minor",
    "89": "debit_reversals_minor",
}
"""Where each total travels; 74 to 81 are numbers, 86 to 89 amounts in minor units."""

FEES = ("82", "83", "84", "85")
NET = "97"


@dataclass(frozen=True)
class Totals:
    """What went over a link on one business date."""

    credits: int = 0
    credit_reversals: int = 0
    debits: int = 0
    debit_reversals: int = 0
    transfers: int = 0
    transfer_reversals: int = 0
    enquiries: int = 0
    authorisations: int = 0
    credits_minor: int = 0
    credit_reversals_minor: int = 0
    debits_minor: int = 0
    debit_reversals_minor: int = 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            **{
                each.name: getattr(self, each.name) + getattr(other, each.name)
                for each in fields(self)
            }
        )

    def times(self, number: int) -> Totals:
        """The numbers of `number` such transactions; the amounts are those of all together."""
        return Totals(
            **{
                each.name: getattr(self, each.name)
                * (1 if each.name.endswith("_minor") else number)
                for each in fields(self)
            }
        )

    @property
    def net_minor(self) -> int:
        """Debits less credits, of what stands: positive when the issuer owes the acquirer."""
        return (self.debits_minor - self.debit_reversals_minor) - (
            self.credits_minor - self.credit_reversals_minor
        )

    def elements(self) -> dict[str, Value]:
        """DE74 to 89 and 97, whose sign is D when debits exceed credits, and C otherwise.

        >>> Totals(debits=2, debits_minor=26000).elements()["97"]
        'D0000000000026000'
        """
        found: dict[str, Value] = {}
        for element, name in ELEMENTS.items():
            width = AMOUNT_DIGITS if name.endswith("_minor") else NUMBER_DIGITS
            found[element] = f"{getattr(self, name):0{width}}"
        found |= dict.fromkeys(FEES, "0" * 12)
        net_minor = self.net_minor
        found[NET] = f"{'D' if net_minor > 0 else 'C'}{abs(net_minor):0{AMOUNT_DIGITS}}"
        return found

    def differences(self, other: Totals) -> dict[str, tuple[int, int]]:
        """What is not equal, by element: ours and theirs."""
        return {
            element: (getattr(self, name), getattr(other, name))
            for element, name in ELEMENTS.items()
            if getattr(self, name) != getattr(other, name)
        }


def count_one(
    mti: str, processing: str, amount_minor: int, *, reversed_minor: int | None = None
) -> Totals:
    """One transaction; `reversed_minor` is what went back of it, None when it was not reversed.

    >>> count_one("0200", "010000", 20000, reversed_minor=5000).net_minor
    15000
    """
    if message_class(mti) == "1":
        return Totals(enquiries=1) if processing[:1] == "3" else Totals(authorisations=1)
    reversals = 0 if reversed_minor is None else 1
    back_minor = reversed_minor or 0
    kind = processing[:1]
    if kind == "3":
        return Totals(enquiries=1)
    if kind == "4":
        return Totals(transfers=1, transfer_reversals=reversals)
    if kind == "2":
        return Totals(
            credits=1,
            credit_reversals=reversals,
            credits_minor=amount_minor,
            credit_reversals_minor=back_minor,
        )
    return Totals(
        debits=1,
        debit_reversals=reversals,
        debits_minor=amount_minor,
        debit_reversals_minor=back_minor,
    )


def read_totals(message: Mapping[str, Value]) -> Totals | None:
    """The totals that a message has; None when it has none of them.

    Raises ValueError for what is no number, for some of them without the others, and for a net
    amount (DE97) that is not that of the rest.
    """
    present = [element for element in ELEMENTS if element in message]
    if not present:
        return None
    missing = [f"DE{element}" for element in ELEMENTS if element not in message]
    if missing:
        raise ValueError(f"totals without {', '.join(missing)}")
    found = {}
    for element, name in ELEMENTS.items():
        text = Message(message).text(element)
        if not (text.isascii() and text.isdigit()):
            raise ValueError(f"DE{element} is no number")
        found[name] = int(text)
    totals = Totals(**found)
    net = Message(message).text(NET)
    if net and net != totals.elements()[NET] and int(net[1:] or "0") != 0:
        raise ValueError(f"DE97 says {net[:1]}{int(net[1:])}, its parts make {totals.net_minor}")
    return totals
