"""Lines and the sessions on them: who is connected, who signed on, which answer is whose."""

from switch.link.answers import answer_to
from switch.link.dialer import Dialer
from switch.link.listener import AddressTakenError, Listener
from switch.link.matching import NoAnswerError, NotSentError
from switch.link.session import Handler, Session, SessionProfile, Tap
from switch.link.states import State

__all__ = [
    "AddressTakenError",
    "Dialer",
    "Handler",
    "Listener",
    "NoAnswerError",
    "NotSentError",
    "Session",
    "SessionProfile",
    "State",
    "Tap",
    "answer_to",
]
