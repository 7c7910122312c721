"""What must hold of routes: names that exist, conditions that can hold, rules that are reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from switch.settings import Located, Problem, Where
from switch.settings.network import SwitchSettings as Section
from switch.settings.routes import MINUTES_OF_A_DAY, PROCESSING, RouteSettings

CORE = "core"
"""What routes call the payment core."""

WITH_BILLS = frozenset({"bill_enquiry", "bill_payment"})
"""Operations that name a creditor."""

CASES_MAX = 5_000
"""Cases of one rule that are looked at; a rule with more is compared as a whole only."""


def route_problems(located: Located[Any], section: Section, currency: str) -> Iterator[Problem]:
    """Everything wrong with the routes of a `switch` section."""
    sources = [
        *section.listeners,
        *(name for name, link in section.links.items() if link.requests != "none"),
    ]
    for index, route in enumerate(section.routes):
        place: Where = ("switch", "routes", index)
        yield from _destination(located, section, route, place)
        yield from _second_leg(located, section, route, place)
        for key, known, what in (
            ("groups", list(section.groups), "there is no group of this name"),
            ("listeners", sources, "no listener has this name, nor a link that sends requests"),
        ):
            for number, name in enumerate(getattr(route, key)):
                if name not in known:
                    yield located.problem((*place, key, number), what, near=name, candidates=known)
        impossible = list(_impossible(located, route, place))
        yield from impossible
        if not impossible:
            yield from _unreachable(located, section, index, currency)


def _destination(
    located: Located[Any], section: Section, route: RouteSettings, place: Where
) -> Iterator[Problem]:
    known = [*section.links, *section.destinations, *([CORE] if section.core is not None else [])]
    if route.to not in known:
        told = "the switch has no `core`" if route.to == CORE else "no link has this name"
        yield located.problem((*place, "to"), told, near=route.to, candidates=known)


def _second_leg(
    located: Located[Any], section: Section, route: RouteSettings, place: Where
) -> Iterator[Problem]:
    if route.then is None:
        return
    if route.then != CORE or section.core is None:
        told = "only the core confirms what others authorise"
        told += "" if section.core is not None else ", and the switch has no `core`"
        known = [CORE] if section.core is not None else []
        yield located.problem((*place, "then"), told, near=route.then, candidates=known)
    if route.to == route.then:
        told = "both legs go to one place: leave `then` out"
        yield located.problem((*place, "then"), told)
    if set(route.processing) != {"bill_payment"}:
        told = "only bills have a second leg: say `processing: [bill_payment]`"
        yield located.problem((*place, "then"), told, on_key=True)


def _impossible(located: Located[Any], route: RouteSettings, place: Where) -> Iterator[Problem]:
    if route.cards and route.card == "absent":
        message = "nothing fits: the route wants cards of a range and no card"
        yield located.problem((*place, "card"), message)
    if route.creditors and route.processing and not WITH_BILLS & set(route.processing):
        message = "nothing fits: only bills have a creditor, and `processing` has none"
        yield located.problem((*place, "creditors"), message, on_key=True)


def _unreachable(
    located: Located[Any], section: Section, index: int, currency: str
) -> Iterator[Problem]:
    """A rule each of whose cases an earlier rule takes: by one of them, or by several."""
    route, earlier = section.routes[index], section.routes[:index]
    place: Where = ("switch", "routes", index)
    alone = next((each for each in earlier if takes_all(each, route, currency)), None)
    if alone is not None:
        message = f"never reached: '{alone.name}' above takes all of it"
        yield located.problem((*place, "name"), message)
        return
    takers: dict[str, None] = {}
    for case in _cases(route, section):
        taker = next((each for each in earlier if takes_all(each, case, currency)), None)
        if taker is None:
            return
        takers[taker.name] = None
    if takers:
        names = ", ".join(f"'{each.name}'" for each in earlier if each.name in takers)
        message = f"never reached: {names} above take all of it between them"
        yield located.problem((*place, "name"), message)


def _cases(route: RouteSettings, section: Section) -> Iterator[RouteSettings]:
    """The rule split into rules of one operation, one card range and one group each; or nothing."""
    operations = route.processing or PROCESSING
    cards: Sequence[dict[str, Any]] = [{"cards": (one,)} for one in route.cards]
    if not cards:
        kinds = ("required", "absent") if route.card == "any" else (route.card,)
        cards = [{"card": kind} for kind in kinds]
    groups: list[tuple[str, ...]] = [(name,) for name in route.groups or section.groups]
    if not route.groups and any(each.kind == "network" for each in section.listeners.values()):
        groups.append(())
    if len(operations) * len(cards) * len(groups) > CASES_MAX:
        return
    for operation, card, group in product(operations, cards, groups):
        yield route.model_copy(update={"processing": (operation,), "groups": group, **card})


def takes_all(earlier: RouteSettings, later: RouteSettings, currency: str) -> bool:
    """Whether whatever fits the later rule fits the earlier one."""
    needs = "required" if later.cards else later.card
    return (
        earlier.card in ("any", needs)
        and _begins(earlier.cards, later.cards)
        and _begins(earlier.codes, later.codes)
        and all(
            _within(getattr(earlier, key), getattr(later, key))
            for key in ("processing", "groups", "listeners", "creditors")
        )
        and set(later.currencies or (currency,)) <= set(earlier.currencies or (currency,))
        and _amounts(earlier, later)
        and minutes(later) <= minutes(earlier)
    )


def _within(earlier: Sequence[str], later: Sequence[str]) -> bool:
    return not earlier or (bool(later) and set(later) <= set(earlier))


def _begins(earlier: tuple[str, ...], later: tuple[str, ...]) -> bool:
    return not earlier or (bool(later) and all(one.startswith(earlier) for one in later))


def _amounts(earlier: RouteSettings, later: RouteSettings) -> bool:
    if earlier.amount is None:
        return True
    if later.amount is None:
        return False
    return earlier.amount.low <= later.amount.low and later.amount.high <= earlier.amount.high


def minutes(route: RouteSettings) -> set[int]:
    """The minutes of the day in which a rule may hold."""
    day = range(MINUTES_OF_A_DAY)
    if not route.between:
        return set(day)
    return {minute for minute in day if any(window.holds(minute) for window in route.windows)}
