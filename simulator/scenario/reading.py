"""Scenario files, and the files that they include, read with their variables filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.scenario.filling import Given, captured_in, chained, filled
from simulator.scenario.flow_steps import FragmentFile, Include
from simulator.scenario.load_steps import LoadOfSteps
from simulator.scenario.parametrize import cases_of, variables_of
from simulator.scenario.plan import PlannedLoad, PlannedStep, step_data, step_place
from simulator.scenario.scenario_file import ScenarioFile
from simulator.scenario.steps import Step
from switch.settings import Located, Problem, SettingsError, Where
from switch.settings.document import Document, read_document
from switch.settings.model import located_in
from switch.settings.source import read_source

INCLUDES_DEEP_MAX = 8
STEPS_MAX = 10_000
"""Of a file and of all that it includes."""


@dataclass(frozen=True)
class ReadCase:
    """One case of a scenario file. `parts` are every steps list with the file that it is in."""

    located: Located[ScenarioFile]
    case: str
    before: tuple[PlannedStep, ...]
    steps: tuple[PlannedStep, ...]
    after: tuple[PlannedStep, ...]
    loads: tuple[PlannedLoad, ...]
    fragments: tuple[Located[FragmentFile], ...]


def read_cases(path: Path, overrides: Mapping[str, str]) -> Iterator[ReadCase]:
    """Every case of the file, in order.

    `overrides` take the place of its `vars`; those it has no variable for are not looked at.
    Raises SettingsError with everything wrong in the file, for the first case that is wrong.
    """
    document = read_document(read_source(path))
    variables = variables_of(document)
    known = {name: value for name, value in overrides.items() if name in variables}
    variables.update(known)
    for case in cases_of(document):
        values = chained({**variables, **case.values, **known})
        given = Given(values, tuple(captured_in(document.root.data)))
        located = located_in(filled(document, given), path, ScenarioFile)
        yield _Planner(located, given, case.name).read()


class _Planner:
    """Puts a place to every step, and the steps of included files in theirs."""

    def __init__(self, located: Located[ScenarioFile], given: Given, case: str) -> None:
        self._located = located
        self._given = given
        self._case = case
        self._count = 0
        self._fragments: list[Located[FragmentFile]] = []
        self._problems: list[Problem] = []

    def read(self) -> ReadCase:
        file, located = self._located.value, self._located
        files = (located.path.resolve(),)
        before, steps, after = (
            self._steps(located, (part,), getattr(file, part), self._given, files)
            for part in ("before", "steps", "after")
        )
        loads = tuple(self._load(name, load, files) for name, load in file.load.items())
        if self._problems:
            raise SettingsError(dict.fromkeys(self._problems))
        fragments = tuple(self._fragments)
        return ReadCase(located, self._case, before, steps, after, loads, fragments)

    def _load(self, name: str, load: LoadOfSteps, files: tuple[Path, ...]) -> PlannedLoad:
        where: Where = ("load", name)
        located, given = self._located, self._given
        if load.steps is not None:
            steps = self._steps(located, (*where, "steps"), load.steps, given, files)
            return PlannedLoad(name, load, ((1, steps),))
        choices = [
            (
                entry.weight,
                self._steps(located, (*where, "mix", index, "steps"), entry.steps, given, files),
            )
            for index, entry in enumerate(load.mix or ())
        ]
        return PlannedLoad(name, load, tuple(choices))

    def _steps(
        self,
        located: Located[Any],
        where: Where,
        steps: tuple[Step, ...],
        given: Given,
        files: tuple[Path, ...],
    ) -> tuple[PlannedStep, ...]:
        return tuple(
            self._step(located, (*where, index), step, given, files)
            for index, step in enumerate(steps)
        )

    def _step(
        self,
        located: Located[Any],
        where: Where,
        step: Step,
        given: Given,
        files: tuple[Path, ...],
    ) -> PlannedStep:
        self._count += 1
        if self._count == STEPS_MAX:
            message = f"with what is included these are more than {STEPS_MAX:,} steps"
            self._problems.append(located.problem(where, message))
        inner: dict[str, tuple[PlannedStep, ...]] = {}
        for word, holder in (("loop", step.loop), ("retry", step.retry)):
            if holder is not None:
                place = (*where, word, "steps")
                inner[""] = self._steps(located, place, holder.steps, given, files)
        for name, branch in (step.parallel or {}).items():
            place = (*where, "parallel", name)
            inner[name] = self._steps(located, place, branch, given, files)
        if step.include is not None and self._count < STEPS_MAX:
            inner[""] = self._included(located, where, step.include, given, files)
        return PlannedStep(step, step_place(located, where), step_data(located, where), inner)

    def _included(
        self,
        located: Located[Any],
        where: Where,
        include: Include | str,
        given: Given,
        files: tuple[Path, ...],
    ) -> tuple[PlannedStep, ...]:
        if isinstance(include, str):
            include = Include(file=include)
        path = located.path.parent / include.file
        where = (*where, "include")
        if path.resolve() in files or len(files) > INCLUDES_DEEP_MAX:
            message = "this file includes itself" if path.resolve() in files else "too deep"
            self._problems.append(located.problem(where, f"{message}: {include.file}"))
            return ()
        if not path.is_file():
            self._problems.append(located.problem(where, f"there is no file {path}"))
            return ()
        try:
            fragment, inside = _fragment(path, include, given)
        except SettingsError as error:
            self._problems += error.problems
            return ()
        unknown = include.with_.keys() - fragment.value.vars.keys()
        for name in sorted(unknown):
            self._problems.append(
                located.problem(
                    (*where, "with", name),
                    f"{include.file} has no variable of this name",
                    on_key=True,
                    near=name,
                    candidates=fragment.value.vars,
                )
            )
        self._fragments.append(fragment)
        steps = fragment.value.steps
        return self._steps(fragment, ("steps",), steps, inside, (*files, path.resolve()))


def _fragment(path: Path, include: Include, given: Given) -> tuple[Located[FragmentFile], Given]:
    document: Document = read_document(read_source(path))
    values = {**variables_of(document), **given.values, **include.with_}
    later = (*given.later, *captured_in(document.root.data))
    inside = Given(values, later)
    return located_in(filled(document, inside), path, FragmentFile), inside
