"""Whether a silent peer is still there: an echo when the line has been idle, and what is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.python.failure import Failure

from switch.link.matching import NoAnswerError, NotSentError

if TYPE_CHECKING:
    from switch.link.session import Session

ECHO = "301"


class Echoes:
    """Sends an echo after each `every_s` seconds of silence, and drops the line of the dead."""

    __slots__ = ("_every_s", "_lost", "_reactor", "_session", "_timer")

    def __init__(self, reactor: Any, session: Session, every_s: float) -> None:
        self._reactor = reactor
        self._session = session
        self._every_s = every_s
        self._timer: Any = None
        self._lost = 0

    def heard(self) -> None:
        """The peer said something, or its line came up: the idle time starts again."""
        self._lost = 0
        self._rest()

    def stop(self) -> None:
        """Send no more."""
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()

    def _rest(self) -> None:
        if not self._session.line.open:
            return
        if self._timer is not None and self._timer.active():
            self._timer.reset(self._every_s)
        else:
            self._timer = self._reactor.callLater(self._every_s, self._send)

    def _send(self) -> None:
        # A word of the peer may have started the idle time while an echo was under way.
        self.stop()
        asked = self._session.manage(ECHO)
        asked.addCallbacks(lambda _: self._rest(), self._unanswered)

    def _unanswered(self, failure: Failure) -> None:
        failure.trap(NotSentError, NoAnswerError)
        session = self._session
        if not session.line.open:
            return
        self._lost += 1
        session.echo_lost(self._lost)
        if self._lost >= session.profile.echoes_lost_max:
            session.line.abort(f"{self._lost} echoes were not answered")
        else:
            self._send()
