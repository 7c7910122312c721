"""HTTP in virtual time: klein and Site serve, Twisted's Agent and a raw connection call."""

import gc
from io import BytesIO

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.web.client import Agent, FileBodyProducer, HTTPConnectionPool
from twisted.web.http_headers import Headers
from twisted.web.iweb import IRequest, IResponse
from twisted.web.server import Site

from simulator.testing import virtual_world
from simulator.virtual import Process, World


class Collector(Protocol):
    """Gathers everything until the end."""

    def __init__(self) -> None:
        self.body = b""
        self.done: Deferred[bytes] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.body += data

    def connectionLost(self, reason: Failure) -> None:
        self.done.callback(self.body)


async def body_of(response: IResponse) -> bytes:
    collector = Collector()
    response.deliverBody(collector)
    return await collector.done


def serve(core: Process) -> None:
    from klein import Klein  # importing it looks for a reactor

    app = Klein()

    @app.route("/slow/<int:seconds>", methods=["POST"])
    async def slow(request: IRequest, seconds: int) -> bytes:
        await deferLater(core.reactor, seconds, lambda: None)
        body: bytes = request.content.read()
        return b"got " + body

    core.reactor.listenTCP(8587, Site(app.resource(), reactor=core.reactor), interface="127.0.0.1")


def agent_of(process: Process) -> Agent:
    return Agent(process.reactor, pool=HTTPConnectionPool(process.reactor))


async def post(agent: Agent, seconds: int, body: bytes) -> tuple[int, bytes, bytes]:
    response = await agent.request(
        b"POST",
        b"http://localhost:8587/slow/%d" % seconds,
        Headers({"X-Key": ["1"]}),
        FileBodyProducer(BytesIO(body)),
    )
    date = response.headers.getRawHeaders(b"date")[0]
    return response.code, await body_of(response), date


def world_with_core(world: World) -> Process:
    core = world.process("core")
    core.call(serve, core)
    return core


def test_klein_answers_an_agent_at_the_worlds_time_and_date() -> None:
    with virtual_world(1) as world:
        world_with_core(world)
        switch = world.process("switch")
        answer = world.run_until(switch.start(post, agent_of(switch), 3600, b"350.75"), 4000)
        assert answer == (200, b"got 350.75", b"Tue, 24 Nov 2026 09:00:00 GMT")
        assert 3600 < world.timeline.now_s < 3601


def test_an_agent_keeps_its_connection() -> None:
    with virtual_world(1) as world:
        world_with_core(world)
        switch = world.process("switch")
        agent = agent_of(switch)
        for _ in range(3):
            world.run_until(switch.start(post, agent, 0, b"x"))
        assert len([e for e in world.history.events if e.what == "connected"]) == 1


def test_a_raw_connection_can_send_its_request_byte_by_byte() -> None:
    with virtual_world(1) as world:
        world_with_core(world)
        bank = world.process("bank")
        endpoint = TCP4ClientEndpoint(bank.reactor, "127.0.0.1", 8587)
        raw = world.run_until(connectProtocol(endpoint, Collector()))
        head = b"POST /slow/1 HTTP/1.1\r\nHost: core\r\nContent-Length: 2\r\nConnection: close"
        request = head + b"\r\n\r\nok"
        for number in range(len(request)):
            bank.reactor.callLater(number * 0.01, raw.transport.write, request[number : number + 1])
        answer = world.run_until(raw.done)
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"got ok" in answer


def test_an_idle_connection_is_closed_by_the_servers_own_timeout() -> None:
    with virtual_world(1) as world:
        world_with_core(world)
        endpoint = TCP4ClientEndpoint(world.process("bank").reactor, "127.0.0.1", 8587)
        raw = world.run_until(connectProtocol(endpoint, Collector()))
        assert world.run_until(raw.done, limit_s=120) == b""
        assert 59 < world.timeline.now_s < 61


def test_a_killed_server_fails_the_request_that_waits() -> None:
    with virtual_world(1) as world:
        core = world_with_core(world)
        switch = world.process("switch")
        outcome: list[object] = []
        switch.start(post, agent_of(switch), 3600, b"x").addBoth(outcome.append)
        world.advance(10)
        core.kill()
        world.advance(1)
        assert isinstance(outcome.pop(), Failure)
        gc.collect()
