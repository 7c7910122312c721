"""The life of a transaction, as a table: docs/transactions.md draws it.

`state` in the journal is always one of these, and changes only along a row of the table. What
has no row is refused: `next_state` raises, and whoever asked must not have asked. An input that
is known and changes nothing (a second reversal) has a row of its own that leads back.
"""

from __future__ import annotations

from enum import Enum, StrEnum


class State(StrEnum):
    """Where a transaction stands; the value is what the journal holds."""

    RECEIVED = "received"
    """Entered; nothing of it has left."""
    FORWARDED = "forwarded"
    """Given to its destination: from here on it may have been acted on."""
    AUTHORISED = "authorised"
    """The first of two legs is approved, the second is being asked."""
    APPROVED = "approved"
    DECLINED = "declined"
    IN_DOUBT = "in_doubt"
    """Its destination did not answer and may have acted: a reversal is owed to it."""
    REVERSING = "reversing"
    """It stood, and is taken back: a reversal is owed to its destination."""
    REVERSED = "reversed"
    PARTLY_REVERSED = "partly_reversed"
    STOOD_IN = "stood_in"
    """Approved here while its destination was away: an advice is owed to it."""
    ADVISING = "advising"
    """An advice was accepted and is owed to its destination."""
    ADVISED = "advised"
    """Its destination has taken the advice."""
    EXCEPTION = "exception"
    """What is owed was refused, or cannot be sent: a person decides."""
    SETTLED = "settled"
    """A person has dropped what was owed, and said why."""


class Input(Enum):
    """What can happen to it."""

    FORWARD = "given to its destination"
    ANSWERED_APPROVED = "answered 00"
    ANSWERED_DECLINED = "answered otherwise"
    FIRST_APPROVED = "first leg approved"
    SECOND_REFUSED = "second leg refused"
    NOT_SENT = "never sent"
    NO_ANSWER = "no answer in time"
    CRASHED = "found under way after a crash"
    STAND_IN = "approved here"
    REVERSAL = "reversal asked for"
    REVERSAL_TAKEN = "reversal acknowledged"
    REVERSAL_TAKEN_IN_PART = "partial reversal acknowledged"
    ADVICE_TAKEN = "advice acknowledged"
    REFUSED = "what is owed was refused or cannot be sent"
    REVERSAL_RELEASED = "reversal released by a person"
    ADVICE_RELEASED = "advice released by a person"
    DROPPED = "what is owed dropped by a person"


_S, _I = State, Input

TRANSITIONS: dict[tuple[State, Input], State] = {
    (_S.RECEIVED, _I.FORWARD): _S.FORWARDED,
    (_S.RECEIVED, _I.ANSWERED_DECLINED): _S.DECLINED,
    (_S.RECEIVED, _I.NOT_SENT): _S.DECLINED,
    (_S.RECEIVED, _I.CRASHED): _S.DECLINED,
    (_S.RECEIVED, _I.REVERSAL): _S.DECLINED,
    (_S.RECEIVED, _I.STAND_IN): _S.STOOD_IN,
    (_S.FORWARDED, _I.ANSWERED_APPROVED): _S.APPROVED,
    (_S.FORWARDED, _I.ANSWERED_DECLINED): _S.DECLINED,
    (_S.FORWARDED, _I.NOT_SENT): _S.DECLINED,
    (_S.FORWARDED, _I.NO_ANSWER): _S.IN_DOUBT,
    (_S.FORWARDED, _I.CRASHED): _S.IN_DOUBT,
    (_S.FORWARDED, _I.REVERSAL): _S.REVERSING,
    (_S.FORWARDED, _I.STAND_IN): _S.STOOD_IN,
    (_S.FORWARDED, _I.FIRST_APPROVED): _S.AUTHORISED,
    (_S.AUTHORISED, _I.ANSWERED_APPROVED): _S.APPROVED,
    (_S.AUTHORISED, _I.SECOND_REFUSED): _S.REVERSING,
    (_S.AUTHORISED, _I.NO_ANSWER): _S.REVERSING,
    (_S.AUTHORISED, _I.CRASHED): _S.REVERSING,
    (_S.AUTHORISED, _I.REVERSAL): _S.REVERSING,
    (_S.APPROVED, _I.REVERSAL): _S.REVERSING,
    (_S.DECLINED, _I.REVERSAL): _S.DECLINED,
    (_S.IN_DOUBT, _I.REVERSAL): _S.IN_DOUBT,
    (_S.IN_DOUBT, _I.REVERSAL_TAKEN): _S.REVERSED,
    (_S.IN_DOUBT, _I.REFUSED): _S.EXCEPTION,
    (_S.IN_DOUBT, _I.DROPPED): _S.SETTLED,
    (_S.REVERSING, _I.REVERSAL): _S.REVERSING,
    (_S.REVERSING, _I.ADVICE_TAKEN): _S.REVERSING,
    (_S.REVERSING, _I.REVERSAL_TAKEN): _S.REVERSED,
    (_S.REVERSING, _I.REVERSAL_TAKEN_IN_PART): _S.PARTLY_REVERSED,
    (_S.REVERSING, _I.REFUSED): _S.EXCEPTION,
    (_S.REVERSING, _I.REVERSAL_RELEASED): _S.REVERSING,
    (_S.REVERSING, _I.DROPPED): _S.SETTLED,
    (_S.REVERSED, _I.REVERSAL): _S.REVERSED,
    (_S.PARTLY_REVERSED, _I.REVERSAL): _S.PARTLY_REVERSED,
    (_S.STOOD_IN, _I.ADVICE_TAKEN): _S.ADVISED,
    (_S.STOOD_IN, _I.REVERSAL): _S.REVERSING,
    (_S.STOOD_IN, _I.REFUSED): _S.EXCEPTION,
    (_S.STOOD_IN, _I.DROPPED): _S.SETTLED,
    (_S.ADVISING, _I.ADVICE_TAKEN): _S.ADVISED,
    (_S.ADVISING, _I.REVERSAL): _S.REVERSING,
    (_S.ADVISING, _I.REFUSED): _S.EXCEPTION,
    (_S.ADVISING, _I.DROPPED): _S.SETTLED,
    (_S.ADVISED, _I.REVERSAL): _S.REVERSING,
    (_S.EXCEPTION, _I.REVERSAL): _S.EXCEPTION,
    (_S.EXCEPTION, _I.REFUSED): _S.EXCEPTION,
    (_S.EXCEPTION, _I.REVERSAL_RELEASED): _S.REVERSING,
    (_S.EXCEPTION, _I.ADVICE_RELEASED): _S.ADVISING,
    (_S.EXCEPTION, _I.DROPPED): _S.SETTLED,
    (_S.SETTLED, _I.REVERSAL): _S.SETTLED,
}

INITIAL = frozenset({_S.RECEIVED, _S.FORWARDED, _S.DECLINED, _S.ADVISING, _S.EXCEPTION})
"""In which it may be entered: a request, at once with its forwarding or its refusal; an advice."""

FINAL = frozenset({_S.DECLINED, _S.REVERSED, _S.PARTLY_REVERSED, _S.SETTLED})
"""Nothing more can come of it. What is APPROVED or ADVISED may still be reversed."""

UNDER_WAY = (_S.RECEIVED, _S.FORWARDED, _S.AUTHORISED)
"""Its answer has not been decided."""

OWING = (_S.IN_DOUBT, _S.REVERSING, _S.STOOD_IN, _S.ADVISING)
"""Something is owed to its destination, and store-and-forward is at it."""


class IllegalTransitionError(Exception):
    """Something happened that cannot happen in this state."""

    def __init__(self, state: State, happened: Input) -> None:
        super().__init__(f"a transaction that is {state.value} cannot be {happened.value}")


def next_state(state: State, happened: Input, *, moves_money: bool = True) -> State:
    """The state after `happened`; what moves no money needs no reversal.

    Raises IllegalTransitionError where the table has no row.

    >>> next_state(State.FORWARDED, Input.NO_ANSWER)
    <State.IN_DOUBT: 'in_doubt'>
    >>> next_state(State.FORWARDED, Input.NO_ANSWER, moves_money=False)
    <State.DECLINED: 'declined'>
    """
    after = TRANSITIONS.get((state, happened))
    if after is None:
        raise IllegalTransitionError(state, happened)
    if not moves_money and after in (State.IN_DOUBT, State.REVERSING):
        return State.DECLINED if state in UNDER_WAY else state
    return after
