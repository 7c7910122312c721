"""The table of a session's life says what its diagram says."""

import pytest

from switch.link.states import TRANSITIONS, Input, State, next_state


@pytest.mark.parametrize("state", [state for state in State if state is not State.DOWN])
def test_a_lost_line_takes_every_state_down(state):
    assert next_state(state, Input.LINE_LOST) is State.DOWN


@pytest.mark.parametrize("how", [Input.DIAL, Input.ACCEPTED])
def test_a_session_signs_on_only_after_its_line_is_up(how):
    connecting = next_state(State.DOWN, how)
    assert next_state(connecting, Input.SIGNED_ON) is connecting
    up = next_state(connecting, Input.LINE_UP)
    assert next_state(up, Input.SIGNED_ON) is State.SIGNED_ON


def test_what_drains_does_not_sign_on_again():
    assert next_state(State.DRAINING, Input.SIGNED_ON) is State.DRAINING


def test_an_input_without_a_row_changes_nothing():
    for state in State:
        for happened in Input:
            if (state, happened) not in TRANSITIONS:
                assert next_state(state, happened) is state


def test_every_state_can_be_reached():
    assert {State.DOWN, *TRANSITIONS.values()} == set(State)
