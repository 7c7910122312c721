"""Scenarios from Python: for those who write tests in code, with the same judgement.

from simulator.scenario.api import check, scenario_of

def test_a_withdrawal_is_posted_once():
    check(scenario_of({
        "scenario": "A withdrawal is posted once",
        "cast": {"gab": "GAB00001", "customer": "amina"},
        "steps": [{
            "withdraw": {"at": "gab", "card": "customer", "amount": "200.00"},
            "expect": {"outcome": "approved"},
        }],
        "expect": {"accounts": {"customer": "9800.00"}},
    }))
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from simulator.scenario.clocks import run_in_virtual_time
from simulator.scenario.finding import find_scenarios
from simulator.scenario.loading import Scenario, load_scenario, load_scenarios, remembering
from simulator.scenario.results import ScenarioResult, StepStatus, Verdict

SEED = 1


class ScenarioFailedError(AssertionError):
    """A scenario that did not pass: what was not as expected, line by line. `result` is all."""

    def __init__(self, result: ScenarioResult) -> None:
        super().__init__("\n".join(_wrong(result)))
        self.result = result


def scenario_of(content: Mapping[str, Any], *, network: str | Path | None = None) -> Scenario:
    """A scenario from what its file would hold: dicts, lists, texts, numbers.

    `network` is the name or the path of another network than it names. Amounts are texts, as in
    a file ("200.00"). Raises SettingsError, ValueError when it has several cases.
    """
    with TemporaryDirectory(prefix="guichet-") as folder:
        path = Path(folder) / "scenario.yaml"
        text = yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True)
        path.write_text(text, encoding="utf-8")
        return load_scenario(path, None if network is None else remembering()(network))


def scenarios_in(*paths: str | Path, overrides: Mapping[str, str] | None = None) -> list[Scenario]:
    """Every scenario of these files, folders or shipped suites. Raises SettingsError."""
    load = remembering()
    return [
        scenario
        for path in find_scenarios(paths)
        for scenario in load_scenarios(path, load=load, overrides=overrides)
    ]


def run(scenario: Scenario, *, seed: int = SEED) -> ScenarioResult:
    """Run a scenario in virtual time; the same seed gives the same history."""
    return run_in_virtual_time(scenario, seed, lambda step: None, lambda: False)


def check(scenario: Scenario, *, seed: int = SEED) -> ScenarioResult:
    """Run a scenario in virtual time; its result. Raises ScenarioFailedError unless it passes."""
    result = run(scenario, seed=seed)
    if result.verdict is not Verdict.PASSED:
        raise ScenarioFailedError(result)
    return result


def _wrong(result: ScenarioResult) -> list[str]:
    lines = [f"{result.name}: {result.verdict.value}"]
    for step in result.steps:
        if step.status in (StepStatus.FAILED, StepStatus.BROKEN):
            lines.append(f"step {step.number}, {step.text}: {step.problem}".rstrip(": "))
            lines += [f"  {mismatch}" for mismatch in step.mismatches]
            if step.exchanged is not None:
                lines += [f"  {line}" for line in step.exchanged.around]
                lines.append(f"  look next: {step.exchanged.look}")
    lines += [f"at the end: {mismatch}" for mismatch in result.mismatches]
    lines += [f"invariant broken: {broken}" for broken in result.broken]
    return [*lines, result.problem] if result.problem else lines
