"""Two runs side by side: what broke, what moved, and files that hold no results."""

import json

import pytest

from simulator.report.compare import compare, comparison_document
from simulator.report.json_report import json_report
from simulator.report.result_document import (
    ResultFileError,
    RunDocument,
    read_results,
    results_schema,
)


def load_told(p99_s=0.1, approved=0.99, dropped=0):
    def row(metric, **told):
        empty = {"step": None, "count": 100, "rate": None, "mean_s": None, "percentiles_s": None}
        return {**empty, "metric": metric, **told}

    percentiles = {"50": 0.01, "95": 0.05, "99": p99_s}
    return {
        "loads": [],
        "metrics": [],
        "thresholds": [],
        "generator_was_late": False,
        "summary": [
            row("response_time", step="withdraw", percentiles_s=percentiles, mean_s=0.02),
            row("approved", rate=approved),
            row("dropped", count=dropped),
            row("operations", count=50),
        ],
    }


@pytest.fixture
def told(run_of, results):
    """A run's document, as it is read back."""

    def make(*names, load=None, **changes):
        run = run_of(*(results[name] for name in names), **changes)
        document = json.loads(json_report(run))
        if load is not None:
            document["scenarios"][0]["load"] = load
        return RunDocument.model_validate(document)

    return make


def renamed(document, name, verdict="passed"):
    (scenario,) = document.scenarios
    changed = scenario.model_copy(update={"name": name, "verdict": verdict})
    return document.model_copy(update={"scenarios": [changed]})


def test_a_run_is_as_good_as_itself(told):
    run = told("passed", "failed", "broken", load=load_told())
    comparison = compare(run, run, 0)
    assert {each.change for each in comparison.verdicts} == {"same"}
    assert comparison.same_history is True
    assert not comparison.worse


def test_what_passed_and_does_not_is_worse_and_says_why(told):
    comparison = compare(renamed(told("passed"), "A refusal"), told("failed"), 0)
    (change,) = comparison.verdicts
    assert (change.change, change.before, change.after) == ("broke", "passed", "failed")
    assert change.why == (
        "withdraw 200.00 at GAB00001, amina: outcome: expected declined, found approved"
    )
    assert comparison.worse


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (("failed",), None, "mended"),
        (None, ("failed",), "broke"),
        (("failed",), ("failed",), "same"),
    ],
)
def test_a_verdict_that_changed_has_a_word(told, before, after, change):
    passed = renamed(told("passed"), "A refusal")
    runs = [passed if names is None else told(*names) for names in (before, after)]
    (found,) = compare(*runs, 0).verdicts
    assert found.change == change


def test_what_is_in_one_run_only_is_new_or_gone_and_not_worse(told):
    comparison = compare(told("passed"), told("unreachable"), 0)
    assert [(each.name, each.change) for each in comparison.verdicts] == [
        ("A withdrawal", "gone"),
        ("A taken port", "new"),
    ]
    assert not comparison.worse


def test_an_invariant_is_the_reason_before_anything_else(told):
    comparison = compare(renamed(told("passed"), "A defect"), told("broken"), 0)
    assert comparison.verdicts[0].why == "money: 100.00 too much"


@pytest.mark.parametrize(
    ("changed", "allowed", "worse"),
    [
        ({"p99_s": 0.11}, 10, []),
        ({"p99_s": 0.12}, 10, ["response_time{step:withdraw} p99"]),
        ({"p99_s": 0.01}, 0, []),
        ({"approved": 0.90}, 10, []),
        ({"approved": 0.88}, 10, ["approved"]),
        ({"approved": 1.0}, 0, []),
        ({"dropped": 1}, 10, ["dropped"]),
    ],
)
def test_a_figure_is_worse_beyond_what_is_allowed_and_the_right_way_round(
    told, changed, allowed, worse
):
    before, after = told("passed", load=load_told()), told("passed", load=load_told(**changed))
    comparison = compare(before, after, allowed)
    assert [each.figure for each in comparison.figures if each.worse] == worse
    assert comparison.worse == bool(worse)


def test_how_far_a_figure_moved_is_a_share_of_what_it_was(told):
    before, after = told("passed", load=load_told()), told("passed", load=load_told(p99_s=0.15))
    moved = {each.figure: each.percent for each in compare(before, after, 0).figures}
    assert moved["response_time{step:withdraw} p99"] == pytest.approx(50)
    assert "dropped" not in moved
    assert moved["operations"] == 0


def test_in_real_time_histories_are_not_compared(told):
    comparison = compare(told("passed", digest=""), told("passed"), 0)
    assert comparison.same_history is None
    assert comparison_document(comparison)["worse"] is False


def test_the_document_keeps_its_schema(run_of, results):
    from jsonschema import Draft202012Validator

    document = json.loads(json_report(run_of(*results.values())))
    assert list(Draft202012Validator(results_schema()).iter_errors(document)) == []
    told = RunDocument.model_validate(document).model_dump(mode="json")
    assert told == document


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", ":1:2: this is no JSON"),
        ("[]", "no results of `guichet run --json`"),
        ('{"scenarios": []}', "its format is None, this version reads 1"),
        ('{"format": 1, "scenarios": [{}]}', "verdict: field required"),
        ('{"format": 9, "scenarios": []}', "its format is 9"),
    ],
)
def test_a_file_without_results_is_told_with_its_place(tmp_path, text, words):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(ResultFileError) as told:
        read_results(path)
    assert str(told.value).startswith(str(path))
    assert words in str(told.value)


def test_a_file_of_bytes_is_told(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ResultFileError, match="no UTF-8"):
        read_results(path)
