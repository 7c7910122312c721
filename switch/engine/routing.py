"""Where a request goes: the first rule whose conditions all hold.

A condition that a rule does not write holds for everything, but for the currency: a rule without
`currencies` takes the network's own only. Times are those of the switch's own clock in Morocco,
never of DE12, which is the sender's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from switch.engine.request import RefusalError, Request
from switch.runtime import CASABLANCA
from switch.settings import write_money
from switch.settings.routes import RouteSettings, Window


@dataclass(slots=True)
class Asked:
    """What rules look at: a request, where it came from and when."""

    request: Request
    group: str
    """The group of its terminal; empty behind another network."""
    listener: str
    minute: int
    """Of the day in Morocco."""
    currency: str
    """The network's own."""

    @property
    def creditor(self) -> str:
        """DE48.01; empty for what is about no bill."""
        return self.request.message.part("48", "01")


def minute_of(instant: datetime, zone: ZoneInfo = CASABLANCA) -> int:
    """Minutes since the midnight of that place."""
    there = instant.astimezone(zone)
    return there.hour * 60 + there.minute


Holds = Callable[[Asked], bool]
Why = Callable[[Asked], str]


@dataclass(frozen=True)
class Condition:
    """One condition of a rule, and the words for a request that does not meet it."""

    holds: Holds
    why: Why


@dataclass(frozen=True)
class Verdict:
    """What one rule says of a request; `why` is empty when it takes it."""

    route: RouteSettings
    why: str

    @property
    def takes(self) -> bool:
        return not self.why


class Router:
    """The routes of a network, in order."""

    def __init__(self, routes: Sequence[RouteSettings]) -> None:
        self._routes = [(route, conditions(route)) for route in routes]
        self.timed = any(route.between for route in routes)
        """Whether any rule looks at the time of day."""

    def route(self, asked: Asked) -> RouteSettings:
        """The rule that takes a request.

        Raises RefusalError: 57 when a rule knows the card but not for this, 92 when none knows
        it.
        """
        for route, wanted in self._routes:
            for condition in wanted:
                if not condition.holds(asked):
                    break
            else:
                return route
        pan, operation = asked.request.pan, asked.request.operation
        if any(route.cards and _of_cards(route, pan) for route, _ in self._routes):
            raise RefusalError("57", f"no route takes this {operation} with this card")
        raise RefusalError("92", "no route for this card" if pan else "no route")

    def explain(self, asked: Asked) -> list[Verdict]:
        """What each rule says, in order, up to the one that takes the request."""
        verdicts = []
        for route, wanted in self._routes:
            reasons = [each.why(asked) for each in wanted if not each.holds(asked)]
            verdicts.append(Verdict(route, "; ".join(reasons)))
            if not reasons:
                break
        return verdicts


def conditions(route: RouteSettings) -> list[Condition]:
    """The conditions that a rule has, the cheapest first."""
    found = []
    if route.processing:
        found.append(
            Condition(
                lambda asked: asked.request.operation in route.processing,
                lambda asked: (
                    f"it takes {_any_of(route.processing)}, this is a {asked.request.operation}"
                ),
            )
        )
    if route.card != "any":
        found.append(
            Condition(
                lambda asked: bool(asked.request.pan) == (route.card == "required"),
                lambda asked: "there is a card" if asked.request.pan else "there is no card",
            )
        )
    if route.cards:
        found.append(
            Condition(
                lambda asked: _of_cards(route, asked.request.pan),
                lambda asked: (
                    f"the card is not of {_any_of(route.cards)}"
                    if asked.request.pan
                    else "there is no card"
                ),
            )
        )
    found.append(_currency(route))
    if route.codes:
        found.append(
            Condition(
                lambda asked: asked.request.message.text("3").startswith(route.codes),
                lambda asked: (
                    f"DE3 is {asked.request.message.text('3')}, not {_any_of(route.codes)}"
                ),
            )
        )
    if route.amount is not None:
        found.append(_amount(route))
    if route.groups:
        found.append(
            Condition(
                lambda asked: asked.group in route.groups,
                lambda asked: (
                    f"the terminal is of {asked.group or 'another network'}, not of "
                    f"{_any_of(route.groups)}"
                ),
            )
        )
    if route.listeners:
        found.append(
            Condition(
                lambda asked: asked.listener in route.listeners,
                lambda asked: f"it came by {asked.listener}, not by {_any_of(route.listeners)}",
            )
        )
    if route.creditors:
        found.append(
            Condition(
                lambda asked: asked.creditor in route.creditors,
                lambda asked: (
                    f"the creditor is {asked.creditor}, not {_any_of(route.creditors)}"
                    if asked.creditor
                    else "it names no creditor (DE48.01)"
                ),
            )
        )
    if route.between:
        found.append(_time(route, route.windows))
    return found


def _currency(route: RouteSettings) -> Condition:
    def holds(asked: Asked) -> bool:
        currency = asked.request.currency
        return currency in route.currencies if route.currencies else currency == asked.currency

    def why(asked: Asked) -> str:
        taken = _any_of(route.currencies or (asked.currency,))
        return f"the currency is {asked.request.currency}, not {taken}"

    return Condition(holds, why)


def _amount(route: RouteSettings) -> Condition:
    band = route.amount
    assert band is not None

    def why(asked: Asked) -> str:
        amount_minor = asked.request.amount_minor
        if amount_minor < band.low:
            return f"{write_money(amount_minor)} is less than {write_money(band.low)}"
        return f"{write_money(amount_minor)} is more than {write_money(band.high)}"

    return Condition(lambda asked: band.low <= asked.request.amount_minor <= band.high, why)


def _time(route: RouteSettings, windows: tuple[Window, ...]) -> Condition:
    return Condition(
        lambda asked: any(window.holds(asked.minute) for window in windows),
        lambda asked: (
            f"it is {asked.minute // 60:02}:{asked.minute % 60:02} in Morocco, not "
            f"{_any_of(route.between)}"
        ),
    )


def _of_cards(route: RouteSettings, pan: str) -> bool:
    return bool(pan) and pan.startswith(route.cards)


def _any_of(values: Sequence[str]) -> str:
    """
    >>> _any_of(("a", "b", "c"))
    'a, b or c'
    """
    return " or ".join(filter(None, (", ".join(values[:-1]), values[-1])))
