"""The seam for faults: a passage decides what becomes of the bytes on one wire."""

from collections.abc import Callable

import pytest
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.error import ConnectionLost
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from simulator.virtual import Passage, VirtualReactor, Wire


class Peer(Protocol):
    def __init__(self) -> None:
        self.received: list[tuple[float, bytes]] = []
        self.why: type[BaseException] | None = None

    def dataReceived(self, data: bytes) -> None:
        self.received.append((self.transport.reactor.seconds(), data))

    def connectionLost(self, reason: Failure) -> None:
        self.why = reason.type


class Honest:
    """Everything at once."""

    def carry(self, wire: Wire, data: bytes) -> None:
        wire.deliver(data, 0)

    def end(self, wire: Wire) -> None:
        wire.deliver_end(0)

    def reset(self, wire: Wire) -> None:
        wire.deliver_reset(0)


class CutAt(Honest):
    """Lets `limit` bytes by, then resets."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def carry(self, wire: Wire, data: bytes) -> None:
        if room := max(0, self.limit - wire.entered):
            wire.deliver(data[:room], 0)
        if len(data) > room:
            wire.deliver_reset(0)


class BlackHole(Honest):
    def carry(self, wire: Wire, data: bytes) -> None:
        pass


class Stall(Honest):
    """Keeps everything until it is let go."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    def carry(self, wire: Wire, data: bytes) -> None:
        self.kept.append(data)
        self.let_go = lambda: [wire.deliver(kept, 0) for kept in self.kept]


def connected(
    client_to_server: Passage | None = None,
) -> tuple[VirtualReactor, Peer, Peer]:
    reactor = VirtualReactor()
    servers: list[Peer] = []

    class Accept(Factory):
        def buildProtocol(self, addr: object) -> Peer:
            servers.append(Peer())
            return servers[0]

    def passage_for(wire: Wire) -> Passage:
        there = wire.name.endswith(">")
        return client_to_server if there and client_to_server else Honest()

    reactor.network.passage_for = passage_for
    reactor.listenTCP(8583, Accept())
    endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", 8583)
    client = reactor.run_until(connectProtocol(endpoint, Peer()))
    reactor.advance(0)
    return reactor, client, servers[0]


def test_a_wire_can_be_cut_at_a_byte() -> None:
    reactor, client, server = connected(CutAt(5))
    client.transport.write(b"abc")
    reactor.advance(1)
    client.transport.write(b"defgh")
    reactor.advance(1)
    assert b"".join(data for _, data in server.received) == b"abcde"
    assert server.why is ConnectionLost


def test_a_black_hole_blocks_the_sender_in_the_end() -> None:
    reactor, client, server = connected(BlackHole())
    for _ in range(10):
        client.transport.write(b"x" * 20_000)
    reactor.advance(600)
    assert server.received == []
    assert reactor.getWriters() == [client.transport]


def test_what_a_stall_kept_arrives_in_order_when_it_ends() -> None:
    stall = Stall()
    reactor, client, server = connected(stall)
    for data in (b"a", b"b"):
        client.transport.write(data)
        reactor.advance(1)
    assert server.received == []
    stall.let_go()
    reactor.advance(0)
    assert server.received == [(pytest.approx(2, abs=0.1), b"ab")]


def test_a_fault_in_one_direction_leaves_the_other_alone() -> None:
    reactor, client, server = connected(BlackHole())
    server.transport.write(b"still here")
    reactor.advance(1)
    assert client.received[0][1] == b"still here"


@pytest.mark.parametrize("make", [Honest, BlackHole, Stall])
def test_nothing_that_is_sent_later_arrives_earlier(make: Callable[[], Passage]) -> None:
    reactor, client, _server = connected(make())
    wire = client.transport.socket.outgoing
    seen: list[str] = []
    wire.receiver.data_arrived = lambda data: seen.append(data.decode())
    wire.deliver(b"first", 5)
    wire.deliver(b"second", 1)
    wire.deliver(b"third", 0)
    reactor.advance(10)
    assert seen == ["first", "second", "third"]
