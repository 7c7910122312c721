"""The life of a transaction: what the page draws is what the table holds, and nothing else is."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from switch.engine.states import (
    FINAL,
    INITIAL,
    OWING,
    TRANSITIONS,
    UNDER_WAY,
    IllegalTransitionError,
    Input,
    State,
    next_state,
)

PAGE = Path(__file__).parents[3] / "docs" / "transactions.md"
ARROW = re.compile(r"^    (\w+|\[\*\]) --> (\w+|\[\*\])(?:: (.+))?$", re.MULTILINE)
EVERY = list(itertools.product(State, Input))


def drawn() -> list[tuple[str, str, str]]:
    diagram = PAGE.read_text().partition("```mermaid\nstateDiagram-v2\n")[2].partition("```")[0]
    return [(before, after, words) for before, after, words in ARROW.findall(diagram)]


def test_the_page_draws_every_row_of_the_table_and_no_other() -> None:
    arrows = [
        (State(before), State(after), words)
        for before, after, words in drawn()
        if "[*]" not in (before, after)
    ]
    rows = [(before, after, happened.value) for (before, happened), after in TRANSITIONS.items()]
    assert sorted(arrows) == sorted(row for row in rows if row[0] is not row[1])


def test_the_page_lists_what_changes_nothing() -> None:
    table = PAGE.read_text().partition("## What changes nothing")[2]
    listed = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", table, re.MULTILINE)
    rows = [(s.value, h.value) for (s, h), after in TRANSITIONS.items() if after is s]
    assert sorted((state, words.strip()) for state, words in listed) == sorted(rows)


def test_the_page_begins_and_ends_where_the_table_does() -> None:
    assert {State(after) for before, after, _ in drawn() if before == "[*]"} == INITIAL
    assert {State(before) for before, after, _ in drawn() if after == "[*]"} == FINAL


@pytest.mark.parametrize(("state", "happened"), EVERY)
def test_what_has_no_row_is_refused(state: State, happened: Input) -> None:
    if (state, happened) in TRANSITIONS:
        assert next_state(state, happened) is TRANSITIONS[state, happened]
    else:
        with pytest.raises(IllegalTransitionError, match=state.value):
            next_state(state, happened)


@pytest.mark.parametrize(("state", "happened"), list(TRANSITIONS))
def test_what_moves_no_money_comes_into_no_doubt(state: State, happened: Input) -> None:
    after = next_state(state, happened, moves_money=False)
    assert after is state or after not in (State.IN_DOUBT, State.REVERSING)


@pytest.mark.parametrize("happened", [Input.NO_ANSWER, Input.CRASHED, Input.REVERSAL])
def test_an_enquiry_that_goes_unanswered_is_declined(happened: Input) -> None:
    assert next_state(State.FORWARDED, happened, moves_money=False) is State.DECLINED


def test_an_enquiry_that_was_answered_is_not_reversed() -> None:
    assert next_state(State.APPROVED, Input.REVERSAL, moves_money=False) is State.APPROVED


def test_nothing_leads_out_of_a_final_state() -> None:
    assert {after for (before, _), after in TRANSITIONS.items() if before in FINAL} <= FINAL


def test_whatever_is_under_way_or_owing_can_end() -> None:
    for state in (*UNDER_WAY, *OWING, State.EXCEPTION):
        reached, before = {state}, set[State]()
        while reached != before:
            before = set(reached)
            reached |= {after for (at, _), after in TRANSITIONS.items() if at in reached}
        assert reached & FINAL, state
