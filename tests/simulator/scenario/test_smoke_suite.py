"""The smoke suite in virtual time, and defects that it must catch."""

import pytest

from simulator.gab import gab
from simulator.hosts import issuing
from simulator.scenario import Verdict, find_scenarios, load_scenario
from simulator.scenario.clocks import run_in_virtual_time
from simulator.scenario.finding import scenarios_folder

SMOKE = scenarios_folder() / "smoke"


def run(path, local, seed=11):
    scenario = load_scenario(path, local)
    return run_in_virtual_time(scenario, seed, lambda step: None, lambda: False)


@pytest.mark.parametrize("path", find_scenarios([SMOKE]), ids=lambda path: path.stem)
def test_it_passes(path, local):
    result = run(path, local)
    told = [str(each) for step in result.steps for each in step.mismatches]
    assert (result.verdict, told, result.problem) == (Verdict.PASSED, [], "")


def test_every_scenario_has_a_name_of_its_own(local):
    names = [load_scenario(path, local).name for path in find_scenarios([SMOKE])]
    assert len(set(names)) == len(names)


def test_the_silent_issuer_is_sent_a_repeat(local):
    """The first reversal meets the silence, so what is acknowledged is its repeat."""
    result = run(SMOKE / "issuer-silent.yaml", local)
    assert result.steps[4].elapsed_s > 5
    assert result.books.switch.acknowledged == 1


def test_an_issuer_that_acknowledges_and_gives_nothing_back_is_caught(local, monkeypatch):
    monkeypatch.setattr(issuing, "reverse", lambda connection, original, now: None)
    result = run(SMOKE / "issuer-answer-lost.yaml", local)
    assert result.verdict is Verdict.INVARIANT
    assert result.broken[0].invariant == "what stands in a ledger, a terminal did"
    assert "GAB00001" in result.broken[0].transaction


def test_a_gab_that_pays_a_note_too_many_is_caught(local, monkeypatch):
    choose = gab.choose_notes

    def generous(amount_minor, cassettes):
        chosen = choose(amount_minor, cassettes)
        return {name: count + 1 for name, count in chosen.items()}

    monkeypatch.setattr(gab, "choose_notes", generous)
    result = run(SMOKE / "withdrawal-off-us.yaml", local)
    assert result.verdict is Verdict.INVARIANT
    assert "80.00 of cash for 60.00" in result.broken[0].found
