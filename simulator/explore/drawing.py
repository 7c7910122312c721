"""What one seed draws from a scenario's `explore` block: values, and faults with their times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from simulator.scenario.explored import Exploration
from simulator.scenario.faults import Fault
from simulator.scenario.loading import NetworkLoader, Scenario, load_scenarios
from switch.runtime import Chance, Random

MILLISECOND = 1_000


def drawn(path: Path, index: int, seed: int, load: NetworkLoader) -> Scenario:
    """The case `index` of a file as this seed makes it: its values chosen, its faults added.

    Raises SettingsError when what was chosen does not fit the scenario.
    """
    plain = load_scenarios(path, load=load)[index]
    explore = plain.file.explore
    if explore is None:
        return plain
    random = Chance(seed).stream(f"explore/{plain.name}")
    values = {name: random.choice(choices) for name, choices in sorted(explore.vars.items())}
    faults = draw_faults(explore, random)
    scenario = load_scenarios(path, load=load, overrides=values)[index] if values else plain
    return with_faults(scenario, (*scenario.file.faults, *faults))


def draw_faults(explore: Exploration, random: Random) -> list[Fault]:
    """Faults in the order of their beginning; one that would meet another on its party is left out.

    What is down cannot be made silent, and a second of a kind would end the first.
    """
    if not explore.faults:
        return []
    found = []
    for _ in range(random.randint(*explore.count)):
        possible = random.choice(explore.faults)
        times = {
            "at": _between(possible.at, random),
            "for_": max(_between(possible.for_, random), 1 / MILLISECOND),
        }
        found.append(possible.fault.model_copy(update=times))
    kept: list[Fault] = []
    for fault in sorted(found, key=lambda each: each.at):
        if all(other.on != fault.on or _end_s(other) < fault.at for other in kept):
            kept.append(fault)
    return kept


def with_faults(scenario: Scenario, faults: Sequence[Fault]) -> Scenario:
    """The same scenario with these faults in place of its own."""
    return replace(scenario, file=scenario.file.model_copy(update={"faults": tuple(faults)}))


def _between(bounds: tuple[float, float], random: Random) -> float:
    """To the millisecond, so that what is printed is what was drawn."""
    return round(random.uniform(*bounds) * MILLISECOND) / MILLISECOND


def _end_s(fault: Fault) -> float:
    return fault.at + (fault.for_ or 0.0)
