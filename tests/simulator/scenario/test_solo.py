"""`--solo`: each load, and each choice of its mix, once by one customer."""

import pytest

from simulator.scenario import load_scenario
from simulator.scenario.clocks import run_in_virtual_time
from simulator.scenario.results import Verdict
from simulator.scenario.solo import solo

MIXED = """
scenario: Load
cast: {visitor: "9504020000000018"}
load:
  cash:
    executor: ramping-arrival-rate
    stages: [{target: 50/s, duration: 10m}]
    start: 5m
    warm_up: 1m
    terminals: gab
    cards: [visitor]
    mix:
      - weight: 99
        steps: [{withdraw: {at: "${terminal}", card: "${card}", amount: 20.00}}]
      - weight: 1
        steps: [{balance: {at: "${terminal}", card: "${card}"}}]
  queries:
    executor: per-vu-iterations
    vus: 2
    iterations: 9
    terminals: gab
    cards: [visitor]
    steps: [{balance: {at: "${terminal}", card: "${card}"}}]
thresholds: {operations: ["count > 1000"]}
"""


@pytest.fixture
def alone(tmp_path, local):
    path = tmp_path / "load.yaml"
    path.write_text(MIXED)
    return solo(load_scenario(path, local))


def test_each_load_and_each_choice_is_done_once_and_at_once(alone):
    result = run_in_virtual_time(alone, 3, lambda step: None, lambda: False)
    assert result.verdict is Verdict.PASSED, result.problem
    assert [(load.name, load.offered) for load in result.loads] == [
        ("cash/1", 1),
        ("cash/2", 1),
        ("queries", 1),
    ]
    count = result.metrics.count_of
    assert (count("operations", {"load": "cash/1"}), count("operations", {})) == (1, 3)
    assert result.elapsed_s < 60


def test_thresholds_are_about_many_and_left_out(alone):
    assert alone.file.thresholds == {}
