"""What a run would do, without doing it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from simulator.load.settings import OF_EXECUTORS
from simulator.report.results_text import shown_path
from simulator.scenario.describing import describe, describe_planned
from simulator.scenario.loading import Scenario
from simulator.scenario.matchers import wanted
from simulator.scenario.message_steps import MessageExpectation
from simulator.scenario.plan import PlannedStep
from simulator.scenario.scenario_file import HostRole, LineRole
from simulator.scenario.steps import Step
from switch.settings import mask, write_duration


def plan_lines(scenario: Scenario) -> Iterator[Text]:
    """One scenario: its network, who takes part, and its steps with what is expected of each."""
    head = Text(scenario.name, "bold")
    head.append(f"  {shown_path(scenario.path)}, network {scenario.network.name}", "dim")
    yield head
    for name, role in scenario.cast.speakers.items():
        yield Text(f"     {name} {_role(role)}", "dim")
    for part in ("before", "steps", "after"):
        planned = getattr(scenario, part)
        if part != "steps" and planned:
            yield Text(f"     {part}:", "dim")
        yield from _steps(scenario, planned, 0)
        if part == "steps":
            yield from _loads(scenario)


def _loads(scenario: Scenario) -> Iterator[Text]:
    for load in scenario.loads:
        settings = load.settings
        said = settings.model_dump(include=set(OF_EXECUTORS), exclude_none=True)
        shown = ", ".join(f"{name} {_one(value)}" for name, value in said.items())
        yield Text(f"     load {load.name}: {settings.executor}, {shown}")
        for weight, steps in load.choices:
            if len(load.choices) > 1:
                yield Text(f"       weight {weight}:", "dim")
            yield from _steps(scenario, steps, 2)
    for metric, conditions in scenario.file.thresholds.items():
        for condition in conditions:
            text = condition if isinstance(condition, str) else condition.check
            yield Text(f"     threshold {metric}: {text}", "dim")


def _one(value: object) -> str:
    if isinstance(value, float):
        return write_duration(value)
    if isinstance(value, tuple | list):
        return ", ".join(
            f"{stage['target']} in {write_duration(stage['duration'])}" for stage in value
        )
    return str(value)


def _steps(scenario: Scenario, planned: Sequence[PlannedStep], depth: int) -> Iterator[Text]:
    for each in planned:
        step = each.step
        said = describe_planned(each) if each.vague else describe(step, scenario.cast)
        line = Text(f"     {'  ' * depth}{said}")
        if expected := _expected(step):
            line.append(f"  expects {expected}", "dim")
        if step.when:
            line.append("  if " + " and ".join(step.when), "dim")
        yield line
        for name, inner in each.inner.items():
            if name:
                yield Text(f"     {'  ' * (depth + 1)}{name}:", "dim")
            yield from _steps(scenario, inner, depth + 1 + bool(name))


def _expected(step: Step) -> str:
    expected = step.expect
    if expected is None:
        return ""
    if isinstance(expected, MessageExpectation):
        held = ", ".join(f"DE{path} {wanted(each)}" for path, each in expected.de.items())
        what = f"{expected.mti or 'a message'} within {write_duration(expected.within)}"
        return mask(", ".join(filter(None, (what, held))))
    names = expected.model_fields_set
    return ", ".join(name for name in type(expected).model_fields if name in names)


def _role(role: LineRole | HostRole) -> str:
    return f"dials {role.dials}" if isinstance(role, LineRole) else f"plays {role.plays}"
