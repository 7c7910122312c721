"""Every scenario in the documentation passes as it stands there."""

import re
from pathlib import Path

import pytest

from simulator.scenario import Verdict, load_scenarios
from simulator.scenario.clocks import run_in_virtual_time

PAGES = [
    Path("docs/scenarios.md"),
    Path("docs/load.md"),
    *sorted(Path("docs/cookbook").glob("*.md")),
]
EXAMPLES = [
    pytest.param(block, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, block in enumerate(re.findall("```yaml\n(.*?)```", page.read_text(), re.DOTALL))
    if re.search("^scenario:", block, re.MULTILINE)
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_passes(text, tmp_path, local):
    path = tmp_path / "example.yaml"
    path.write_text(text)
    for scenario in load_scenarios(path, local):
        result = run_in_virtual_time(scenario, 3, lambda step: None, lambda: False)
        wrong = [step for step in result.steps if step.status not in ("passed", "skipped")]
        assert (wrong, result.mismatches, result.problem) == ([], (), "")
        assert result.verdict is Verdict.PASSED
