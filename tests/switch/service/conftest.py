"""A whole switch between fake hosts with books of their own, on real sockets or in virtual time."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from structlog import wrap_logger
from structlog.testing import LogCapture
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import ClientFactory, Protocol, connectionDone
from twisted.protocols.policies import WrappingFactory
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import Site
from zope.interface import implementer

from switch.link import Listener, Session, SessionProfile, answer_to
from switch.runtime import Runtime, real_runtime
from switch.service import Switch
from switch.service.checks import load_switch_file
from switch.settings.network import SwitchFile
from switch.store import sqlite_engine
from switch.wire import Codec, Message, load_dialect, make_framing, mask_text

AMINA, THEIRS = "9504010000000019", "9504020000000018"
CODEC = Codec(load_dialect("gab87"))


class FakeIssuer:
    """An ISO 8583 host with books: each debit once, each reversal once, whatever comes first.

    `hold` keeps requests until `release`; `posted` lists what moved money, in order.
    """

    def __init__(self, runtime: Runtime, port: int = 0) -> None:
        self.asked: list[Message] = []
        self.posted: list[tuple[str, str]] = []
        self.hold = False
        self.on_request: Callable[[Message], object] = lambda message: None
        self._held: list[tuple[Message, Deferred[Message | None]]] = []
        self._debits: set[str] = set()
        self._reversed: set[str] = set()
        self._listener = Listener(
            runtime,
            SessionProfile("issuer"),
            CODEC,
            make_framing("2-byte-binary"),
            port=port,
            handler=self._handle,
            new_stan=lambda: "000001",
        )
        self.start = self._listener.start
        self.stop = self._listener.stop

    @property
    def port(self) -> int:
        return self._listener.port

    @property
    def stands(self) -> int:
        """How many debits stand."""
        return len(self._debits - self._reversed)

    @property
    def types(self) -> list[str]:
        return [message.mti for message in self.asked]

    def release(self, code: str | None = None) -> None:
        """Answer what was kept, in order."""
        held, self._held = self._held, []
        for message, answered in held:
            answered.callback(answer_to(message, code) if code else self._post(message))

    def _handle(self, message: Message, session: Session) -> Deferred[Message | None]:
        self.asked.append(message)
        answered: Deferred[Message | None] = Deferred()
        if self.hold:
            self._held.append((message, answered))
        else:
            answered.callback(self._post(message))
        self.on_request(message)
        return answered

    def _post(self, message: Message) -> Message:
        if message.mti[1] == "4":
            ninety = message.text(90)
            key = f"{message.text(41)}/{ninety[4:10]}/{ninety[10:20]}"
            if key not in self._reversed:
                self._reversed.add(key)
                self.posted.append(("reversal", key))
            return answer_to(message, "00")
        key = f"{message.text(41)}/{message.text(11)}/{message.text(7)}"
        if key in self._reversed:
            return answer_to(message, "12")
        if key not in self._debits:
            self._debits.add(key)
            self.posted.append(("debit", key))
        return answer_to(message, "00", de38="A12345")


class FakeCore(Resource):
    """The core's HTTP service as the bridge needs it; debits over 10,000.00 are refused.

    While `pending` it posts what is confirmed and answers that it is not decided yet.
    """

    isLeaf = True

    def __init__(self, runtime: Runtime) -> None:
        super().__init__()
        self._runtime = runtime
        self._listening: Any = None
        self.asked: list[str] = []
        self.posted: list[tuple[str, str]] = []
        self.well = True
        self.pending = False
        self._answers: dict[str, dict[str, Any]] = {}
        self._cancelled: set[str] = set()
        self.port = 0

    def start(self) -> None:
        reactor = self._runtime.reactor
        self._site = WrappingFactory(Site(self, reactor=reactor))
        self._listening = reactor.listenTCP(self.port, self._site, interface="127.0.0.1")
        self.port = self._listening.getHost().port

    async def stop(self) -> None:
        if self._listening is not None:
            listening, self._listening = self._listening, None
            await DeferredList([maybeDeferred(listening.stopListening)])
            for connection in list(self._site.protocols):
                connection.transport.abortConnection()

    def render(self, request: Any) -> Any:
        path = request.path.decode()
        if path == "/health":
            request.setResponseCode(200 if self.well else 503)
            return b"{}"
        self.asked.append(path)
        if path.startswith("/v1/operations/"):
            answer = self._answers.get(path.removeprefix("/v1/operations/"), {})
            status = "pending" if self.pending else answer.get("outcome", "unknown")
            return json.dumps({"status": status}).encode()
        key = request.getHeader("idempotency-key")
        body = json.loads(request.content.read())
        if key not in self._answers:
            self._answers[key] = self._act(path, key, body)
        if self.pending and body.get("means") == "authorised":
            return b'{"outcome": "pending"}'
        return json.dumps(self._answers[key]).encode()

    def _act(self, path: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == "/v1/cancellations":
            self._cancelled.add(body["cancels"])
            self.posted.append(("reversal", body["cancels"]))
            return {"outcome": "approved"}
        if key in self._cancelled:
            return {"outcome": "declined", "reason": "cancelled_before"}
        if body.get("means") == "authorised":
            self.posted.append(("debit", key))
            reference = "200000000001"
            return {"outcome": "approved", "settlement_reference": reference}
        if not str(body.get("pan", "")).startswith("950401"):
            return {"outcome": "declined", "reason": "unknown_card"}
        if body.get("amount_minor", 0) > 1_000_000:
            return {"outcome": "declined", "reason": "insufficient_funds"}
        self.posted.append(("debit", key))
        return {"outcome": "approved", "approval_code": "C00001"}


@implementer(IHalfCloseableProtocol)
class Peer(Protocol):
    """A terminal's end of a line, made of bytes: a length in front, frames as they come."""

    def __init__(self) -> None:
        self.opened: Deferred[Peer] = Deferred()
        self.closed: Deferred[None] = Deferred()
        self.is_closed = False
        self.frames: deque[bytes] = deque()
        self.received = 0
        self._held = b""
        self._waiting: deque[Deferred[bytes | None]] = deque()

    def connectionMade(self) -> None:
        self.opened.callback(self)

    def dataReceived(self, data: bytes) -> None:
        self.received += len(data)
        self._held += data
        while len(self._held) >= 2:
            length = int.from_bytes(self._held[:2], "big")
            if len(self._held) < 2 + length:
                return
            self.frames.append(self._held[2 : 2 + length])
            self._held = self._held[2 + length :]
            self._hand_over()

    def readConnectionLost(self) -> None:
        transport: Any = self.transport
        transport.loseConnection()

    def writeConnectionLost(self) -> None:
        """Done by the test itself."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.is_closed = True
        self.closed.callback(None)
        self._hand_over()

    def write(self, data: bytes) -> None:
        transport: Any = self.transport
        transport.write(data)

    def send(self, *messages: Message | bytes) -> None:
        for message in messages:
            body = message if isinstance(message, bytes) else CODEC.encode(message)
            self.write(len(body).to_bytes(2, "big") + body)

    async def answer(self) -> Message | None:
        """The next message, None when the line closes first."""
        waiting: Deferred[bytes | None] = Deferred()
        self._waiting.append(waiting)
        self._hand_over()
        body = await waiting
        return None if body is None else CODEC.decode(body)

    async def ask(self, message: Message | bytes) -> Message:
        self.send(message)
        answer = await self.answer()
        assert answer is not None, "the line closed"
        return answer

    async def code(self, message: Message | bytes) -> str:
        return (await self.ask(message)).text(39)

    async def sign_on(self) -> Peer:
        assert await self.code(network("001")) == "00"
        return self

    def finish_sending(self) -> None:
        transport: Any = self.transport
        transport.loseWriteConnection()

    async def close(self) -> None:
        transport: Any = self.transport
        transport.abortConnection()
        await self.closed

    def _hand_over(self) -> None:
        while self._waiting and (self.frames or self.is_closed):
            self._waiting.popleft().callback(self.frames.popleft() if self.frames else None)


def network(function: str | None, stan: str = "000900", **elements: str) -> Message:
    """An 0800: sign-on 001, echo 301, sign-off 002."""
    message = Message({"t": "0800", "7": "1124103601", "11": stan})
    if function is not None:
        message["70"] = function
    message.update({name.removeprefix("de"): value for name, value in elements.items()})
    return message


def withdrawal(stan: str = "000001", pan: str = THEIRS, mti: str = "0200", **more: Any) -> Message:
    """A withdrawal of 200.00 at LAB00001; None takes an element away."""
    message = Message(
        {
            "t": mti,
            "2": pan,
            "3": "010000",
            "4": "000000020000",
            "7": "1124103601",
            "11": stan,
            "12": "113601",
            "13": "1124",
            "32": "504001",
            "37": f"632810{stan}",
            "41": "LAB00001",
            "42": "AGENCE000000001",
            "49": "504",
        }
    )
    for name, value in more.items():
        message.pop(name.removeprefix("de"), None)
        if value is not None:
            message[name.removeprefix("de")] = value
    return message


def bill(stan: str = "000001", mti: str = "0200", **more: Any) -> Message:
    """A bill of 200.00 that a card of the other bank pays at LAB00001."""
    paid: Any = {"01": "1001", "02": "01", "04": "100000000001", "05": "E1=20000"}
    return withdrawal(stan, mti=mti, de3="500000", de48=paid, **more)


def reversal(original: Message, mti: str = "0420") -> Message:
    """A terminal's reversal, without the card."""
    ninety = f"0200{original.text(11)}{original.text(7)}00000504001{'0' * 11}"
    return withdrawal(
        original.text(11), mti=mti, de2=None, de7="1124103800", de90=ninety, de39="68"
    )


class Bench:
    """A switch as `config/local.yaml` has it, on free ports, between the two fakes."""

    Peer, network, withdrawal, bill, reversal = (
        Peer,
        staticmethod(network),
        staticmethod(withdrawal),
        staticmethod(bill),
        staticmethod(reversal),
    )
    AMINA, THEIRS = AMINA, THEIRS
    encode = staticmethod(CODEC.encode)

    def __init__(
        self, surroundings: Callable[[str], Runtime], folder: Path, call: Callable[..., Any]
    ) -> None:
        self.surroundings = surroundings
        self.call = call
        self.folder = folder
        self.issuer = FakeIssuer(surroundings("issuer"))
        self.core = FakeCore(surroundings("core"))
        self.switch: Switch | None = None
        self.peers: list[Peer] = []
        self.change: dict[str, Any] = {}

    @property
    def settings(self) -> SwitchFile:
        """The local network, with the ports of now."""
        file = load_switch_file("local")
        section = file.switch
        assert section.core is not None
        listeners = {
            name: each.model_copy(update={"port": 0}) for name, each in section.listeners.items()
        }
        links = {"issuer": section.links["issuer"].model_copy(update={"port": self.issuer.port})}
        update = {
            "listeners": listeners,
            "links": links,
            "core": section.core.model_copy(update={"port": self.core.port}),
            "metrics_port": None,
            **self.change,
        }
        return file.model_copy(update={"switch": section.model_copy(update=update)})

    async def start(self, *, milestone: Any = None, peers: bool = True) -> Switch:
        """Start the fakes, unless they run, then a switch on the folder as it is."""
        if self.issuer.port == 0:
            self.call("issuer", self.issuer.start)
            self.call("core", self.core.start)
        self.switch = switch = Switch(
            self.surroundings("switch"), self.settings, self.folder, milestone=milestone
        )
        await self.call("switch", Deferred.fromCoroutine, switch.start(wait_for_peers=peers))
        return switch

    async def stop_switch(self, **how: bool) -> None:
        switch, self.switch = self.switch, None
        if switch is not None:
            await self.call("switch", Deferred.fromCoroutine, switch.stop(**how))

    async def stop(self) -> None:
        for peer in self.peers:
            if not peer.is_closed:
                await peer.close()
        await self.stop_switch()
        if self.issuer.port:
            await self.call("issuer", Deferred.fromCoroutine, self.issuer.stop())
            await self.call("core", Deferred.fromCoroutine, self.core.stop())

    async def peer(self, *, sign_on: bool = True, listener: str = "terminals") -> Peer:
        """A new line to the switch."""
        assert self.switch is not None
        return await self.peer_at(self.switch.ports[listener], sign_on=sign_on)

    async def peer_at(self, port: int, *, sign_on: bool = True) -> Peer:
        peer = Peer()
        self.peers.append(peer)
        reactor = self.surroundings("peer").reactor
        factory = ClientFactory.forProtocol(lambda: peer)
        factory.noisy = False
        self.call("peer", reactor.connectTCP, "127.0.0.1", port, factory)
        await peer.opened
        return await peer.sign_on() if sign_on else peer

    def rows(self, table: str) -> list[dict[str, Any]]:
        engine = sqlite_engine(self.folder / "switch.db", read_only=True)
        with engine.begin() as connection:
            return [
                dict(row._mapping) for row in connection.execute(text(f"SELECT * FROM {table}"))
            ]


class RealBench(Bench):
    """On loopback, with a log that is read afterwards: no line of it may show a card."""

    def __init__(self, folder: Path) -> None:
        from twisted.internet import reactor

        self.reactor: Any = reactor
        self.logged = LogCapture()
        runtime = real_runtime(reactor, 1, wrap_logger(None, processors=[self.logged]))
        super().__init__(runtime.of, folder, lambda party, function, *rest: function(*rest))

    def warnings(self) -> list[dict[str, Any]]:
        """Lines of warning and worse since they were last asked for."""
        lines = [dict(entry) for entry in self.logged.entries]
        self.logged.entries.clear()
        self.seen_lines.extend(lines)
        return [line for line in lines if line["log_level"] in ("warning", "error")]

    seen_lines: list[dict[str, Any]]

    async def until(self, done: Callable[[], bool]) -> None:
        """Let the reactor turn until `done`, within reason."""
        for _ in range(2500):
            if done():
                return
            turn: Deferred[None] = Deferred()
            self.reactor.callLater(0.002, turn.callback, None)
            await turn
        raise AssertionError("it did not come")


Test = Callable[[RealBench], Coroutine[Any, Any, None]]


@pytest.fixture
def with_switch(tmp_path: Path) -> Callable[[Test], Coroutine[Any, Any, None]]:
    """Runs a coroutine function with a started switch on real sockets, and ends everything."""

    async def run(test: Test, **how: Any) -> None:
        bench = RealBench(tmp_path)
        bench.seen_lines = []
        try:
            await bench.start(**how)
            await test(bench)
        finally:
            await bench.stop()
        bench.warnings()
        shown = json.dumps(bench.seen_lines, default=repr)
        assert AMINA not in shown
        assert THEIRS not in shown
        assert mask_text(shown) == shown

    return run


@pytest.fixture(scope="session")
def benches() -> type[Bench]:
    """For tests that bring surroundings of their own."""
    return Bench


@pytest.fixture
def bench(world: Any, tmp_path: Path, benches: Any) -> Iterator[Any]:
    """A bench in the test's own virtual world, stopped at the end."""
    bench = benches(
        world.runtime,
        tmp_path,
        lambda party, function, *rest: world.process(party).call(function, *rest),
    )
    yield bench
    world.run_until(bench.stop())
