"""The life of a transaction, as a table.

::

                        answered 00                    reversal asked for
      (request) RECEIVED -----------> APPROVED -------------------------------+
                  |  |                                                        |
                  |  | answered otherwise, or never sent                      v
                  |  +------------------------------> DECLINED            REVERSING
                  |                                                        ^     |
                  |  no answer in time; reversed by the terminal           |     | acknowledged
                  |  while under way; found under way after a crash        |     v
                  +--------------------------------------------------------+  REVERSED

A request of two legs (a bill that another bank's card pays) goes on from the first approval::

    RECEIVED -- first leg approved --> AUTHORISED -- second leg approved --> APPROVED
                                           |
                                           | second leg refused, or without answer in time;
                                           | reversed meanwhile; found under way after a crash
                                           v
                                       REVERSING

REVERSING is in doubt as seen from here: a reversal is owed and is repeated until the other side
acknowledges it. An operation that moves no money is never in doubt: without an answer it is
DECLINED. An input that has no row for the state it comes in changes nothing.
"""

from __future__ import annotations

from enum import Enum, StrEnum


class State(StrEnum):
    """Where a transaction stands; the value is what the journal holds."""

    RECEIVED = "received"
    AUTHORISED = "authorised"
    APPROVED = "approved"
    DECLINED = "declined"
    REVERSING = "reversing"
    REVERSED = "reversed"


class Input(Enum):
    """What can happen to it."""

    ANSWERED_APPROVED = "answered 00"
    ANSWERED_DECLINED = "answered otherwise"
    FIRST_APPROVED = "first leg approved"
    SECOND_REFUSED = "second leg refused"
    NOT_SENT = "never sent"
    NO_ANSWER = "no answer in time"
    CRASHED = "found under way after a crash"
    REVERSAL = "reversal asked for"
    ACKNOWLEDGED = "reversal acknowledged"


TRANSITIONS: dict[tuple[State, Input], State] = {
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

UNDER_WAY = (State.RECEIVED, State.AUTHORISED)
"""Somebody waits for an answer; after a crash nobody does."""

FINAL = frozenset({State.DECLINED, State.REVERSED})
"""Nothing can happen any more. APPROVED may still be reversed."""


def next_state(state: State, happened: Input, *, moves_money: bool = True) -> State:
    """The state after `happened`; what moves no money needs no reversal.

    >>> next_state(State.RECEIVED, Input.NO_ANSWER)
    <State.REVERSING: 'reversing'>
    >>> next_state(State.RECEIVED, Input.NO_ANSWER, moves_money=False)
    <State.DECLINED: 'declined'>
    """
    after = TRANSITIONS.get((state, happened), state)
    if after is State.REVERSING and not moves_money:
        return State.DECLINED if state is State.RECEIVED else state
    return after
