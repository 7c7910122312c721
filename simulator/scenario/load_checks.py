"""Loads held against their network: terminals that there are, and enough of them."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.scenario.cast import Cast, UnknownNameError
from simulator.scenario.facts import NetworkFacts
from simulator.scenario.load_steps import LoadOfSteps
from switch.settings import Misfit, Where


def terminals_of(load: LoadOfSteps, cast: Cast, facts: NetworkFacts) -> tuple[str, ...]:
    """The terminals that a load's iterations take. Raises UnknownNameError."""
    named = load.terminals
    if named is None:
        return ()
    if isinstance(named, str):
        group = facts.groups.get(named)
        return group if group else (cast.terminal(named),)
    return tuple(cast.terminal(name) for name in named)


def cards_of(load: LoadOfSteps, cast: Cast, facts: NetworkFacts) -> tuple[str, ...]:
    """The numbers of the cards that a load's iterations use. Raises UnknownNameError."""
    found: list[str] = []
    for name in load.cards or ():
        people = facts.populations.get(name)
        if people is None:
            found.append(cast.card(name).card.pan)
        else:
            found += [person.pan.clear for person in people]
    return tuple(found)


def load_misfits(
    where: Where, load: LoadOfSteps, cast: Cast, facts: NetworkFacts
) -> Iterator[Misfit]:
    """What a load says of its network that is not so."""
    try:
        terminals = terminals_of(load, cast, facts)
    except UnknownNameError as error:
        place = (*where, "terminals")
        candidates = (*facts.groups, *error.candidates)
        yield Misfit(f"{error} '{error.name}'", *place, near=error.name, candidates=candidates)
        return
    for index, name in enumerate(load.cards or ()):
        if name in facts.populations:
            continue
        try:
            cast.card(name)
        except UnknownNameError as error:
            place = (*where, "cards", index)
            yield Misfit(
                str(error), *place, near=name, candidates=(*facts.populations, *error.candidates)
            )
    if terminals and load.vus is not None and load.vus > len(terminals):
        message = f"{load.vus} users need as many terminals, and these are {len(terminals)}"
        yield Misfit(message, *where, "vus")
