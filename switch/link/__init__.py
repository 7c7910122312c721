"""Lines and the sessions on them: who is connected, who signed on, which answer is whose."""

from switch.link.answers import answer_to
from switch.link.counts import LinkCounts
from switch.link.dialer import Dialer
from switch.link.link import Link, first_that_sends
from switch.link.listener import AddressTakenError, Listener
from switch.link.matching import NoAnswerError, NotSentError, SameKeyError, UnencodableError
from switch.link.pacing import Throttle
from switch.link.profile import CloseLineError, Handler, SessionProfile, Tap, no_requests
from switch.link.session import Session
from switch.link.states import State

__all__ = [
    "AddressTakenError",
    "CloseLineError",
    "Dialer",
    "Handler",
    "Link",
    "LinkCounts",
    "Listener",
    "NoAnswerError",
    "NotSentError",
    "SameKeyError",
    "Session",
    "SessionProfile",
    "State",
    "Tap",
    "Throttle",
    "UnencodableError",
    "answer_to",
    "first_that_sends",
    "no_requests",
]
