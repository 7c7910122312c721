"""Rules that say where a request goes, as data: each condition that is there must hold."""

from __future__ import annotations

import re
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import AfterValidator, model_validator

from switch.settings.model import Model
from switch.settings.seen import Misfit
from switch.settings.types import Digits, MoneyMinor, Text

CardRange = Annotated[str, Digits(1, 19)]

Processing = Literal[
    "withdrawal",
    "purchase",
    "refund",
    "pre_authorisation",
    "deposit",
    "bill_enquiry",
    "balance",
    "mini_statement",
    "transfer",
    "bill_payment",
    "remittance",
    "collection",
    "pin_change",
    "till_short",
    "till_over",
]
PROCESSING: tuple[Processing, ...] = get_args(Processing)

MINUTES_OF_A_DAY = 24 * 60
_WINDOW = re.compile("([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})")


class Window(NamedTuple):
    """A part of the day, in minutes since midnight; `end` is not in it. It may pass midnight."""

    start: int
    end: int

    def holds(self, minute: int) -> bool:
        """Whether a minute of the day is in it.

        >>> Window(22 * 60, 6 * 60).holds(5 * 60), Window(22 * 60, 6 * 60).holds(6 * 60)
        (True, False)
        """
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


def read_window(text: str) -> Window:
    """The window that `22:00-06:00` writes. Raises ValueError.

    >>> read_window("22:00-06:00")
    Window(start=1320, end=360)
    """
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise ValueError("expected two times of day such as 22:00-06:00")
    hours = [int(found[1]), int(found[3])]
    minutes = [int(found[2]), int(found[4])]
    start, end = (hour * 60 + minute for hour, minute in zip(hours, minutes, strict=True))
    if max(minutes) > 59 or start >= MINUTES_OF_A_DAY or end > MINUTES_OF_A_DAY:
        raise ValueError("expected times of day between 00:00 and 24:00")
    if start == end:
        raise ValueError("the window begins and ends at once: leave it out for the whole day")
    return Window(start, end)


def _window(text: str) -> str:
    read_window(text)
    return text


class AmountBand(Model):
    """Amounts from one to another, both included, in the currency of the request."""

    at_least: MoneyMinor | None = None
    at_most: MoneyMinor | None = None

    @model_validator(mode="after")
    def _some(self) -> AmountBand:
        if self.at_least is None and self.at_most is None:
            raise ValueError("give `at_least`, `at_most`, or both")
        if None not in (self.at_least, self.at_most) and self.low > self.high:
            raise Misfit("nothing is that small: it is below `at_least`", "at_most")
        return self

    @property
    def low(self) -> int:
        """The smallest amount in it, minor units."""
        return self.at_least or 0

    @property
    def high(self) -> int:
        """The largest amount in it, minor units: any that DE4 can say when there is no bound."""
        return 999_999_999_999 if self.at_most is None else self.at_most


class RouteSettings(Model):
    """A rule: the first one whose conditions all hold takes the request."""

    name: Text
    to: Text
    """`core`, or the name of one of `links` or `destinations`."""
    then: Text | None = None
    """Where what `to` authorised is confirmed: `core`, for bills that others' cards pay."""
    cards: tuple[CardRange, ...] = ()
    """Beginnings of card numbers; none: any card."""
    card: Literal["required", "absent", "any"] = "any"
    processing: tuple[Processing, ...] = ()
    """What is asked for; none: anything."""
    codes: tuple[Annotated[str, Digits(2, 6)], ...] = ()
    """Beginnings of processing codes (DE3); none: any."""
    amount: AmountBand | None = None
    """Amounts (DE4); none: any."""
    currencies: tuple[Annotated[str, Digits(3)], ...] = ()
    """Numeric codes (DE49); none: the network's own, and no other."""
    groups: tuple[Text, ...] = ()
    """Groups of terminals; none: any terminal, and what comes from other networks."""
    listeners: tuple[Text, ...] = ()
    """Names of listeners, or of links that send requests too; none: any."""
    creditors: tuple[Annotated[str, Digits(4)], ...] = ()
    """Creditors (DE48.01); none: any, and what is about no bill."""
    between: tuple[Annotated[Text, AfterValidator(_window)], ...] = ()
    """Parts of the day in Morocco, such as `22:00-06:00`; none: all day."""

    @property
    def windows(self) -> tuple[Window, ...]:
        """The parts of the day of `between`."""
        return tuple(read_window(text) for text in self.between)
