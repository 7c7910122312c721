"""The failure suite in virtual time: every failure ends as its file says, the money right."""

import pytest

from simulator.network.settings import load_network
from simulator.scenario import Verdict, find_scenarios, load_scenario
from simulator.scenario.clocks import run_in_virtual_time
from simulator.scenario.faults import FaultWord
from simulator.scenario.finding import scenarios_folder
from simulator.scenario.line_faults import LINE_FAULTS
from simulator.scenario.loading import remembering

FAILURES = find_scenarios([scenarios_folder() / "failure"])
LOAD = remembering(load_network)


@pytest.mark.parametrize("path", FAILURES, ids=lambda path: path.stem)
def test_it_passes(path):
    scenario = load_scenario(path, load=LOAD)
    result = run_in_virtual_time(scenario, 17, lambda step: None, lambda: False)
    told = [str(each) for step in result.steps for each in step.mismatches]
    told += [step.problem for step in result.steps if step.problem]
    told += [str(each) for each in result.thresholds if not each.passed]
    assert (told, result.problem, [*result.mismatches], [*result.broken]) == ([], "", [], [])
    assert result.verdict is Verdict.PASSED


def test_each_says_its_expected_end_in_words():
    for path in FAILURES:
        file = load_scenario(path, load=LOAD).file
        assert file.description, path
        assert "failure" in file.tags


def test_every_fault_of_lines_is_in_some_file():
    text = "".join(path.read_text() for path in FAILURES)
    assert [word for word in LINE_FAULTS if f"inject: {word}" not in text] == []
    assert set(FaultWord.__args__) > LINE_FAULTS
