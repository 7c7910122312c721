"""The functional suite in virtual time: what each channel does, approved and refused."""

import pytest

from simulator.network.settings import load_network
from simulator.scenario import Verdict, find_scenarios
from simulator.scenario.clocks import run_in_virtual_time
from simulator.scenario.finding import scenarios_folder
from simulator.scenario.loading import load_scenarios, remembering
from simulator.scenario.steps import OPERATIONS_OF_PEOPLE

FUNCTIONAL = find_scenarios([scenarios_folder() / "functional"])
LOAD = remembering(load_network)


@pytest.mark.parametrize("path", FUNCTIONAL, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_it_passes(path):
    for scenario in load_scenarios(path, load=LOAD):
        _judge(run_in_virtual_time(scenario, 11, lambda step: None, lambda: False))


def _judge(result):
    told = [str(each) for step in result.steps for each in step.mismatches]
    told += [step.problem for step in result.steps if step.problem]
    assert (told, result.problem, [*result.mismatches], [*result.broken]) == ([], "", [], [])
    assert result.verdict is Verdict.PASSED


def test_names_are_of_one_scenario_each_and_tags_say_what_they_are():
    files = [load_scenarios(path, load=LOAD)[0].file for path in FUNCTIONAL]
    assert len({file.scenario for file in files}) == len(files)
    assert all({"functional"} < set(file.tags) for file in files)


def test_every_operation_of_a_terminal_is_in_some_scenario():
    text = "".join(path.read_text() for path in FUNCTIONAL)
    assert [word for word in OPERATIONS_OF_PEOPLE if f"{word}:" not in text] == []
