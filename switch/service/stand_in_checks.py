"""What must hold of stand-in: cards that some route takes, elements that can be said, files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from switch.engine.refused_cards import RefusedCardsError, read_refused_cards
from switch.settings import Located, Problem, SettingsError, Where
from switch.settings.network import SwitchSettings as Section
from switch.settings.routes import RouteSettings
from switch.settings.standin import StandInSettings
from switch.wire import Codec, Message, WireError, load_dialect


def stand_in_problems(located: Located[Any], section: Section) -> Iterator[Problem]:
    """Everything wrong with the stand-in rules of a `switch` section."""
    earlier: dict[str, StandInSettings] = {}
    for name, rule in section.stand_in.items():
        place: Where = ("switch", "stand_in", name)
        yield from _unreachable(located, rule, earlier, place)
        yield from _file(located, rule, place)
        taking = [route for route in section.routes if _takes(route, rule)]
        if not taking:
            told = "no route takes such a request of these cards to one place alone"
            yield located.problem((*place, "cards"), told)
        for link in _links(section, taking):
            yield from _sayable(located, section, rule, link, place)
        earlier[name] = rule


def stand_in_found(rule: StandInSettings, folder: Path) -> StandInSettings:
    """The rule with its file named from anywhere: it is given beside the network file."""
    if rule.refused_cards is None:
        return rule
    return rule.model_copy(update={"refused_cards": str(folder / rule.refused_cards)})


def _unreachable(
    located: Located[Any],
    rule: StandInSettings,
    earlier: dict[str, StandInSettings],
    place: Where,
) -> Iterator[Problem]:
    for at, cards in enumerate(rule.cards):
        for name, other in earlier.items():
            if cards.startswith(other.cards) and set(rule.operations) <= set(other.operations):
                told = f"never reached: '{name}' above takes these cards"
                yield located.problem((*place, "cards", at), told)
                break


def _file(located: Located[Any], rule: StandInSettings, place: Where) -> Iterator[Problem]:
    path = stand_in_found(rule, located.path.parent).refused_cards
    if path is None:
        return
    try:
        read_refused_cards(Path(path), lambda pan: pan)
    except RefusedCardsError as error:
        yield located.problem((*place, "refused_cards"), str(error))


def _takes(route: RouteSettings, rule: StandInSettings) -> bool:
    """Whether it may take some of what the rule is about, and ask one place alone."""
    return (
        route.then is None
        and route.card != "absent"
        and not (route.processing and set(route.processing).isdisjoint(rule.operations))
        and any(
            cards.startswith(each) or each.startswith(cards)
            for cards in rule.cards
            for each in route.cards or ("",)
        )
    )


def _links(section: Section, routes: list[RouteSettings]) -> list[str]:
    """The links on which advices would leave; the core's HTTP service says no elements."""
    found: dict[str, None] = {}
    for route in routes:
        place = section.destinations.get(route.to)
        for link in place.links if place is not None else (route.to,):
            if link in section.links:
                found[link] = None
    return list(found)


def _sayable(
    located: Located[Any], section: Section, rule: StandInSettings, link: str, place: Where
) -> Iterator[Problem]:
    given = Path(section.links[link].dialect)
    beside = located.path.parent / given
    try:
        dialect = load_dialect(str(beside) if beside.is_file() else str(given))
    except SettingsError:
        return  # it is told of where the dialect is named
    for element in rule.advice:
        if element not in dialect.fields:
            told = f"the dialect of the link '{link}' has no element {element}"
            yield located.problem((*place, "advice", element), told, on_key=True)
            continue
        for away in rule.when:
            try:
                Codec(dialect).encode(Message({"t": "0220", element: rule.told(away)[element]}))
            except WireError as error:
                told = f"the link '{link}' cannot say this (when {away}): {error}"
                yield located.problem((*place, "advice", element), told)
                break
