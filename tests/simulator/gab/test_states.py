"""The table of a session reads like its diagram and has no dead ends."""

import pytest

from simulator.gab.states import (
    CARD_FIRST,
    CASH_FIRST,
    ImpossibleError,
    Input,
    State,
    next_state,
)
from simulator.gab.texts import LANGUAGES, SCREENS

TABLES = {"card first": CARD_FIRST, "cash first": CASH_FIRST}


def reached(table, start: State) -> set[State]:
    found, left = {start}, [start]
    while left:
        state = left.pop()
        for (source, _), target in table.items():
            if source is state and target not in found:
                found.add(target)
                left.append(target)
    return found


@pytest.mark.parametrize("name", TABLES)
def test_every_state_is_reached_from_idle(name):
    missing = set(State) - reached(TABLES[name], State.IDLE)
    assert missing == (set() if name == "card first" else {State.CARD_FIRST})


@pytest.mark.parametrize("name", TABLES)
def test_idle_is_reached_from_every_state(name):
    table = TABLES[name]
    for state in reached(table, State.IDLE):
        assert State.IDLE in reached(table, state), state


def test_every_input_is_in_the_table():
    assert {happened for _, happened in CARD_FIRST} == set(Input)


@pytest.mark.parametrize(
    ("table", "after_stacking"),
    [(CARD_FIRST, State.CARD_FIRST), (CASH_FIRST, State.PRESENTED)],
)
def test_what_comes_out_first_is_a_matter_of_the_table(table, after_stacking):
    assert next_state(table, State.STACKING, Input.STACKED) is after_stacking


def test_no_cash_is_presented_but_from_the_stacker_or_behind_the_card():
    sources = {source for (source, _), target in CARD_FIRST.items() if target is State.PRESENTED}
    assert sources == {State.CARD_FIRST}


def test_what_cannot_happen_is_named():
    with pytest.raises(ImpossibleError, match="'cash taken' cannot happen in idle"):
        next_state(CARD_FIRST, State.IDLE, Input.CASH_TAKEN)


def test_every_state_has_a_screen_in_every_language():
    assert set(SCREENS) == set(State)
    assert all(words[language] for words in SCREENS.values() for language in LANGUAGES)
