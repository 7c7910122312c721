"""A line on TLS: it is up once the handshake is done and the peer is who it should be."""

from __future__ import annotations

from typing import Any

from OpenSSL.SSL import Error
from twisted.internet.interfaces import IHandshakeListener
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from switch.link.line import Line, LineOwner
from switch.link.security import Security
from switch.link.tls_words import words
from switch.runtime import Log
from switch.wire import Framing

HANDSHAKE_TIMEOUT_S = 10.0
"""How long a handshake may take: certificates are a few segments each way."""

REVIEW_EVERY_S = 10.0
"""How often an open line looks whether its peer's certificate was revoked."""


@implementer(IHandshakeListener)
class SecureLine(Line):
    """Frames in and out of one TLS connection.

    Under TLS 1.3 the side that dials is done before the other has seen its certificate: that one
    was missing or is refused shows only at the first read, and loses the line with that reason.
    """

    def __init__(
        self, reactor: Any, framing: Framing, log: Log, owner: LineOwner, security: Security
    ) -> None:
        super().__init__(reactor, framing, log, owner)
        self._security = security
        self._connection: Any = None
        self._handshake_timer: Any = None
        self._unfinished = False
        self._review_timer: Any = None

    def connectionMade(self) -> None:
        transport: Any = self.transport
        self._connection = transport.getHandle()
        self._prepare_transport()
        self._handshake_timer = self._reactor.callLater(HANDSHAKE_TIMEOUT_S, self._late)

    def handshakeCompleted(self) -> None:
        self._cancel_handshake()
        complaint = self._security.complaint(self._connection)
        if complaint:
            self._give_up(complaint)
            return
        if self._security.trouble:
            told = f"{self._security.trouble}; what was read before is used"
            self._log.error("files of TLS not read", reason=told)
        if self._security.reviews:
            self._review_timer = self._reactor.callLater(REVIEW_EVERY_S, self._review)
        self._owner.line_up()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._unfinished = self._handshake_timer is not None
        self._cancel_handshake()
        timer, self._review_timer = self._review_timer, None
        if timer is not None and timer.active():
            timer.cancel()
        if self._closing is None and (self._unfinished or reason.check(Error)):
            self.refused_for = "tls"
            self._log.warning("line refused", peer=self.peer, reason=self._words(reason))
        super().connectionLost(reason)
        self._connection = None

    def _words(self, reason: Failure) -> str:
        if reason.check(Error):
            return words(reason.value, self._connection)
        told = super()._words(reason)
        if self._unfinished:
            return f"{told} in the TLS handshake: does the peer speak TLS?"
        return told

    def _late(self) -> None:
        self._handshake_timer = None
        self._give_up(f"no TLS handshake within {HANDSHAKE_TIMEOUT_S:g} s")

    def _review(self) -> None:
        self._review_timer = None
        complaint = self._security.revoked(self._connection)
        if complaint:
            self._give_up(complaint)
        else:
            self._review_timer = self._reactor.callLater(REVIEW_EVERY_S, self._review)

    def _give_up(self, reason: str) -> None:
        self.refused_for = "tls"
        self._log.warning("line refused", peer=self.peer, reason=reason)
        self.abort(reason)

    def _cancel_handshake(self) -> None:
        timer, self._handshake_timer = self._handshake_timer, None
        if timer is not None and timer.active():
            timer.cancel()
