"""The HTTP client keeps its connections, and never says "not sent" of what may have arrived."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor as real_reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from simulator.testing import free_port
from switch.link import NoAnswerError, NotSentError
from switch.link.http import ANSWER_BYTES_MAX, HttpClient
from switch.runtime import real_runtime

LIMIT_S = 5.0
SHORT_S = 0.05

Served = tuple["Server", HttpClient]


class Server:
    """A listener on a port of its own: everything it saw, and its connections."""

    def __init__(self, factory: Factory) -> None:
        self.connections: list[Any] = []
        self.requests: list[Any] = []
        self.most_open = 0
        self._factory = factory
        self.listening: Any = real_reactor.listenTCP(0, factory, interface="127.0.0.1")
        self.port = self.listening.getHost().port
        self._ended: list[Deferred[None]] = []

    def opened(self, connection: Any) -> None:
        self.connections.append(connection)
        self.most_open = max(self.most_open, len(self.connections))

    def lost(self, connection: Any) -> None:
        self.connections.remove(connection)
        for ended in self._ended if not self.connections else ():
            ended.callback(None)

    async def stop(self) -> None:
        if self.listening is not None:
            await self.listening.stopListening()
            self.listening = None
        for connection in list(self.connections):
            connection.transport.abortConnection()
        if self.connections:
            ended: Deferred[None] = Deferred()
            self._ended.append(ended)
            await ended


class Raw(Protocol):
    """Hands each whole request, headers and body, to its server's script."""

    def __init__(self, server: Server, script: Callable[[Raw, bytes], object]) -> None:
        self._server = server
        self._script = script
        self._held = b""
        self.ended: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        self._server.opened(self)

    def dataReceived(self, data: bytes) -> None:
        self._held += data
        while b"\r\n\r\n" in self._held:
            head, _, rest = self._held.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            if len(rest) < length:
                return
            self._held = rest[length:]
            self._server.requests.append(head + b"\r\n\r\n" + rest[:length])
            self._script(self, self._server.requests[-1])

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._server.lost(self)
        self.ended.callback(None)


def raw_server(script: Callable[[Raw, bytes], object]) -> Server:
    factory = Factory()
    server = Server(factory)
    factory.buildProtocol = lambda addr: Raw(server, script)  # type: ignore[method-assign]
    return server


class Page(Resource):
    """Answers what it was asked, in chunks; /wait is answered when the test says so."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.held: list[Any] = []
        self.peers: list[int] = []
        self.keys: list[str | None] = []

    def render(self, request: Any) -> Any:
        self.peers.append(request.getClientAddress().port)
        self.keys.append(request.getHeader("idempotency-key"))
        if request.path == b"/wait":
            self.held.append(request)
            return NOT_DONE_YET
        body = request.content.read()
        for piece in (b'{"got": "', body, b'"}'):
            request.write(piece)
        request.finish()
        return NOT_DONE_YET


def answer(body: bytes = b"{}", head: str = "HTTP/1.1 200 OK") -> bytes:
    return f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def client_of(port: int, connections_max: int = 8) -> HttpClient:
    runtime = real_runtime(real_reactor, seed=1)
    return HttpClient(runtime, host="127.0.0.1", port=port, connections_max=connections_max)


async def served(
    script: Callable[[Raw, bytes], object],
    test: Callable[[Server, HttpClient], Awaitable[None]],
    connections_max: int = 8,
) -> None:
    """Run a test against a scripted server, and end both."""
    server = raw_server(script)
    client = client_of(server.port, connections_max)
    try:
        await test(server, client)
    finally:
        await client.close()
        await server.stop()


async def with_page(test: Callable[[Page, HttpClient], Awaitable[None]], connections: int) -> None:
    page = Page()
    listening: Any = real_reactor.listenTCP(
        0, Site(page, reactor=real_reactor), interface="127.0.0.1"
    )
    client = client_of(listening.getHost().port, connections)
    try:
        await test(page, client)
    finally:
        await client.close()
        await listening.stopListening()


async def turns_until(done: Callable[[], bool]) -> None:
    """Let the reactor turn until `done`, at most a thousand times."""
    for _ in range(1000):
        if done():
            return
        turn: Deferred[None] = Deferred()
        real_reactor.callLater(0.001, turn.callback, None)
        await turn
    raise AssertionError("it did not come")


@pytest_twisted.ensureDeferred
async def test_a_request_says_what_it_was_given_and_its_key() -> None:
    async def test(server: Server, client: HttpClient) -> None:
        got = await client.request("POST", "/v1/x", b'{"a":1}', LIMIT_S, idempotency_key="k-1")
        assert (got.status, got.body, got.headers["content-length"]) == (200, b"{}", "2")
        assert server.requests == [
            b"POST /v1/x HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
            b'Content-Length: 7\r\nIdempotency-Key: k-1\r\n\r\n{"a":1}' % server.port
        ]

    await served(lambda line, _: line.transport.write(answer()), test)


@pytest_twisted.ensureDeferred
async def test_one_connection_serves_requests_one_after_the_other_chunked_or_not() -> None:
    async def test(page: Page, client: HttpClient) -> None:
        for body in (b"one", b"two", b"three"):
            got = await client.request("POST", "/", body, LIMIT_S)
            assert got.headers["transfer-encoding"] == "chunked"
            assert json.loads(got.body) == {"got": body.decode()}
        assert len(set(page.peers)) == 1

    await with_page(test, connections=8)


@pytest_twisted.ensureDeferred
async def test_a_thousand_requests_share_the_connections_allowed() -> None:
    async def test(page: Page, client: HttpClient) -> None:
        asked = [client.request("POST", "/", b"%d" % n, LIMIT_S * 4) for n in range(1000)]
        answers = await gatherResults(asked, consumeErrors=True)
        assert [json.loads(got.body)["got"] for got in answers] == [str(n) for n in range(1000)]
        assert len(set(page.peers)) == 4

    await with_page(test, connections=4)


@pytest_twisted.ensureDeferred
async def test_no_more_connections_than_allowed_are_opened_while_requests_wait() -> None:
    async def test(page: Page, client: HttpClient) -> None:
        asked = [client.request("GET", "/wait", b"", LIMIT_S) for _ in range(5)]
        await turns_until(lambda: len(page.held) == 2)
        while any(not each.called for each in asked):
            await turns_until(lambda: bool(page.held))
            assert len(page.held) <= 2
            page.held.pop(0).finish()
            await turns_until(lambda: bool(page.held) or all(each.called for each in asked))
        assert len(set(page.peers)) == 2

    await with_page(test, connections=2)


@pytest_twisted.ensureDeferred
async def test_a_connection_that_the_server_just_closed_is_replaced_once_and_unnoticed() -> None:
    seen: list[bytes] = []

    def script(line: Raw, request: bytes) -> None:
        seen.append(request)
        if len(seen) == 2:
            line.transport.loseConnection()
        else:
            line.transport.write(answer())

    async def test(server: Server, client: HttpClient) -> None:
        await client.request("POST", "/1", b"", LIMIT_S, idempotency_key="first")
        got = await client.request("POST", "/2", b"", LIMIT_S, idempotency_key="second")
        assert got.status == 200
        assert seen[1] == seen[2]
        assert len(seen) == 3

    await served(script, test)


@pytest_twisted.ensureDeferred
async def test_a_request_is_not_repeated_a_second_time() -> None:
    seen: list[bytes] = []

    def script(line: Raw, request: bytes) -> None:
        seen.append(request)
        if len(seen) in (2, 3):
            line.transport.loseConnection()
        else:
            line.transport.write(answer())

    async def test(server: Server, client: HttpClient) -> None:
        await client.request("POST", "/1", b"", LIMIT_S)
        with pytest.raises(NoAnswerError, match="closed by the server"):
            await client.request("POST", "/2", b"", LIMIT_S)
        assert len(seen) == 3

    await served(script, test)


@pytest_twisted.ensureDeferred
async def test_nobody_listening_is_told_at_once_as_not_sent() -> None:
    client = client_of(free_port())
    asked = [client.request("GET", "/", b"", LIMIT_S) for _ in range(20)]
    for each in asked:
        with pytest.raises(NotSentError, match=r"127\.0\.0\.1:\d+: Connection was refused"):
            await each
    await client.close()


@pytest_twisted.ensureDeferred
async def test_what_left_on_a_closing_connection_is_never_called_not_sent() -> None:
    """The server may have acted before it died: only then was the connection refused."""

    def script(line: Raw, request: bytes) -> None:
        if len(line._server.requests) == 1:
            line.transport.write(answer())
        else:
            line._server.listening.stopListening()
            line._server.listening = None
            line.transport.loseConnection()

    async def test(server: Server, client: HttpClient) -> None:
        await client.request("POST", "/1", b"", LIMIT_S)
        with pytest.raises(NoAnswerError, match="Connection was refused"):
            await client.request("POST", "/2", b"", LIMIT_S)

    await served(script, test)


@pytest_twisted.ensureDeferred
async def test_a_deadline_is_no_answer_and_the_connection_is_dropped() -> None:
    lines: list[Raw] = []

    async def test(server: Server, client: HttpClient) -> None:
        with pytest.raises(NoAnswerError, match=r"no answer within 0\.05 s"):
            await client.request("POST", "/1", b"", SHORT_S)
        await lines[0].ended
        assert server.connections == []

    await served(lambda line, _: lines.append(line), test)


@pytest_twisted.ensureDeferred
async def test_a_deadline_in_the_queue_is_not_sent() -> None:
    async def test(server: Server, client: HttpClient) -> None:
        first = client.request("POST", "/1", b"", LIMIT_S)
        with pytest.raises(NotSentError, match=r"no connection within 0\.05 s"):
            await client.request("POST", "/2", b"", SHORT_S)
        assert len(server.requests) == 1
        server.connections[0].transport.write(answer())
        await first

    await served(lambda line, _: None, test, connections_max=1)


BAD = {
    "not HTTP": (b"0210 what is this\r\n\r\n", "not HTTP"),
    "another answer behind it": (answer() + answer(b'{"outcome":"approved"}'), "more than one"),
    "a body without end": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * (ANSWER_BYTES_MAX + 1),
        "longer than",
    ),
    "a header without end": (
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * (ANSWER_BYTES_MAX + 1),
        "longer than",
    ),
    "a chunk size that is none": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "not HTTP",
    ),
}


@pytest.mark.parametrize("what", BAD)
@pytest_twisted.ensureDeferred
async def test_an_answer_that_cannot_be_right_is_no_answer(what: str) -> None:
    data, reason = BAD[what]
    lines: list[Raw] = []

    def script(line: Raw, request: bytes) -> None:
        lines.append(line)
        line.transport.write(data)

    async def test(server: Server, client: HttpClient) -> None:
        with pytest.raises(NoAnswerError, match=reason):
            await client.request("POST", "/1", b"", LIMIT_S)
        await lines[0].ended

    await served(script, test)


@pytest_twisted.ensureDeferred
async def test_an_answer_cut_short_is_no_answer_and_not_repeated() -> None:
    def script(line: Raw, request: bytes) -> None:
        whole = answer(b'{"outcome": "approved"}')
        line.transport.write(whole if len(line._server.requests) == 1 else whole[:-5])
        if len(line._server.requests) == 2:
            line.transport.loseConnection()

    async def test(server: Server, client: HttpClient) -> None:
        await client.request("POST", "/1", b"", LIMIT_S)
        with pytest.raises(NoAnswerError, match="the connection was lost"):
            await client.request("POST", "/2", b"", LIMIT_S)
        assert len(server.requests) == 2

    await served(script, test)


@pytest_twisted.ensureDeferred
async def test_bytes_that_nobody_asked_for_end_the_connection() -> None:
    async def test(server: Server, client: HttpClient) -> None:
        await client.request("POST", "/1", b"", LIMIT_S)
        line = server.connections[0]
        line.transport.write(answer())
        await line.ended
        assert (await client.request("POST", "/2", b"", LIMIT_S)).status == 200

    await served(lambda line, _: line.transport.write(answer()), test)


@pytest_twisted.ensureDeferred
async def test_a_server_that_keeps_no_connection_is_served_with_fresh_ones() -> None:
    def script(line: Raw, request: bytes) -> None:
        line.transport.write(answer(head="HTTP/1.1 200 OK\r\nConnection: close"))
        line.transport.loseConnection()

    async def test(server: Server, client: HttpClient) -> None:
        for _ in range(3):
            assert (await client.request("POST", "/", b"", LIMIT_S)).status == 200
        assert len(server.requests) == 3

    await served(script, test)


@pytest_twisted.ensureDeferred
async def test_close_fails_what_is_under_way_at_once_as_what_it_is() -> None:
    failures: list[Failure] = []

    def script(line: Raw, request: bytes) -> None:
        if len(line._server.requests) == 1:
            line.transport.write(answer())

    async def test(server: Server, client: HttpClient) -> None:
        await client.request("POST", "/0", b"", LIMIT_S)
        asked = [client.request("POST", f"/{n}", b"", LIMIT_S) for n in (1, 2)]
        await turns_until(lambda: len(server.requests) == 2)
        for each in asked:
            each.addErrback(failures.append)
        await client.close()
        assert [failure.type for failure in failures] == [NotSentError, NoAnswerError]
        with pytest.raises(NotSentError, match="closed"):
            await client.request("POST", "/3", b"", LIMIT_S)

    await served(script, test, connections_max=1)


def test_a_header_with_a_line_end_is_refused() -> None:
    client = client_of(1)
    with pytest.raises(ValueError, match="printable ASCII"):
        client.request("POST", "/", b"", LIMIT_S, idempotency_key="a\r\nX-Evil: 1")
