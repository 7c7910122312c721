"""Connections are bounded, kept alive, and what is no fit request is answered or closed."""

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.web.resource import Resource

from simulator.payment_core import PaymentCore
from switch.link import NoAnswerError, NotSentError, http_site
from switch.link.http import HttpClient
from switch.link.http_site import BODY_BYTES_MAX, DISCARDED_BYTES_MAX, Connections
from switch.runtime import real_runtime
from switch.service.http_access import open_tls
from switch.settings.links import Tls

TOKEN = "correct-horse-battery-staple"


class Raw(Protocol):
    """Sends bytes as they are; `until` fires with what was received once it holds a text."""

    def __init__(self):
        self.received = b""
        self.over = False
        self._waiting = []

    def dataReceived(self, data):
        self.received += data
        self._check()

    def connectionLost(self, reason):
        self.over = True
        self._check()

    def until(self, text):
        done = Deferred()
        self._waiting.append((text, done))
        self._check()
        return done

    def closed(self):
        """Fires with all that was received, once the connection is over."""
        return self.until(None)

    def _check(self):
        for text, done in list(self._waiting):
            if self.over or (text is not None and text in self.received):
                self._waiting.remove((text, done))
                done.callback(self.received)


@pytest_twisted.async_yield_fixture
async def core(settings, tmp_path):
    core = PaymentCore(real_runtime(reactor, 1), settings, tmp_path / "core.db", port=0)
    await core.start()
    yield core
    await core.stop()


@pytest_twisted.async_yield_fixture
async def connect(core):
    opened = []

    async def connect():
        raw = await connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", core.port), Raw())
        opened.append(raw)
        return raw

    yield connect
    for raw in opened:
        raw.transport.abortConnection()
        await raw.closed()


def post(body, length=None):
    length = len(body) if length is None else length
    return (b"POST /v1/balances HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % length) + body


@pytest_twisted.ensureDeferred
async def test_one_connection_serves_many_requests(connect):
    raw = await connect()
    for _ in range(3):
        raw.received = b""
        raw.transport.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"HTTP/1.1 200 OK" in await raw.until(b'{"status":"ok"}')


@pytest_twisted.ensureDeferred
async def test_requests_sent_at_once_are_answered_in_order(connect):
    raw = await connect()
    raw.transport.write(
        b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
        b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    answers = await raw.closed()
    assert answers.index(b'{"status":"ok"}') < answers.index(b'{"error":"not_found"}')


@pytest_twisted.ensureDeferred
async def test_a_body_over_the_limit_is_answered_and_the_connection_goes_on(connect):
    raw = await connect()
    raw.transport.write(post(b"x" * (BODY_BYTES_MAX + 1)))
    assert b"413 " in await raw.until(b"body_too_long")
    raw.transport.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    await raw.until(b'{"status":"ok"}')
    assert b'{"status":"ok"}' in raw.received


@pytest_twisted.ensureDeferred
async def test_a_body_of_the_limit_is_read(connect):
    raw = await connect()
    raw.transport.write(post(b'{"pan":"' + b"1" * (BODY_BYTES_MAX - 10) + b'"}'))
    assert b"422 " in await raw.until(b'"field":"pan"')


@pytest_twisted.ensureDeferred
async def test_a_huge_declared_body_is_not_waited_for(connect):
    raw = await connect()
    raw.transport.write(post(b"", length=DISCARDED_BYTES_MAX + 1))
    answer = await raw.closed()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(b'{"error":"body_too_long"}')


@pytest_twisted.ensureDeferred
async def test_a_chunked_body_without_end_is_cut(connect):
    raw = await connect()
    raw.transport.write(
        b"POST /v1/balances HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    for _ in range(DISCARDED_BYTES_MAX // 0x10000 + 1):
        raw.transport.write(chunk)
    answer = await raw.closed()
    assert b"413 " in answer or answer == b""


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /health HTTP/1.1\r\nNo colon\r\n\r\n",
        b"GET /health HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"POST /v1/balances HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/balances HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_not_http_closes_its_connection_and_disturbs_no_other(connect, garbage):
    other, raw = await connect(), await connect()
    raw.transport.write(garbage)
    answer = await raw.closed()
    assert not answer or answer.startswith(b"HTTP/1.1 400 ")
    other.transport.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"200 OK" in await other.until(b"ok")


@pytest_twisted.ensureDeferred
async def test_a_method_that_is_not_text_is_refused(connect):
    raw = await connect()
    raw.transport.write(b"G\xff /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await raw.closed()
    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest_twisted.ensureDeferred
async def test_connections_beyond_the_limit_are_closed(connect, monkeypatch):
    monkeypatch.setattr(http_site, "CONNECTIONS_MAX", 2)
    kept = [await connect(), await connect()]
    for raw in kept:
        raw.transport.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        await raw.until(b"ok")
    refused = await connect()
    assert await refused.closed() == b""


@pytest_twisted.ensureDeferred
async def test_a_stop_closes_connections_that_were_kept(core, connect):
    raw = await connect()
    raw.transport.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    await raw.until(b"ok")
    await core.stop()
    assert b"200 OK" in await raw.closed()


@pytest_twisted.ensureDeferred
async def test_a_request_that_comes_byte_by_byte_is_not_waited_for(connect, monkeypatch):
    monkeypatch.setattr(http_site, "REQUEST_S", 0.05)
    raw, idle = await connect(), await connect()
    raw.transport.write(b"GET /health HTTP/1.1\r\nHost: ")
    assert await raw.closed() == b""
    idle.transport.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"200 OK" in await idle.until(b"ok")


@pytest_twisted.ensureDeferred
async def test_without_its_token_nothing_of_the_core_is_served(core, connect):
    core._gate.token, core._gate.rate_max = TOKEN, 3
    raw = await connect()
    for shown in (b"", b"Authorization: Bearer wrong\r\n"):
        raw.received = b""
        raw.transport.write(b"GET /v1/creditors HTTP/1.1\r\nHost: x\r\n" + shown + b"\r\n")
        answer = await raw.until(b"unauthorized")
        assert answer.startswith(b"HTTP/1.1 401 ")
        assert b"creditors" not in answer
    right = b"GET /v1/creditors HTTP/1.1\r\nAuthorization: Bearer " + TOKEN.encode()
    raw.received = b""
    raw.transport.write(right + b"\r\nHost: x\r\n\r\n")
    assert b"200 OK" in await raw.until(b"creditors")
    raw.received = b""
    raw.transport.write(right + b"\r\nHost: x\r\n\r\n")
    answer = await raw.until(b"too_many_requests")
    assert b"Retry-After: 1" in answer.title().replace(b"\r\n", b"\n")


@pytest_twisted.ensureDeferred
async def test_a_core_on_tls_answers_who_shows_a_certificate_of_its_authority(settings, tmp_path):
    runtime = real_runtime(reactor, 1)
    served = open_tls(runtime, Tls(made="core"), tmp_path, None)
    core = PaymentCore(runtime, settings, tmp_path / "core.db", port=0, security=served)
    await core.start()
    known = open_tls(runtime, Tls(made="switch"), tmp_path, "127.0.0.1")
    stranger = open_tls(runtime, Tls(made="switch"), tmp_path / "other", "127.0.0.1")
    answers = []
    for security in (known, stranger, None):
        client = HttpClient(runtime, host="127.0.0.1", port=core.port, security=security)
        try:
            answers.append((await client.request("GET", "/health", b"", 5.0)).status)
        except (NotSentError, NoAnswerError) as error:
            answers.append(f"{type(error).__name__}: {error}")
        await client.close()
    await core.stop()
    assert answers[0] == 200
    assert answers[1].startswith("NotSentError")
    assert "an authority that is not in `ca`" in answers[1]
    assert answers[2].startswith("NoAnswerError")


class Stubborn:
    """A connection whose peer takes nothing, so that only an abort ends it."""

    def __init__(self, connections):
        self.connections = connections
        self.calls = []

    def loseConnection(self):
        self.calls.append("lose")

    def abortConnection(self):
        self.calls.append("abort")
        self.connections.unregisterProtocol(self)


def test_a_connection_that_does_not_drain_is_aborted_after_a_while():
    clock = Clock()
    connections = Connections(clock, Resource())
    stubborn = Stubborn(connections)
    connections.registerProtocol(stubborn)
    closed = ensureDeferred(connections.close(2.0))
    clock.advance(1.9)
    assert (stubborn.calls, closed.called) == (["lose"], False)
    clock.advance(0.2)
    assert (stubborn.calls, closed.called) == (["lose", "abort"], True)
    assert clock.getDelayedCalls() == []
