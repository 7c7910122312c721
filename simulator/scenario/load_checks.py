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
        try:
            cast.card(name)
        except UnknownNameError as error:
            place = (*where, "cards", index)
            yield Misfit(str(error), *place, near=name, candidates=error.candidates)
    if terminals and load.vus is not None and load.vus > len(terminals):
        message = f"{load.vus} users need as many terminals, and these are {len(terminals)}"
        yield Misfit(message, *where, "vus")
