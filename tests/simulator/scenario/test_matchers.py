"""Matchers: what a scenario may say of a value."""

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario.matchers import (
    MoneyMatcher,
    OutcomeMatcher,
    TextMatcher,
    WholeMatcher,
    holds,
    wanted,
)
from switch.settings import write_money

COMPARISONS = {
    "ne": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
AMOUNTS = st.integers(0, 10**12 - 1)


@given(AMOUNTS, AMOUNTS, st.sampled_from(sorted(COMPARISONS)))
def test_a_comparison_is_that_of_the_integers(found, bound, word):
    assert holds(MoneyMatcher(**{word: bound}), found) is COMPARISONS[word](found, bound)


@given(AMOUNTS, AMOUNTS)
def test_a_bare_value_is_equality(found, expected):
    assert holds(expected, found) is (found == expected)


@given(AMOUNTS, st.lists(AMOUNTS, max_size=5))
def test_in_and_nin_are_opposites(found, several):
    inside = holds(MoneyMatcher.model_validate({"in": several}), found)
    assert inside is (found in several)
    assert holds(MoneyMatcher(nin=tuple(several)), found) is not inside


def test_all_conditions_must_hold():
    between = WholeMatcher(gte=2, lt=4)
    assert [n for n in range(6) if holds(between, n)] == [2, 3]


@pytest.mark.parametrize("word", ["gt", "gte", "lt", "lte"])
def test_nothing_is_neither_more_nor_less(word):
    assert not holds(MoneyMatcher(**{word: 0}), None)


def test_nothing_is_not_a_value():
    assert holds(TextMatcher(exists=False), "")
    assert holds(MoneyMatcher(exists=False), None)
    assert not holds(TextMatcher(exists=True), "")
    assert holds(MoneyMatcher(exists=True), 0)


def test_a_pattern_is_for_the_whole_text():
    assert holds(TextMatcher(matches="[0-9]{6}"), "123456")
    assert not holds(TextMatcher(matches="[0-9]{6}"), "1234567")
    assert not holds(TextMatcher(matches=".*"), None)


def test_an_outcome_is_matched_by_its_word():
    assert holds(OutcomeMatcher.model_validate({"in": ["declined", "in_doubt"]}), "in_doubt")


def test_what_was_wanted_is_said_in_words():
    matcher = MoneyMatcher(gte=100, nin=(200, 300))
    assert wanted(matcher, write_money) == "at least 1.00 and none of 2.00, 3.00"
    assert wanted(20_000, write_money) == "200.00"
    assert wanted(TextMatcher(exists=False)) == "nothing"
