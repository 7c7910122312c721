from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.settings.problems import (
    LINE_WIDTH_MAX,
    PROBLEMS_SHOWN_MAX,
    Problem,
    SettingsError,
    mask,
    quoted,
    suggest,
)


def test_a_problem_shows_place_message_suggestion_line_and_caret() -> None:
    problem = Problem(
        "s.yaml", 12, 5, "unknown key 'withdrw'", "  - withdrw: {}", "withdraw", width=7
    )
    assert problem.render() == (
        "s.yaml:12:5: unknown key 'withdrw', did you mean 'withdraw'?\n"
        "   12 |   - withdrw: {}\n"
        "      |     ^^^^^^^"
    )


def test_a_problem_with_the_whole_file_has_no_line() -> None:
    assert Problem("s.yaml", 0, 0, "the file is empty").render() == "s.yaml: the file is empty"


def test_the_caret_stands_under_its_place_when_a_tab_comes_before() -> None:
    _, line, caret = Problem("f", 1, 4, "m", "a:\tbc", width=2).render().splitlines()
    assert line.index("bc") == caret.index("^^")


def test_the_caret_counts_columns_of_a_terminal_not_characters() -> None:
    _, line, caret = Problem("f", 1, 4, "m", "日e\u0301x", width=1).render().splitlines()
    assert line.endswith("日e\u0301x")
    assert caret == "      |    ^"


def test_control_characters_of_a_file_never_reach_the_terminal() -> None:
    assert "\x1b" not in Problem("f\x1b[2J", 1, 1, "m", "a: \x1b[31m").render()


@pytest.mark.parametrize("column", [1, 250, 500])
def test_a_long_line_is_cut_around_its_caret(column: int) -> None:
    text = "." * (column - 1) + "here" + "." * (500 - column)
    _, line, caret = Problem("f", 1, column, "m", text, width=4).render().splitlines()
    assert len(line) < LINE_WIDTH_MAX + 12
    assert line.index("here") == caret.index("^^^^")


def test_a_line_cut_on_both_sides_says_so() -> None:
    line = Problem("f", 1, 250, "m", "." * 500).render().splitlines()[1]
    assert line.count("…") == 2


def test_a_caret_run_longer_than_the_window_ends_with_it() -> None:
    _, line, caret = Problem("f", 1, 1, "m", "x" * 500, width=500).render().splitlines()
    assert caret.count("^") == LINE_WIDTH_MAX
    assert len(caret) <= len(line)


def test_an_error_shows_every_problem() -> None:
    error = SettingsError([Problem("f", 1, 1, "one", "a"), Problem("f", 2, 1, "two", "b")])
    assert [line for line in str(error).splitlines() if line.startswith("f:")] == [
        "f:1:1: one",
        "f:2:1: two",
    ]


def test_an_error_counts_what_it_does_not_show() -> None:
    error = SettingsError(Problem("f", 1, 1, "m", "a") for _ in range(PROBLEMS_SHOWN_MAX + 3))
    assert str(error).endswith("f: and 3 more problems")


def test_an_error_survives_pickling() -> None:
    error = SettingsError([Problem("f", 1, 1, "one", "a")])
    assert pickle.loads(pickle.dumps(error)).problems == error.problems


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("9504010000000019", "950401******0019"),
        ("a 9504010000000019, b", "a 950401******0019, b"),
        ("9504 0100 0000 0019", "9504 01** **** 0019"),
        ("123456789012", "123456**9012"),
        ("12345678901", "12345678901"),
        ("999780000000000000100112", "999780000000000000100112"),
    ],
)
def test_runs_of_12_to_19_digits_are_masked(text: str, shown: str) -> None:
    assert mask(text) == shown


@given(st.text("0123456789 -x", max_size=60))
def test_masking_keeps_the_length(text: str) -> None:
    assert len(mask(text)) == len(text)


def test_a_quoted_value_is_cut_and_stays_on_one_line() -> None:
    shown = quoted("a\n" * 100)
    assert len(shown) < 130
    assert "\n" not in shown


@pytest.mark.parametrize(
    ("word", "meant"),
    [("withdrw", "withdraw"), ("BALANCE", "balance"), ("xyz", None), ("", None)],
)
def test_a_near_miss_is_suggested(word: str, meant: str | None) -> None:
    assert suggest(word, ["withdraw", "balance", "transfer"]) == meant
