"""The HTTP side of the core: bounded requests and connections that can be counted and closed.

twisted.web reads a whole body before anything can refuse it, keeps no list of its connections,
and ticks every second for an access log that nobody wants here (it would show nothing but paths).
"""

from __future__ import annotations

from http import HTTPStatus
from io import BytesIO
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.web.http import Request as HTTPRequest
from twisted.web.resource import IResource
from twisted.web.server import Request, Site

from simulator.payment_core.requests import Reply, error_reply

BODY_BYTES_MAX = 64 * 1024
"""The longest request has a hundred times less."""

DISCARDED_BYTES_MAX = 1024 * 1024
"""A longer body is not even read to its end: the answer leaves and the connection closes."""

CONNECTIONS_MAX = 256
"""A switch keeps a handful; beyond this a new connection is closed at once."""

IDLE_S = 300.0
"""How long a kept connection may be idle."""


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
        if self._received > BODY_BYTES_MAX:
            send(self, error_reply(413, "body_too_long"))
        elif not (_readable(unquote_to_bytes(self.path)) and _readable(self.method)):
            send(self, error_reply(400, "malformed_request"))
        else:
            # Nothing here depends on the name the caller used for us, and a strange one must
            # not disturb the router.
            self.requestHeaders.setRawHeaders(b"host", [b"core"])
            super().process()  # type: ignore[no-untyped-call]

    def _hang_up(self) -> None:
        reply = error_reply(413, "body_too_long").text.encode()
        head = b"HTTP/1.1 413 Content Too Large\r\nContent-Type: application/json\r\n"
        head += b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(reply)
        transport: Any = self.channel.transport
        transport.write(head + reply)
        transport.loseConnection()


def send(request: Any, reply: Reply) -> None:
    """Write a reply and finish the request."""
    request.write(prepare(request, reply))
    request.finish()


def prepare(request: Any, reply: Reply) -> bytes:
    """Set the head of a reply; its body."""
    body = reply.text.encode("utf-8")
    request.setResponseCode(reply.status, HTTPStatus(reply.status).phrase.encode())
    request.setHeader(b"content-type", b"application/json")
    request.setHeader(b"content-length", b"%d" % len(body))
    if reply.replayed:
        request.setHeader(b"idempotent-replay", b"true")
    return body


class QuietSite(Site):
    """A site without an access log, and so without its clock."""

    requestFactory = BoundedRequest

    def startFactory(self) -> None:
        """Nothing to start."""

    def stopFactory(self) -> None:
        """Nothing to stop."""

    def log(self, request: HTTPRequest) -> None:
        """Nothing is logged."""


class Connections(WrappingFactory):
    """The connections of a site, bounded and closable."""

    def __init__(self, reactor: Any, resource: IResource) -> None:
        site = QuietSite(resource, reactor=reactor, timeout=IDLE_S)  # type: ignore[no-untyped-call]
        super().__init__(site)  # type: ignore[no-untyped-call]
        self._reactor = reactor
        self._emptied: list[Deferred[None]] = []

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

    async def close(self, patience_s: float) -> None:
        """Close every connection once what was written has left; abort those that do not drain."""
        if not self.protocols:
            return
        emptied: Deferred[None] = Deferred()
        self._emptied.append(emptied)
        for protocol in list(self.protocols):
            protocol.loseConnection()
        patience = self._reactor.callLater(patience_s, self._abort)
        await emptied
        if patience.active():
            patience.cancel()

    def _abort(self) -> None:
        for protocol in list(self.protocols):
            protocol.abortConnection()


def _readable(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
