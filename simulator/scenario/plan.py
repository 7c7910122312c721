"""What a scenario will do: its steps with their places, those of other files among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from simulator.scenario.filling import is_late
from simulator.scenario.load_steps import LoadOfSteps
from simulator.scenario.steps import Step
from simulator.scenario.templates import names_in
from switch.settings import Located, Where
from switch.settings.tree import node_at


@dataclass(frozen=True)
class PlannedStep:
    """A step, where it stands, and the steps inside it: by branch name, or under ``."""

    step: Step
    place: str
    """`file:line`."""
    data: Any = field(repr=False)
    """The step as plain data, to be read again once the run knows what it names."""
    inner: Mapping[str, tuple[PlannedStep, ...]] = field(default_factory=dict)

    @cached_property
    def late(self) -> bool:
        """Whether something in it is still to be filled in; the steps inside do not count."""
        return is_late(own_data(self.data))

    @cached_property
    def names(self) -> frozenset[str]:
        """Everything that it names by `${...}`, the steps inside left out."""
        return frozenset(_names(own_data(self.data)))

    @cached_property
    def vague(self) -> bool:
        """Whether what is done is still to be filled in, so that only the file can say it."""
        own = own_data(self.data)
        return is_late(own.get(self.step.word)) if isinstance(own, dict) else False


@dataclass(frozen=True)
class PlannedLoad:
    """A load, and what its iterations do: steps by weight."""

    name: str
    settings: LoadOfSteps
    choices: tuple[tuple[int, tuple[PlannedStep, ...]], ...]


def _names(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield from names_in(data)
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _names(key)
            yield from _names(value)
    elif isinstance(data, list):
        for item in data:
            yield from _names(item)


def own_data(data: Any) -> Any:
    """A step's data without the steps inside it."""
    if not isinstance(data, dict):
        return data
    own = {}
    for key, value in data.items():
        if key == "parallel":
            continue
        if key in ("loop", "retry") and isinstance(value, dict):
            value = {name: inner for name, inner in value.items() if name != "steps"}
        own[key] = value
    return own


def step_place(located: Located[Any], where: Where) -> str:
    """`file:line` of a step."""
    return f"{located.path}:{located.problem(where, '').line}"


def step_data(located: Located[Any], where: Where) -> Any:
    """What the file says there, as plain data."""
    node = node_at(located.document.root, where)
    return None if node is None else node.data


def all_steps(planned: tuple[PlannedStep, ...]) -> Iterator[PlannedStep]:
    """Every step, those inside others right after them."""
    for each in planned:
        yield each
        for steps in each.inner.values():
            yield from all_steps(steps)
