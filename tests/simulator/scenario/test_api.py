"""Scenarios from Python code."""

import pytest

from simulator.scenario.api import ScenarioFailedError, check, run, scenario_of, scenarios_in
from switch.settings import SettingsError

CONTENT = {
    "scenario": "A withdrawal is posted once",
    "cast": {"gab": "GAB00001", "customer": "amina"},
    "steps": [
        {
            "withdraw": {"at": "gab", "card": "customer", "amount": "200.00"},
            "expect": {"outcome": "approved"},
        }
    ],
    "expect": {"accounts": {"customer": "9800.00"}},
}


def test_a_scenario_of_python_data_passes():
    result = check(scenario_of(CONTENT))
    assert result.books.ledgers["core"].balance_minor is not None
    assert [step.result.amount_minor for step in result.steps] == [20000]


def test_a_failure_is_an_assertion_that_says_what_was_wrong():
    wrong = {**CONTENT, "expect": {"accounts": {"customer": "9900.00"}}}
    with pytest.raises(ScenarioFailedError) as caught:
        check(scenario_of(wrong))
    assert "at the end: account of customer: expected 9900.00, found 9800.00" in str(caught.value)
    assert isinstance(caught.value, AssertionError)


def test_the_same_seed_gives_the_same_history():
    scenario = scenario_of(CONTENT)
    assert run(scenario, seed=4).digest == run(scenario, seed=4).digest
    assert run(scenario, seed=4).digest != run(scenario, seed=5).digest


def test_what_does_not_fit_is_told():
    with pytest.raises(SettingsError, match="unknown terminal 'gab'"):
        scenario_of({**CONTENT, "cast": {"customer": "amina"}})


def test_shipped_suites_are_found_by_name():
    assert "Withdrawal on our own card" in [each.name for each in scenarios_in("smoke")]
