"""A small HTTP/1.1 client that keeps its connections, for the hot path to the payment core.

Every request here carries a key that makes it safe to repeat, so a request that met a
connection the server was just closing is sent once more on a fresh one.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httptools
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IAddress, IHandshakeListener
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from switch.link.http_gate import bearer
from switch.link.matching import NoAnswerError, NotSentError
from switch.runtime import Runtime

if TYPE_CHECKING:
    from switch.link.security import Security

CONNECT_TIMEOUT_S = 3.0
ANSWER_BYTES_MAX = 1 << 20
QUEUE_MAX = 10_000
"""Requests that wait for a connection; beyond it they are refused as not sent."""


@dataclass(frozen=True)
class HttpAnswer:
    """A complete answer; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)
    repeated: bool = False
    """Whether the request had left once before on a connection that was closed: what this answer
    says was not done may have been done then."""


@dataclass(eq=False)
class _Job:
    bytes_to_send: bytes = field(repr=False)  # the body may name a card
    answered: Deferred[HttpAnswer]
    timer: Any = None
    connection: _Connection | None = None
    sent: bool = False
    repeated: bool = False


class HttpClient:
    """Requests to one server over at most `connections_max` connections.

    Each shows `token` when there is one; `security` puts TLS under them.
    """

    def __init__(
        self,
        runtime: Runtime,
        *,
        host: str,
        port: int,
        connections_max: int = 8,
        token: str | None = None,
        security: Security | None = None,
    ) -> None:
        self._runtime = runtime
        self._host = host
        self._port = port
        self._connections_max = connections_max
        self._shown = [] if token is None else [f"Authorization: {bearer(token)}"]
        self._security = security
        self._idle: deque[_Connection] = deque()
        # Not sets: their order would differ from run to run, and so would a replay.
        self._open: dict[_Connection, None] = {}
        self._connecting: dict[Deferred[Any], None] = {}
        self._queue: deque[_Job] = deque()
        self._closed = False
        self._emptied: list[Deferred[None]] = []

    def request(
        self, method: str, path: str, body: bytes, deadline_s: float, **headers: str
    ) -> Deferred[HttpAnswer]:
        """Send a JSON request; fires with its answer, whatever the status.

        A header `idempotency_key` is sent as `Idempotency-Key`. Fails with NotSentError when
        nothing left within `deadline_s` seconds, with NoAnswerError when it left and no complete
        answer came back.
        """
        answered: Deferred[HttpAnswer] = Deferred(lambda _: self._abandon(job))
        if self._closed or len(self._queue) >= QUEUE_MAX:
            reason = "the client is closed" if self._closed else f"{QUEUE_MAX} requests wait"
            answered.errback(NotSentError(reason))
            return answered
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self._host}:{self._port}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            *self._shown,
            *(f"{_header_name(name)}: {_header_value(value)}" for name, value in headers.items()),
        ]
        job = _Job("\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body, answered)
        job.timer = self._runtime.reactor.callLater(deadline_s, self._expire, job, deadline_s)
        self._queue.append(job)
        self._dispatch()
        return answered

    async def close(self) -> None:
        """Drop every connection; what is under way fails."""
        self._closed = True
        self._fail_queue("the client is closed")
        for connecting in list(self._connecting):
            connecting.cancel()
        for connection in list(self._open):
            connection.drop()
        if self._open:
            emptied: Deferred[None] = Deferred()
            self._emptied.append(emptied)
            await emptied

    # -- connections ----------------------------------------------------------------------------

    def _dispatch(self) -> None:
        while self._queue and self._idle:
            self._idle.pop().send(self._queue.popleft())
        wanted = min(len(self._queue), self._connections_max - len(self._open))
        for _ in range(wanted - len(self._connecting)):
            self._connect()

    def _connect(self) -> None:
        endpoint = TCP4ClientEndpoint(
            self._runtime.reactor, self._host, self._port, timeout=CONNECT_TIMEOUT_S
        )
        connecting = self._over(endpoint).connect(_Connections(self, self._security))
        self._connecting[connecting] = None

        def done(result: object) -> object:
            self._connecting.pop(connecting, None)
            return result

        def refused(failure: Failure) -> None:
            # Nobody is there: whoever waits learns it now and not at its deadline.
            if not self._open and not self._connecting:
                self._fail_queue(f"{self._host}:{self._port}: {failure.getErrorMessage()}")

        connecting.addBoth(done).addErrback(refused)

    def _over(self, endpoint: TCP4ClientEndpoint) -> Any:
        if self._security is None:
            return endpoint
        # Here, so that a client without TLS does not load OpenSSL.
        from twisted.internet.endpoints import wrapClientTLS

        return wrapClientTLS(self._security, endpoint)

    def not_opened(self, reason: str) -> None:
        """A connection was made and is of no use: its TLS failed."""
        if not self._open and not self._connecting:
            self._fail_queue(f"{self._host}:{self._port}: {reason}")

    def opened(self, connection: _Connection) -> None:
        """A connection is ready."""
        self._open[connection] = None
        self.freed(connection)

    def freed(self, connection: _Connection) -> None:
        """A connection has nothing under way."""
        self._idle.append(connection)
        self._dispatch()

    def lost(self, connection: _Connection, job: _Job | None, reason: str) -> None:
        """A connection is gone, perhaps with a request under way."""
        self._open.pop(connection, None)
        if connection in self._idle:
            self._idle.remove(connection)
        if job is not None and not job.answered.called:
            was_idle = connection.served > 0 and not connection.answering
            if was_idle and not job.repeated and not self._closed:
                job.repeated, job.connection = True, None
                self._queue.appendleft(job)
            else:
                self._fail(job, NoAnswerError(f"the connection was lost: {reason}"))
        if not self._open:
            waiting, self._emptied = self._emptied, []
            for each in waiting:
                each.callback(None)
        if not self._closed:
            self._dispatch()

    def _expire(self, job: _Job, deadline_s: float) -> None:
        self._abandon(job)
        if job.connection is not None:
            self._fail(job, NoAnswerError(f"no answer within {deadline_s:g} s"))
        else:
            self._fail_waiting(job, f"no connection within {deadline_s:g} s")

    def _abandon(self, job: _Job) -> None:
        """Its answer is no longer waited for: a connection that still owes it is of no use."""
        if job.timer.active():
            job.timer.cancel()
        if job.connection is not None:
            job.connection.drop()
        elif job in self._queue:
            self._queue.remove(job)

    def _fail_queue(self, reason: str) -> None:
        waiting, self._queue = self._queue, deque()
        for job in waiting:
            self._fail_waiting(job, reason)

    def _fail_waiting(self, job: _Job, reason: str) -> None:
        # One that left on a connection which then closed may have been acted upon.
        self._fail(job, NoAnswerError(reason) if job.sent else NotSentError(reason))

    def _fail(self, job: _Job, error: Exception) -> None:
        if job.timer.active():
            job.timer.cancel()
        if not job.answered.called:
            job.answered.errback(error)


class _Connections(Factory):
    noisy = False

    def __init__(self, client: HttpClient, security: Security | None) -> None:
        self._client = client
        self._security = security

    def buildProtocol(self, addr: IAddress | None) -> TwistedProtocol:
        if self._security is None:
            return _Connection(self._client)
        return _SecureConnection(self._client, self._security)


@dataclass
class _Reading:
    headers: dict[str, str] = field(default_factory=dict)
    chunks: list[bytes] = field(default_factory=list)
    size_bytes: int = 0
    complete: bool = False
    more: bool = False
    status: int = 0
    keep_alive: bool = False


class _Connection(TwistedProtocol):
    """One connection, one request at a time. Its `on_...` methods are called by httptools."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client
        self._job: _Job | None = None
        self._reading = _Reading()
        self._parser: Any = None
        self.served = 0
        self.answering = False

    def connectionMade(self) -> None:
        transport: Any = self.transport
        transport.setTcpNoDelay(True)
        self._client.opened(self)

    def send(self, job: _Job) -> None:
        """Send a request; the connection is busy until its answer is complete."""
        self._job, job.connection, job.sent = job, self, True
        self._reading = _Reading()
        self._parser = httptools.HttpResponseParser(self)
        self.answering = False
        transport: Any = self.transport
        transport.write(job.bytes_to_send)

    def drop(self) -> None:
        """Close without waiting."""
        transport: Any = self.transport
        transport.abortConnection()

    def dataReceived(self, data: bytes) -> None:
        if self._job is None:
            self.drop()
            return
        self.answering = True
        # Counted here, for a header that never ends is held by the parser.
        self._reading.size_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._give_up("the answer is not HTTP")
            return
        if self._reading.size_bytes > ANSWER_BYTES_MAX:
            self._give_up(f"the answer is longer than {ANSWER_BYTES_MAX} bytes")
        elif self._reading.more:
            self._give_up("more than one answer came")
        elif self._reading.complete:
            self._answered()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        job, self._job = self._job, None
        why = "closed by the server" if reason.check(ConnectionDone) else reason.getErrorMessage()
        self._client.lost(self, job, why)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._reading.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_message_begin(self) -> None:
        self._reading.more = self._reading.complete

    def on_body(self, body: bytes) -> None:
        self._reading.chunks.append(body)

    def on_message_complete(self) -> None:
        self._reading.complete = True
        # Asked here, for the parser forgets it as soon as it looks for another message.
        self._reading.status = self._parser.get_status_code()
        self._reading.keep_alive = self._parser.should_keep_alive()

    def _answered(self) -> None:
        job, self._job = self._job, None
        reading = self._reading
        self.served += 1
        if reading.keep_alive:
            self._client.freed(self)
        else:
            self.drop()
        if job is not None and not job.answered.called:
            job.timer.cancel()
            job.answered.callback(
                HttpAnswer(reading.status, reading.headers, b"".join(reading.chunks), job.repeated)
            )

    def _give_up(self, reason: str) -> None:
        job, self._job = self._job, None
        self.drop()
        if job is not None and not job.answered.called:
            job.timer.cancel()
            job.answered.errback(NoAnswerError(reason))


@implementer(IHandshakeListener)
class _SecureConnection(_Connection):
    """One connection on TLS: open once the handshake is done and the server is who it should be."""

    def __init__(self, client: HttpClient, security: Security) -> None:
        super().__init__(client)
        self._security = security
        self._handle: Any = None
        self._complaint = ""
        self._trusted = False

    def connectionMade(self) -> None:
        transport: Any = self.transport
        self._handle = transport.getHandle()

    def handshakeCompleted(self) -> None:
        self._complaint = self._security.complaint(self._handle)
        if self._complaint:
            self.drop()
        else:
            self._trusted = True
            super().connectionMade()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._trusted:
            super().connectionLost(reason)
            return
        from switch.link.tls_words import words

        self._client.not_opened(self._complaint or words(reason.value, self._handle))


def _header_name(name: str) -> str:
    return "-".join(word.capitalize() for word in name.split("_"))


def _header_value(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise ValueError("a header holds printable ASCII only")
    return value
