"""The life of a transaction: every row, and nothing but the rows."""

from __future__ import annotations

import itertools

import pytest

from switch.engine.states import FINAL, TRANSITIONS, Input, State, next_state

ROWS = {
    (State.RECEIVED, Input.ANSWERED_APPROVED): State.APPROVED,
    (State.RECEIVED, Input.ANSWERED_DECLINED): State.DECLINED,
    (State.RECEIVED, Input.FIRST_APPROVED): State.AUTHORISED,
    (State.AUTHORISED, Input.ANSWERED_APPROVED): State.APPROVED,
    (State.AUTHORISED, Input.SECOND_REFUSED): State.REVERSING,
    (State.AUTHORISED, Input.NO_ANSWER): State.REVERSING,
    (State.AUTHORISED, Input.CRASHED): State.REVERSING,
    (State.AUTHORISED, Input.REVERSAL): State.REVERSING,
    (State.RECEIVED, Input.NOT_SENT): State.DECLINED,
    (State.RECEIVED, Input.NO_ANSWER): State.REVERSING,
    (State.RECEIVED, Input.CRASHED): State.REVERSING,
    (State.RECEIVED, Input.REVERSAL): State.REVERSING,
    (State.APPROVED, Input.REVERSAL): State.REVERSING,
    (State.REVERSING, Input.ACKNOWLEDGED): State.REVERSED,
}
EVERY = list(itertools.product(State, Input))


@pytest.mark.parametrize(("state", "happened"), EVERY)
def test_a_row_is_followed_and_an_input_without_a_row_changes_nothing(
    state: State, happened: Input
) -> None:
    assert next_state(state, happened) is ROWS.get((state, happened), state)


@pytest.mark.parametrize(("state", "happened"), EVERY)
def test_what_moves_no_money_is_never_in_doubt(state: State, happened: Input) -> None:
    if state is not State.REVERSING:
        assert next_state(state, happened, moves_money=False) is not State.REVERSING


@pytest.mark.parametrize("happened", [Input.NO_ANSWER, Input.CRASHED, Input.REVERSAL])
def test_an_enquiry_that_goes_unanswered_is_declined(happened: Input) -> None:
    assert next_state(State.RECEIVED, happened, moves_money=False) is State.DECLINED


def test_an_enquiry_that_was_answered_is_not_reversed() -> None:
    assert next_state(State.APPROVED, Input.REVERSAL, moves_money=False) is State.APPROVED


def test_nothing_leads_out_of_a_final_state() -> None:
    assert not [row for row in TRANSITIONS if row[0] in FINAL]
    assert {after for after in TRANSITIONS.values() if after in FINAL} == FINAL
