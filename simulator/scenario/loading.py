"""A scenario file to a scenario: read, then held against its network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.network.settings import LoadedNetwork, load_network
from simulator.scenario.cast import Cast
from simulator.scenario.checks import misfits, step_misfits, steps_misfits
from simulator.scenario.facts import NetworkFacts, facts_of
from simulator.scenario.plan import PlannedLoad, PlannedStep
from simulator.scenario.reading import ReadCase, read_cases
from simulator.scenario.scenario_file import ScenarioFile
from simulator.scenario.steps import Step
from switch.settings import Located, Misfit, Problem, SettingsError, config_names


@dataclass(frozen=True)
class Scenario:
    """A scenario that fits its network: one test, of one case of its file."""

    path: Path
    file: ScenarioFile
    network: LoadedNetwork
    cast: Cast
    before: tuple[PlannedStep, ...]
    steps: tuple[PlannedStep, ...]
    after: tuple[PlannedStep, ...]
    loads: tuple[PlannedLoad, ...]
    facts: NetworkFacts
    case: str = ""
    """Which of the cases of a file with `parametrize` this is."""

    @property
    def name(self) -> str:
        return f"{self.file.scenario} [{self.case}]" if self.case else self.file.scenario

    def problem_of(self, step: Step) -> str:
        """Why a step cannot be done in the network, now that all of it is known; or nothing."""
        facts = self.facts
        return "; ".join(str(misfit) for misfit in step_misfits((), step, self.cast, facts))


NetworkLoader = Callable[[str | Path], LoadedNetwork]


def load_scenarios(
    path: Path,
    network: LoadedNetwork | None = None,
    *,
    load: NetworkLoader = load_network,
    overrides: Mapping[str, str] | None = None,
) -> list[Scenario]:
    """The scenarios of the file at `path`, in the network it names or in the one given.

    There is one, or one for each case of its `parametrize`. `load` reads networks: give one that
    remembers when many scenarios are read. `overrides` are values for its `vars`. Raises
    SettingsError with everything that is wrong with the file, or with its network.
    """
    return [_held(read, network, load) for read in read_cases(path, overrides or {})]


def load_scenario(
    path: Path,
    network: LoadedNetwork | None = None,
    *,
    load: NetworkLoader = load_network,
    overrides: Mapping[str, str] | None = None,
) -> Scenario:
    """The one scenario of a file, as `load_scenarios` reads it; ValueError when it has cases."""
    found = load_scenarios(path, network, load=load, overrides=overrides)
    if len(found) > 1:
        raise ValueError(f"{path} has {len(found)} cases: load_scenarios gives them all")
    return found[0]


def _held(read: ReadCase, network: LoadedNetwork | None, load: NetworkLoader) -> Scenario:
    """A case held against its network. Raises SettingsError."""
    located, file = read.located, read.located.value
    if network is None:
        network = load(_network_file(located))
    facts = facts_of(network)
    problems = _problems(located, misfits(file, facts))
    for fragment in read.fragments:
        cast = Cast(file, facts)
        problems += _problems(
            fragment, steps_misfits(("steps",), fragment.value.steps, cast, facts)
        )
    if problems:
        raise SettingsError(dict.fromkeys(problems))
    return Scenario(
        located.path,
        file,
        network,
        Cast(file, facts),
        read.before,
        read.steps,
        read.after,
        read.loads,
        facts,
        read.case,
    )


def _problems(located: Located[Any], found: Iterable[Misfit]) -> list[Problem]:
    return [
        located.problem(
            misfit.where,
            str(misfit),
            on_key=misfit.on_key,
            near=misfit.suggestion,
            candidates=[] if misfit.suggestion is None else [misfit.suggestion],
        )
        for misfit in found
    ]


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
