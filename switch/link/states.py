"""The life of a session, as a table.

::

           dial, accepted               line up              signed on
      DOWN ---------------> CONNECTING ---------> CONNECTED ------------> SIGNED_ON
       ^                        |                  |  |  ^                 |  |  |
       |       line lost        |                  |  |  +-- signed off ---+  |  |
       |<-----------------------+                  |  |                       |  |
       |                                           |  | drain           drain |  |
       |<---------- line lost ---------------------+  +------> DRAINING <-----+  |
       |                                                          |              |
       +<---------- line lost ------------------------------------+--------------+

CONNECTING lasts until the TCP connection stands
and, on a line with TLS, until the peer's certificate is accepted. An input that has no row for the
state it comes in changes nothing.
"""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """Where a session stands."""

    DOWN = "down"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    SIGNED_ON = "signed on"
    DRAINING = "draining"


class Input(Enum):
    """What can happen to it."""

    DIAL = "dial"
    ACCEPTED = "accepted"
    LINE_UP = "line up"
    SIGNED_ON = "signed on"
    SIGNED_OFF = "signed off"
    DRAIN = "drain"
    LINE_LOST = "line lost"


TRANSITIONS: dict[tuple[State, Input], State] = {
    (State.DOWN, Input.DIAL): State.CONNECTING,
    (State.DOWN, Input.ACCEPTED): State.CONNECTING,
    (State.CONNECTING, Input.LINE_UP): State.CONNECTED,
    (State.CONNECTING, Input.LINE_LOST): State.DOWN,
    (State.CONNECTED, Input.SIGNED_ON): State.SIGNED_ON,
    (State.CONNECTED, Input.DRAIN): State.DRAINING,
    (State.CONNECTED, Input.LINE_LOST): State.DOWN,
    (State.SIGNED_ON, Input.SIGNED_OFF): State.CONNECTED,
    (State.SIGNED_ON, Input.DRAIN): State.DRAINING,
    (State.SIGNED_ON, Input.LINE_LOST): State.DOWN,
    (State.DRAINING, Input.LINE_LOST): State.DOWN,
}


def next_state(state: State, happened: Input) -> State:
    """The state after `happened`."""
    return TRANSITIONS.get((state, happened), state)
