"""Amounts in other currencies, by rates that are data: every step exact, rounded once.

A rate is written as it travels: DE9 and DE10 are eight digits, of which the first says how many of
the other seven stand behind the decimal point. Whoever has the message can do the sum again.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from switch.settings import Digits, Model, Text
from switch.wire.codes import CURRENCIES

RATE_DIGITS = 7


def _rate(text: str) -> str:
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) is None or not Decimal(text):
        raise ValueError("expected a rate such as 0.0923915")
    rate_element(Decimal(text))
    return text


class RateSettings(Model):
    """How much of one currency is one unit of another."""

    from_: Annotated[str, Digits(3)] = Field(alias="from")
    """The numeric code of the currency that is converted."""
    to: Annotated[str, Digits(3)]
    rate: Annotated[Text, AfterValidator(_rate)]
    """Exact, of at most seven digits: `0.0923915`."""


def rate_element(rate: Decimal) -> str:
    """DE9 or DE10 of a rate. Raises ValueError when it has more digits than these hold.

    >>> rate_element(Decimal("0.0923915")), rate_element(Decimal("10.8235"))
    ('70923915', '40108235')
    """
    _, _, exponent = rate.as_tuple()
    decimals = max(0, -int(exponent))
    digits = int(rate.scaleb(decimals))
    if decimals > RATE_DIGITS or digits >= 10**RATE_DIGITS:
        raise ValueError(f"expected a rate of at most {RATE_DIGITS} digits")
    return f"{decimals}{digits:0{RATE_DIGITS}}"


def read_rate(element: str) -> Decimal:
    """The rate that DE9 or DE10 says.

    >>> read_rate("70923915")
    Decimal('0.0923915')
    """
    return Decimal(int(element[1:])).scaleb(-int(element[0]))


def converted(amount_minor: int, source: str, target: str, rate: Decimal) -> int:
    """An amount of one currency in another, minor units of each; half a unit is rounded up.

    >>> converted(20000, "504", "978", Decimal("0.0923915"))
    1848
    >>> converted(20000, "504", "392", Decimal("15.32"))
    3064
    """
    exact = Decimal(amount_minor) * rate
    shifted = exact.scaleb(decimals_of(target) - decimals_of(source))
    return int(shifted.to_integral_value(ROUND_HALF_UP))


def decimals_of(currency: str) -> int:
    """How many digits the minor unit of a currency has: 2 where it is not known."""
    return CURRENCIES[currency][1] if currency in CURRENCIES else 2


class Rates:
    """The rates of one host."""

    def __init__(self, rates: tuple[RateSettings, ...]) -> None:
        self._rates = {(each.from_, each.to): Decimal(each.rate) for each in rates}

    def find(self, source: str, target: str) -> Decimal | None:
        """The rate from one currency to another, if it is known."""
        return Decimal(1) if source == target else self._rates.get((source, target))
