"""Exploring: what a seed draws, how a failure is made smaller, and a canary that must be found."""

from itertools import pairwise
from pathlib import Path

import pytest

from simulator.cli.explore import explore
from simulator.explore.drawing import draw_faults, drawn
from simulator.explore.searching import Target, networks, search
from simulator.explore.shrinking import fewer
from simulator.hosts import issuing
from simulator.scenario.explored import Exploration
from simulator.scenario.loading import load_scenarios
from switch.cli.console import run_command
from switch.runtime import Chance
from switch.settings import SettingsError

SCENARIO = """
scenario: A canary
cast: {gab: GAB00001, visitor: "9504020000000018"}
vars: {amount: "200.00"}
steps:
  - withdraw: {at: gab, card: visitor, amount: "${amount}"}
  - think: 2s
  - withdraw: {at: gab, card: visitor, amount: "${amount}"}
explore:
  count: [0, 3]
  vars: {amount: ["20.00", "40.00"]}
  faults:
    - {fault: {on: issuer, inject: lose_answers}, at: [0s, 2s], for: [1s, 9s]}
    - {fault: {on: gab, inject: receipt_printer_out}, at: [0s, 1s], for: [1s, 2s]}
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "canary.yaml"
    file.write_text(SCENARIO)
    return file


def faults_of(path: Path, seed: int):
    return [
        (fault.on, fault.inject, fault.at, fault.for_)
        for fault in drawn(path, 0, seed, networks()).file.faults
    ]


def test_a_seed_always_draws_the_same_and_seeds_differ(path):
    draws = [faults_of(path, seed) for seed in range(8)]
    assert draws[:3] == [faults_of(path, seed) for seed in range(3)]
    assert len({str(draw) for draw in draws}) > 4
    amounts = {drawn(path, 0, seed, networks()).steps[0].step.withdraw.amount for seed in range(8)}
    assert amounts == {2000, 4000}


def test_faults_are_within_their_ranges_and_none_meets_another_on_its_party():
    may = {"fault": {"on": "issuer", "inject": "silent"}, "at": ["1s", "20s"], "for": ["1s", "5s"]}
    ranges = Exploration.model_validate({"count": ["2", "9"], "faults": [may]})
    for seed in range(50):
        faults = draw_faults(ranges, Chance(seed).stream("test"))
        assert 1 <= len(faults) <= 9
        assert all(1 <= each.at <= 20 and 1 <= each.for_ <= 5 for each in faults)
        pairs = pairwise(faults)
        assert all(one.at + one.for_ < other.at for one, other in pairs)


@pytest.mark.parametrize(
    ("said", "instead", "place"),
    [
        ("at: [0s, 2s]", "at: [3s, 2s]", "the second is less than the first"),
        ("inject: lose_answers}", "inject: lose_answers, at: 1s}", "said beside it"),
        ("vars: {amount: [", "vars: {price: [", "no variable of this name"),
        ("{on: gab,", "{on: bag,", "unknown terminal"),
    ],
)
def test_what_cannot_be_drawn_is_said_with_its_place(path, said, instead, place):
    path.write_text(SCENARIO.replace(said, instead))
    with pytest.raises(SettingsError, match=place):
        load_scenarios(path, load=networks())


def test_what_does_not_matter_is_left_out():
    assert fewer(range(20), lambda kept: {3, 11} <= set(kept)) == (3, 11)
    assert fewer((), lambda kept: True) == ()
    assert fewer("a", lambda kept: True) == ()


def canary(monkeypatch):
    monkeypatch.setattr(issuing, "reverse", lambda connection, original, now: None)


def test_the_search_finds_a_canary_and_shrinks_it(path, monkeypatch, capsys):
    canary(monkeypatch)
    assert run_command(explore, "explore", [str(path), "--seeds", "30"]) == 5
    told = capsys.readouterr().out
    assert "FAILED: what stands in a ledger, a terminal did" in told
    assert "canary.yaml --seeds 1 --first " in told
    assert " runs to 1 of " in told
    assert "    issuer lose_answers at " in told
    seed = told.partition("--first ")[2].split()[0]
    assert run_command(explore, "explore", [str(path), "--seeds", "1", "--first", seed]) == 5
    assert f"SEED {seed} FAILED" in capsys.readouterr().out


def test_without_the_canary_nothing_breaks_and_what_was_reached_is_told(path, capsys):
    assert run_command(explore, "explore", [str(path), "--seeds", "4"]) == 0
    told = capsys.readouterr().out
    assert "nothing broke" in told
    assert "fault: issuer lose answers" in told
    assert "withdraw approved" in told


def test_a_seed_has_the_same_history_twice(path):
    target = Target(path, 0, "A canary")
    once, twice = ([each.digest for each in search(target, range(2), 1)] for _ in range(2))
    assert once == twice


def test_a_scenario_without_ranges_cannot_be_explored(path, capsys):
    path.write_text(SCENARIO.partition("explore:")[0])
    assert run_command(explore, "explore", [str(path)]) == 2
    assert "`explore` block" in capsys.readouterr().err
