"""A scenario file to a scenario: read, then held against its network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from simulator.network.settings import LoadedNetwork, load_network
from simulator.scenario.cast import Cast
from simulator.scenario.checks import misfits
from simulator.scenario.facts import facts_of
from simulator.scenario.scenario_file import ScenarioFile
from switch.settings import (
    Located,
    SettingsError,
    config_names,
    load_located,
)


@dataclass(frozen=True)
class Scenario:
    """A scenario that fits its network."""

    path: Path
    file: ScenarioFile
    network: LoadedNetwork
    cast: Cast
    lines: tuple[int, ...]
    """The line of each step in the file, from 1."""

    @property
    def name(self) -> str:
        return self.file.scenario

    def step_place(self, index: int) -> str:
        """Where a step stands, such as `withdrawal.yaml:7`."""
        return f"{self.path}:{self.lines[index]}"


NetworkLoader = Callable[[str | Path], LoadedNetwork]


def load_scenario(
    path: Path,
    network: LoadedNetwork | None = None,
    *,
    load: NetworkLoader = load_network,
) -> Scenario:
    """The scenario at `path`, in the network it names or in the one given.

    `load` reads networks: give one that remembers when many scenarios are read. Raises
    SettingsError with everything that is wrong with the file, or with its network.
    """
    located = load_located(path, ScenarioFile)
    file = located.value
    if network is None:
        network = load(_network_file(located))
    facts = facts_of(network)
    problems = [
        located.problem(
            misfit.where,
            str(misfit),
            on_key=misfit.on_key,
            near=misfit.suggestion,
            candidates=[] if misfit.suggestion is None else [misfit.suggestion],
        )
        for misfit in misfits(file, facts)
    ]
    if problems:
        raise SettingsError(problems)
    lines = tuple(_line_of(located, index) for index in range(len(file.steps)))
    return Scenario(path, file, network, Cast(file, facts), lines)


def remembering(load: NetworkLoader = load_network) -> NetworkLoader:
    """A loader that reads each network once."""
    known: dict[str | Path, LoadedNetwork] = {}

    def remember(name: str | Path) -> LoadedNetwork:
        if name not in known:
            known[name] = load(name)
        return known[name]

    return remember


def _network_file(located: Located[ScenarioFile]) -> str | Path:
    """The network that a scenario names: a file beside it, or a shipped one."""
    name = located.value.network
    beside = located.path.parent / name
    if beside.is_file():
        return beside
    if name in config_names(""):
        return name
    message = "no network has this name, and there is no such file"
    raise SettingsError(
        [located.problem(("network",), message, near=name, candidates=config_names(""))]
    )


def _line_of(located: Located[ScenarioFile], index: int) -> int:
    return located.problem(("steps", index), "").line
