"""Scenario files as pytest items: `pytest scenarios/` runs what `guichet run scenarios/` does.

In virtual time, unless `--guichet-clock real` is given: then each is a run of the command. A
file is a scenario when it is YAML and has `scenario:` at the beginning of a line. Their tags are
markers: `-m smoke`. Nothing of Guichet is imported before a scenario is met.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_IS_ONE = re.compile(r"^scenario\s*:", re.MULTILINE)
_MARKER = re.compile(r"[^A-Za-z0-9_]")
SEED = 1


def pytest_addoption(parser: pytest.Parser) -> None:
    """What the command's options are called here."""
    group = parser.getgroup("guichet", "scenarios of Guichet")
    group.addoption("--guichet-clock", choices=("virtual", "real"), default="virtual")
    group.addoption("--guichet-seed", type=int, default=SEED, help="of all chance in the run")
    group.addoption("--guichet-config", help="another network than the scenarios name")
    group.addoption("--guichet-set", action="append", default=[], metavar="NAME=VALUE")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioModule | None:
    """YAML files that are scenarios."""
    if file_path.suffix not in (".yaml", ".yml"):
        return None
    text = file_path.read_text(encoding="utf-8", errors="replace")
    if _IS_ONE.search(text) is None:
        return None
    module: ScenarioModule = ScenarioModule.from_parent(parent, path=file_path)
    return module


class ScenarioFailedError(Exception):
    """A scenario that did not pass; its text is what the command prints of it."""


class ScenarioModule(pytest.File):
    """One scenario file."""

    def collect(self) -> Iterator[pytest.Item]:
        """An item for the scenario, or for each of its cases."""
        from simulator.network.settings import load_network
        from simulator.scenario.loading import load_scenarios
        from switch.settings import SettingsError

        config = self.config
        given = (each.partition("=") for each in config.getoption("--guichet-set"))
        overrides = {name: value for name, _, value in given}
        try:
            named = config.getoption("--guichet-config")
            network = load_network(named) if named else None
            scenarios = load_scenarios(self.path, network, overrides=overrides)
        except SettingsError as error:
            raise self.CollectError(str(error)) from None
        for scenario in scenarios:
            item = ScenarioItem.from_parent(self, name=scenario.name, scenario=scenario)
            for tag in scenario.file.tags:
                marker = _MARKER.sub("_", tag)
                config.addinivalue_line("markers", f"{marker}: a tag of scenarios")
                item.add_marker(marker)
            yield item


class ScenarioItem(pytest.Item):
    """One scenario."""

    def __init__(self, *, scenario: Any, **more: Any) -> None:
        super().__init__(**more)
        self._scenario = scenario

    def runtest(self) -> None:
        """Run it. Raises ScenarioFailedError, whose text is the evidence."""
        if self.config.getoption("--guichet-clock") == "real":
            self._run_command()
            return
        from simulator.report.results_text import scenario_lines
        from simulator.scenario.clocks import run_in_virtual_time
        from simulator.scenario.results import Verdict

        seed = self.config.getoption("--guichet-seed")
        result = run_in_virtual_time(self._scenario, seed, lambda step: None, lambda: False)
        if result.verdict is not Verdict.PASSED:
            lines = "\n".join(line.plain for line in scenario_lines(result))
            raise ScenarioFailedError(f"{lines}\n\nagain: {self._again()}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The scenario's own words, and no traceback of ours."""
        if isinstance(excinfo.value, ScenarioFailedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it stands, for reports."""
        return self.path, 0, self.name

    def _again(self) -> str:
        clock, seed = (self.config.getoption(f"--guichet-{each}") for each in ("clock", "seed"))
        return f"guichet run {self.path} --clock {clock} --seed {seed}"

    def _run_command(self) -> None:
        options = ["--clock", "real", "--seed", str(self.config.getoption("--guichet-seed"))]
        if named := self.config.getoption("--guichet-config"):
            options += ["--config", named]
        for each in self.config.getoption("--guichet-set"):
            options += ["--set", each]
        options += ["-k", self._scenario.name]
        command = [sys.executable, "-m", "simulator.cli.main", "run", str(self.path), *options]
        done = subprocess.run([*command, "--json"], check=False, capture_output=True, text=True)
        if done.returncode == 0:
            return
        told = done.stderr
        try:
            report = json.loads(done.stdout)
        except ValueError:
            report = {}
        for scenario in report.get("scenarios", ()):
            wrong = [each for step in scenario["steps"] for each in step["mismatches"]]
            told += "".join(
                f"\n{each['what']}: expected {each['expected']}, found {each['found']}"
                for each in (*wrong, *scenario["mismatches"])
            )
            told += f"\n{scenario['problem']}" if scenario["problem"] else ""
        raise ScenarioFailedError(f"{told}\n\nagain: {self._again()}")
