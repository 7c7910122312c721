"""An HTTP service: requests bounded in size, time and number, connections counted and closable.

twisted.web reads a whole body before anything can refuse it, waits for ever for a request that
comes byte by byte, keeps no list of its connections, and ticks every second for an access log that
nobody wants here (it would show nothing but paths).
"""

from __future__ import annotations

import json
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote_to_bytes

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IHandshakeListener
from twisted.internet.protocol import connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from twisted.web.http import Request as HTTPRequest
from twisted.web.resource import IResource
from twisted.web.server import Request, Site
from zope.interface import implementer

from switch.link.http_gate import HttpGate, Refusal

if TYPE_CHECKING:
    from switch.link.security import Security

BODY_BYTES_MAX = 64 * 1024
"""The longest request has a hundred times less."""

DISCARDED_BYTES_MAX = 1024 * 1024
"""A longer body is not even read to its end: the answer leaves and the connection closes."""

CONNECTIONS_MAX = 256
"""A switch keeps a handful; beyond this a new connection is closed at once."""

IDLE_S = 300.0
"""How long a kept connection may be idle."""

REQUEST_S = 10.0
"""How long a request may take to arrive, and a TLS handshake."""

REVIEW_EVERY_S = 10.0
"""How often the certificate of a connection's peer is looked up again in what was revoked."""


class BoundedRequest(Request):
    """A request whose body is held in memory up to a limit, and answered 413 beyond it."""

    _received = 0

    def gotLength(self, length: int | None) -> None:
        self.content = self._body = BytesIO()
        if length is not None and length > DISCARDED_BYTES_MAX:
            self._hang_up()

    def handleContentChunk(self, data: bytes) -> None:
        before, self._received = self._received, self._received + len(data)
        if self._received <= BODY_BYTES_MAX:
            self._body.write(data)
        elif before <= DISCARDED_BYTES_MAX < self._received:
            self._hang_up()

    def process(self) -> None:
        refusal = self._connection.refusal(self.getHeader(b"authorization"))
        if refusal is not None:
            self._refuse(refusal)
        elif self._received > BODY_BYTES_MAX:
            self._refuse(Refusal(413, "body_too_long"))
        elif not (_readable(unquote_to_bytes(self.path)) and _readable(self.method)):
            self._refuse(Refusal(400, "malformed_request"))
        else:
            # Nothing here depends on the name the caller used for us, and a strange one must
            # not disturb the router.
            self.requestHeaders.setRawHeaders(b"host", [b"here"])
            super().process()  # type: ignore[no-untyped-call]

    def finish(self) -> None:
        self._connection.request_over()
        super().finish()  # type: ignore[no-untyped-call]

    @property
    def _connection(self) -> _Connection:
        return cast(_Connection, self.channel.transport)

    def _refuse(self, refusal: Refusal) -> None:
        body, answer = _error(refusal.word), cast(Any, self)
        answer.setResponseCode(refusal.status, HTTPStatus(refusal.status).phrase.encode())
        answer.setHeader(b"content-type", b"application/json")
        answer.setHeader(b"content-length", b"%d" % len(body))
        for name, value in refusal.headers:
            answer.setHeader(name, value)
        answer.write(body)
        answer.finish()

    def _hang_up(self) -> None:
        reply = _error("body_too_long")
        head = b"HTTP/1.1 413 Content Too Large\r\nContent-Type: application/json\r\n"
        head += b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(reply)
        connection: Any = self._connection
        connection.write(head + reply)
        connection.loseConnection()


class QuietSite(Site):
    """A site without an access log, and so without its clock."""

    requestFactory = BoundedRequest

    def startFactory(self) -> None:
        """Nothing to start."""

    def stopFactory(self) -> None:
        """Nothing to stop."""

    def log(self, request: HTTPRequest) -> None:
        """Nothing is logged."""


@implementer(IHandshakeListener)
class _Connection(ProtocolWrapper):
    """One connection: how long its request has taken to arrive, and who its peer is."""

    _arriving: Any = None
    _answering = False
    _reviewed_s = 0.0

    @property
    def _all(self) -> Connections:
        return cast("Connections", self.factory)

    def connectionMade(self) -> None:
        if self._all.security is not None:
            self._begin("no TLS handshake")
        super().connectionMade()  # type: ignore[no-untyped-call]

    def handshakeCompleted(self) -> None:
        self._end()
        security = self._all.security
        assert security is not None, "only a service on TLS has handshakes"
        self._reviewed_s = self._all.reactor.seconds()
        complaint = security.complaint(self._handle())
        if complaint:
            self._close(complaint)

    def dataReceived(self, data: bytes) -> None:
        if self._arriving is None and not self._answering:
            self._begin("no whole request")
        super().dataReceived(data)  # type: ignore[no-untyped-call]

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._end()
        if self._all.security is not None:
            self._tell_tls(reason)
        super().connectionLost(reason)  # type: ignore[no-untyped-call]

    def refusal(self, authorization: bytes | None) -> Refusal | None:
        """The request is here: why it is not served. From now on it is being answered."""
        self._end()
        self._answering = True
        complaint = self._revoked()
        if complaint:
            self._close(complaint)
            return Refusal(403, "forbidden")
        gate = self._all.gate
        transport: Any = self.transport
        peer = transport.getPeer()
        return None if gate is None else gate.refusal(str(peer.host), authorization)

    def request_over(self) -> None:
        """It was answered."""
        self._answering = False

    def _revoked(self) -> str:
        """What is wrong by now with the certificate of the peer."""
        security, now_s = self._all.security, self._all.reactor.seconds()
        if security is None or not security.reviews or now_s - self._reviewed_s < REVIEW_EVERY_S:
            return ""
        self._reviewed_s = now_s
        return security.revoked(self._handle())

    def _begin(self, what: str) -> None:
        self._arriving = self._all.reactor.callLater(REQUEST_S, self._late, what)

    def _end(self) -> None:
        arriving, self._arriving = self._arriving, None
        if arriving is not None and arriving.active():
            arriving.cancel()

    def _late(self, what: str) -> None:
        self._arriving = None
        self._close(f"{what} within {REQUEST_S:g} s")

    def _close(self, reason: str) -> None:
        self._all.tell(self, reason)
        self.abortConnection()

    def _tell_tls(self, reason: Failure) -> None:
        # Only with TLS is any of it loaded.
        from OpenSSL.SSL import Error

        from switch.link.tls_words import words

        if reason.check(Error):
            self._all.tell(self, words(reason.value, self._handle()))

    def _handle(self) -> Any:
        transport: Any = self.transport
        return transport.getHandle()


class Connections(WrappingFactory):
    """The connections of a service, bounded and closable; `gate` looks at each request first."""

    protocol = _Connection
    noisy = False

    def __init__(
        self,
        reactor: Any,
        resource: IResource,
        gate: HttpGate | None = None,
        security: Security | None = None,
    ) -> None:
        site = QuietSite(resource, reactor=reactor, timeout=IDLE_S)  # type: ignore[no-untyped-call]
        super().__init__(site)  # type: ignore[no-untyped-call]
        self.reactor = reactor
        self.gate = gate
        self.security = security
        self._emptied: list[Deferred[None]] = []

    @property
    def listening(self) -> Any:
        """The factory to listen with: this one, behind TLS where there is any."""
        if self.security is None:
            return self
        from switch.link.admission import secured

        return secured(self.security, False, cast(Any, self), self.reactor)

    def buildProtocol(self, addr: IAddress | None) -> ProtocolWrapper:
        if len(self.protocols) >= CONNECTIONS_MAX:
            # Twisted closes a connection for which its factory has no protocol.
            return cast(ProtocolWrapper, None)
        return super().buildProtocol(addr)

    def unregisterProtocol(self, p: ProtocolWrapper) -> None:
        super().unregisterProtocol(p)  # type: ignore[no-untyped-call]
        if not self.protocols:
            waiting, self._emptied = self._emptied, []
            for emptied in waiting:
                emptied.callback(None)

    def tell(self, connection: Any, reason: str) -> None:
        """Say in the log why a connection was closed."""
        if self.gate is not None:
            peer = connection.getPeer()
            self.gate.log.warning(
                "HTTP connection closed",
                service=self.gate.service,
                peer=f"{peer.host}:{peer.port}",
                reason=reason,
            )

    async def close(self, patience_s: float) -> None:
        """Close every connection once what was written has left; abort those that do not drain."""
        if not self.protocols:
            return
        emptied: Deferred[None] = Deferred()
        self._emptied.append(emptied)
        for protocol in list(self.protocols):
            protocol.loseConnection()
        patience = self.reactor.callLater(patience_s, self.abort)
        await emptied
        if patience.active():
            patience.cancel()

    def abort(self) -> None:
        """Close every connection now."""
        for protocol in list(self.protocols):
            protocol.abortConnection()


def _error(word: str) -> bytes:
    return json.dumps({"error": word}, separators=(",", ":")).encode()


def _readable(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
