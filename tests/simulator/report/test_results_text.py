"""A scenario's result in lines for people."""

from dataclasses import replace

import pytest

from simulator.report.results_text import came_of, scenario_lines
from simulator.terminal.result import Article, OperationResult


def lines(result):
    return [line.plain for line in scenario_lines(result)]


def test_a_scenario_is_a_verdict_a_line_a_step_and_its_books(results):
    assert lines(results["passed"]) == [
        "PASSED   A withdrawal  0.500 s  scenarios/smoke/withdrawal.yaml",
        "     1  withdraw 200.00 at GAB00001, amina  approved  00 approved, 1 x 200  0.250 s",
        "        GAB00001 paid out 200.00 (core 200.00)",
        "        core amina 9800.00 (-200.00)",
    ]


def test_what_is_wrong_stands_under_its_step_with_its_place(results):
    told = lines(results["failed"])
    assert told[0].startswith("FAILED")
    assert told[1].startswith("  x  1  withdraw")
    assert told[2] == (
        "        outcome: expected declined, found approved  (scenarios/smoke/withdrawal.yaml:6)"
    )
    assert told[3].startswith("  !  2")
    assert told[4].endswith("the issuer is down  (scenarios/smoke/withdrawal.yaml:7)")
    assert told[5].endswith("not done")
    assert told[6] == "        at the end: account of customer: expected 1.00, found 2.00"


def test_a_broken_invariant_names_the_transaction(results):
    told = lines(results["broken"])
    assert "        invariant broken: money: 100.00 too much (GAB00001, STAN 000001)" in told
    assert "        GAB00001 paid out 200.00 (core 300.00)  NOT EQUAL" in told


def test_what_did_not_start_says_why(results):
    assert lines(results["unreachable"])[1:] == ["        it is taken"]


def test_terminals_where_nothing_moved_are_left_out(results):
    quiet = replace(
        results["passed"], books=replace(results["passed"].books, terminals={}, ledgers={})
    )
    assert len(lines(quiet)) == 2


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (
            {"outcome": "declined", "response_code": "51", "words": "insufficient funds"},
            "51 insufficient funds",
        ),
        ({"outcome": "in_doubt", "words": "no answer"}, "no answer"),
        ({"operation": "balance", "available_minor": 980_000}, "available 9800.00"),
        ({"operation": "mini_statement", "lines": ("a", "b")}, "2 lines"),
        (
            {"operation": "enquire_bill", "amount_minor": 100, "articles": (Article("a", 100),)},
            "1.00 owed in 1 article",
        ),
        ({"operation": "enquire_bill"}, "0.00 owed in 0 articles"),
        ({"operation": "transfer", "amount_minor": 5_000}, "50.00"),
        ({"notes": {20: 3, 200: 1}}, "1 x 200 + 3 x 20"),
    ],
)
def test_an_answer_is_said_in_words(result, said):
    facts = {"operation": "withdraw", "terminal": "GAB00001", "outcome": "approved"}
    assert came_of(OperationResult(**{**facts, **result})) == said
