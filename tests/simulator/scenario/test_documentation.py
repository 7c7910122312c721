"""The documentation's example is a scenario that passes, and names every word of the language."""

import re
from pathlib import Path

import pytest

from simulator.scenario import Verdict, load_scenario
from simulator.scenario.clocks import run_in_virtual_time
from simulator.scenario.expectations import BooksExpectation, ResultExpectation
from simulator.scenario.faults import FaultWord
from simulator.scenario.scenario_file import ScenarioFile
from simulator.scenario.steps import Step

TEXT = Path("docs/scenarios.md").read_text()


def test_the_example_passes(tmp_path, local):
    path = tmp_path / "example.yaml"
    path.write_text(re.search("```yaml\n(.*?)```", TEXT, re.DOTALL)[1])
    result = run_in_virtual_time(load_scenario(path, local), 3, lambda step: None, lambda: False)
    assert result.verdict is Verdict.PASSED


@pytest.mark.parametrize(
    "words",
    [
        ScenarioFile.model_fields,
        Step.WORDS,
        ResultExpectation.model_fields,
        BooksExpectation.model_fields,
        FaultWord.__args__,
    ],
    ids=["file", "steps", "results", "books", "faults"],
)
def test_every_word_is_documented(words):
    assert [word for word in words if f"`{word}`" not in TEXT] == []
