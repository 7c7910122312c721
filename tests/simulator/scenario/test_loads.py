"""Loads of scenarios in virtual time: what is measured, and what a threshold makes of it."""

import pytest

from simulator.report.json_report import json_report
from simulator.report.load_text import load_lines
from simulator.scenario import load_scenario
from simulator.scenario.clocks import run_in_virtual_time
from simulator.scenario.results import EXIT_CODES, RunResult, Verdict
from switch.settings import SettingsError

HEAD = """
scenario: Load
cast: {visitor: "9504020000000018"}
load:
  cash:
    executor: constant-arrival-rate
    rate: 5/s
    duration: 4s
    terminals: gab
    cards: [amina, visitor]
"""
STEPS = """
    steps:
      - withdraw: {at: "${terminal}", card: "${card}", amount: 20.00}
        expect: {outcome: approved}
        capture: {rrn: result.rrn}
      - balance: {at: "${terminal}", card: "${card}"}
        expect: {outcome: approved}
"""


@pytest.fixture
def loaded(tmp_path, local):
    def run(text: str, seed: int = 3):
        path = tmp_path / "load.yaml"
        path.write_text(text)
        scenario = load_scenario(path, local)
        return run_in_virtual_time(scenario, seed, lambda step: None, lambda: False)

    return run


def test_every_operation_is_measured_and_the_books_are_equal(loaded):
    result = loaded(HEAD + STEPS)
    assert result.verdict is Verdict.PASSED, result.problem
    metrics = result.metrics
    assert metrics.count_of("operations", {"step": "withdraw"}) == 20
    assert metrics.share_of("approved", {}).total == 40
    assert metrics.share_of("expected", {}).rate == 1.0
    assert result.books.terminals["GAB00001"].dispensed_minor > 0
    assert result.broken == ()


def test_response_time_counts_from_when_it_was_due(loaded):
    slow = HEAD.replace("rate: 5/s", "rate: 1/s").replace("[amina, visitor]", "[visitor]")
    text = slow.replace("load:\n", "faults: [{on: issuer, inject: slow, delay: 500ms}]\nload:\n")
    metrics = loaded(text + STEPS).metrics
    service = metrics.trend_of("service_time", {"step": "withdraw"})
    response = metrics.trend_of("response_time", {"step": "withdraw"})
    assert 0.5 <= service.percentile_s(50) <= response.percentile_s(50)


def test_what_no_terminal_is_free_for_is_dropped(loaded):
    text = HEAD.replace("load:\n", "faults: [{on: issuer, inject: slow, delay: 2s}]\nload:\n")
    result = loaded(
        text.replace("[amina, visitor]", "[visitor]")
        + STEPS
        + '\nthresholds: {dropped: ["count == 0"]}\n'
    )
    assert result.metrics.count_of("dropped", {}) > 5
    assert result.verdict is Verdict.THRESHOLD
    assert EXIT_CODES[result.verdict] == 4


def test_a_threshold_can_end_the_loads(loaded):
    text = HEAD.replace("duration: 4s", "duration: 10m").replace("[amina", '["9504010000000035"')
    result = loaded(
        text.replace(", visitor]", "]")
        + STEPS
        + "\nthresholds: {approved: [{check: rate > 0.5, abort_on_fail: true, delay_abort: 1s}]}\n"
    )
    assert result.verdict is Verdict.THRESHOLD
    assert "a threshold ended the loads: approved: rate > 0.5" in result.problem
    assert result.elapsed_s < 60


def test_a_mix_follows_its_weights(loaded):
    text = (
        HEAD.replace("duration: 4s", "duration: 40s")
        + """
    mix:
      - weight: 3
        steps: [{balance: {at: "${terminal}", card: "${card}"}}]
      - weight: 1
        steps: [{withdraw: {at: "${terminal}", card: "${card}", amount: 20.00}}]
"""
    )
    metrics = loaded(text).metrics
    share = metrics.count_of("operations", {"step": "balance"}) / 200
    assert 0.65 < share < 0.85


def test_the_same_seed_gives_the_same_history(loaded):
    assert loaded(HEAD + STEPS, 9).digest == loaded(HEAD + STEPS, 9).digest


def test_failures_are_kept_as_examples(loaded):
    result = loaded(
        HEAD
        + STEPS.replace(
            "outcome: approved}\n        capture", "outcome: declined}\n        capture"
        )
    )
    [load] = result.loads
    assert len(load.examples) == 5
    assert result.metrics.share_of("expected", {"step": "withdraw"}).hits == 0
    told = "\n".join(line.plain for line in load_lines(result))
    assert "outcome: expected declined, found approved" in told
    assert "p99.99" in told


def test_the_json_report_has_every_metric(loaded):
    result = loaded(HEAD + STEPS + '\nthresholds: {response_time: ["p(99) < 5s"]}\n')
    text = json_report(RunResult("virtual", 3, (result,), 1.0))
    for word in ("percentiles_s", "iterations_due", '"p(99) < 5s"', "generator_was_late"):
        assert word in text


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("terminals: gab", "terminals: gabs"), "unknown terminal 'gabs'"),
        (("[amina, visitor]", "[anima]"), "unknown card"),
        (("executor: constant-arrival-rate", "executor: constant-arival-rate"), "expected"),
        (("rate: 5/s", "rate: 5"), "expected a rate such as 30/s"),
        (("${card}", "${crad}"), "nothing is called 'crad' here"),
    ],
)
def test_what_is_wrong_is_told_before_it_runs(tmp_path, local, change, why):
    path = tmp_path / "load.yaml"
    path.write_text((HEAD + STEPS).replace(*change))
    with pytest.raises(SettingsError) as caught:
        load_scenario(path, local)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("thresholds", "why"),
    [
        ('{respons_time: ["p(99) < 2s"]}', "did you mean 'response_time'"),
        ('{response_time: ["p(99) < 2"]}', "expected a duration"),
        ('{"response_time{load:cahs}": ["p(99) < 2s"]}', "no load is called 'cahs'"),
    ],
)
def test_a_wrong_threshold_is_told_before_it_runs(tmp_path, local, thresholds, why):
    path = tmp_path / "load.yaml"
    path.write_text(f"{HEAD}{STEPS}\nthresholds: {thresholds}\n")
    with pytest.raises(SettingsError) as caught:
        load_scenario(path, local)
    assert why in str(caught.value)
