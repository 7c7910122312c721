"""TCP in memory, through Twisted's endpoints and transports."""

import errno
from collections.abc import Callable

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import (
    HostnameEndpoint,
    TCP4ClientEndpoint,
    TCP4ServerEndpoint,
    connectProtocol,
)
from twisted.internet.error import (
    CannotListenError,
    ConnectError,
    ConnectionAborted,
    ConnectionDone,
    ConnectionLost,
    ConnectionRefusedError,  # noqa: A004 - Twisted's
    DNSLookupError,
    TimeoutError,  # noqa: A004 - Twisted's
)
from twisted.internet.interfaces import IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from simulator.testing import flush_logged_errors
from simulator.virtual import Latency, SimulatedNetwork, Timeline, VirtualReactor
from switch.runtime import Chance


class Peer(Protocol):
    """Keeps what it receives, when it came, and why the connection ended."""

    def __init__(self) -> None:
        self.received = b""
        self.pieces: list[tuple[float, bytes]] = []
        self.why: type[BaseException] | None = None
        self.lost: Deferred[None] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.received += data
        self.pieces.append((self.transport.reactor.seconds(), data))

    def connectionLost(self, reason: Failure) -> None:
        self.why = reason.type
        self.lost.callback(None)


class Echo(Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class Pair:
    """A server's and a client's end of one connection."""

    def __init__(
        self,
        reactor: VirtualReactor,
        server: Callable[[], Protocol] = Peer,
        client: Callable[[], Protocol] = Peer,
    ) -> None:
        accepted: list[Protocol] = []

        class Accept(Factory):
            def buildProtocol(self, addr: object) -> Protocol:
                accepted.append(server())
                return accepted[-1]

        self.port = reactor.listenTCP(0, Accept(), interface="127.0.0.1")
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", self.port.getHost().port)
        self.client = reactor.run_until(connectProtocol(endpoint, client()))
        reactor.advance(0.01)
        self.server = accepted[0]


@pytest.fixture
def reactor() -> VirtualReactor:
    return VirtualReactor()


def test_an_echo_through_endpoints(reactor: VirtualReactor) -> None:
    server = TCP4ServerEndpoint(reactor, 8583, interface="127.0.0.1")
    port = reactor.run_until(server.listen(Factory.forProtocol(Echo)))
    client = TCP4ClientEndpoint(reactor, "127.0.0.1", 8583)
    peer = reactor.run_until(connectProtocol(client, Peer()))
    peer.transport.write(b"0800")
    reactor.advance(1)
    assert peer.received == b"0800"
    assert port.getHost() == IPv4Address("TCP", "127.0.0.1", 8583)
    assert peer.transport.getPeer() == IPv4Address("TCP", "127.0.0.1", 8583)


def test_both_ends_know_the_same_addresses(reactor: VirtualReactor) -> None:
    pair = Pair(reactor)
    assert pair.server.transport.getPeer() == pair.client.transport.getHost()
    assert pair.server.transport.getHost() == pair.client.transport.getPeer()
    assert pair.client.transport.getHost().port >= 49_152


def test_bytes_take_their_latency() -> None:
    timeline = Timeline()
    network = SimulatedNetwork(timeline, Chance(1), Latency(mean_s=0.2, jitter_s=0))
    network.cut_chance = 0
    reactor = VirtualReactor(timeline, network)
    pair = Pair(reactor)
    sent_s = reactor.seconds()
    pair.client.transport.write(b"late")
    reactor.advance(1)
    assert pair.server.pieces == [(pytest.approx(sent_s + 0.2), b"late")]


def test_a_connection_that_nobody_awaits_is_refused_after_a_round_trip(
    reactor: VirtualReactor,
) -> None:
    with pytest.raises(ConnectionRefusedError):
        reactor.run_until(connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", 1), Peer()))
    assert 0 < reactor.seconds() < 0.01


def test_an_address_that_no_host_has_cannot_be_reached(reactor: VirtualReactor) -> None:
    with pytest.raises(ConnectError) as caught:
        reactor.run_until(connectProtocol(TCP4ClientEndpoint(reactor, "10.9.9.9", 1), Peer()))
    assert caught.value.osError == errno.EHOSTUNREACH


def test_a_host_is_found_by_name(reactor: VirtualReactor) -> None:
    host = reactor.network.add_host("issuer.example", "10.0.0.7")
    there = VirtualReactor(reactor.timeline, reactor.network, host, "issuer")
    there.listenTCP(8586, Factory.forProtocol(Echo))
    endpoint = HostnameEndpoint(reactor, "issuer.example", 8586)
    peer = reactor.run_until(connectProtocol(endpoint, Peer()))
    assert peer.transport.getPeer() == IPv4Address("TCP", "10.0.0.7", 8586)


def test_an_unknown_name_is_a_lookup_error(reactor: VirtualReactor) -> None:
    with pytest.raises(DNSLookupError):
        reactor.run_until(connectProtocol(HostnameEndpoint(reactor, "nobody", 1), Peer()))


def test_a_port_is_taken_once_and_free_again_after(reactor: VirtualReactor) -> None:
    port = reactor.listenTCP(8583, Factory.forProtocol(Echo), interface="127.0.0.1")
    with pytest.raises(CannotListenError):
        reactor.listenTCP(8583, Factory.forProtocol(Echo))
    reactor.run_until(port.stopListening())
    assert reactor.listenTCP(8583, Factory.forProtocol(Echo)).getHost().port == 8583


def test_an_address_of_another_machine_cannot_be_listened_on(reactor: VirtualReactor) -> None:
    with pytest.raises(CannotListenError):
        reactor.listenTCP(8583, Factory.forProtocol(Echo), interface="10.9.9.9")


def test_what_was_written_before_the_connection_was_lost_arrives(reactor: VirtualReactor) -> None:
    pair = Pair(reactor)
    pair.client.transport.write(b"x" * 300_000)
    pair.client.transport.loseConnection()
    reactor.run_until(pair.server.lost)
    assert len(pair.server.received) == 300_000
    assert (pair.client.why, pair.server.why) == (ConnectionDone, ConnectionDone)


def test_an_abort_resets_the_peer(reactor: VirtualReactor) -> None:
    pair = Pair(reactor)
    pair.client.transport.abortConnection()
    reactor.run_until(pair.server.lost)
    assert (pair.client.why, pair.server.why) == (ConnectionAborted, ConnectionLost)


def test_the_second_write_to_a_peer_that_closed_loses_the_connection(
    reactor: VirtualReactor,
) -> None:
    pair = Pair(reactor)
    pair.server.transport.pauseProducing()
    pair.client.transport.loseConnection()
    reactor.advance(1)
    for _ in range(2):
        assert pair.server.why is None
        pair.server.transport.write(b"too late")
        reactor.advance(1)
    assert pair.server.why is ConnectionLost


def test_an_error_in_a_protocol_costs_its_connection_alone(reactor: VirtualReactor) -> None:
    class Broken(Peer):
        def dataReceived(self, data: bytes) -> None:
            raise ArithmeticError("cannot read this")

    pair = Pair(reactor, server=Broken)
    pair.client.transport.write(b"x")
    reactor.advance(1)
    assert (pair.server.why, pair.client.why) == (ArithmeticError, ConnectionDone)
    assert len(flush_logged_errors(ArithmeticError)) == 1


def test_bytes_are_cut_and_joined_but_never_lost_or_reordered(reactor: VirtualReactor) -> None:
    reactor.network.cut_chance = 0.5
    pair = Pair(reactor)
    sent = [bytes([number % 251]) * (1 + number % 40) for number in range(500)]
    for number, data in enumerate(sent):
        reactor.callLater(number * 0.000_05, pair.client.transport.write, data)
    reactor.advance(5)
    assert pair.server.received == b"".join(sent)
    pieces = [data for _, data in pair.server.pieces]
    assert any(len(set(data)) > 1 for data in pieces)
    assert any(data not in sent for data in pieces)


@implementer(IHalfCloseableProtocol)
class HalfCloser(Peer):
    ends = 0

    def readConnectionLost(self) -> None:
        self.ends += 1
        self.transport.write(b"the answer you are owed")
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        pass


def test_a_peer_that_closed_its_sending_half_still_gets_its_answer(
    reactor: VirtualReactor,
) -> None:
    pair = Pair(reactor, server=HalfCloser, client=HalfCloser)
    pair.client.transport.write(b"request")
    pair.client.transport.loseWriteConnection()
    reactor.run_until(pair.client.lost)
    assert pair.server.received == b"request"
    assert pair.client.received == b"the answer you are owed"
    assert pair.server.ends == 1


def test_a_peer_that_does_not_read_stops_the_sender(reactor: VirtualReactor) -> None:
    @implementer(IPushProducer)
    class Pump:
        sent = 0
        pauses = 0
        is_paused = False

        def produce(self) -> None:
            while not self.is_paused and self.sent < 1_000_000:
                self.sent += 10_000
                pair.client.transport.write(b"x" * 10_000)
            if self.sent >= 1_000_000 and not self.is_paused:
                pair.client.transport.unregisterProducer()

        def pauseProducing(self) -> None:
            self.pauses += 1
            self.is_paused = True

        def resumeProducing(self) -> None:
            self.is_paused = False
            self.produce()

        def stopProducing(self) -> None:
            self.is_paused = True

    pair = Pair(reactor)
    pair.server.transport.pauseProducing()
    pump = Pump()
    pair.client.transport.registerProducer(pump, True)
    pump.produce()
    reactor.advance(60)
    assert pump.is_paused
    assert pump.sent <= 250_000
    assert pair.server.received == b""
    pair.server.transport.resumeProducing()
    reactor.advance(60)
    assert len(pair.server.received) == pump.sent == 1_000_000
    assert pump.pauses > 5


def test_connecting_gives_up_in_time_when_the_backlog_stays_full(reactor: VirtualReactor) -> None:
    port = reactor.listenTCP(8583, Factory.forProtocol(Echo), backlog=1)
    port.stopReading()
    first = TCP4ClientEndpoint(reactor, "127.0.0.1", 8583)
    reactor.run_until(connectProtocol(first, Peer()))
    second = TCP4ClientEndpoint(reactor, "127.0.0.1", 8583, timeout=10)
    with pytest.raises(TimeoutError):
        reactor.run_until(connectProtocol(second, Peer()))
    assert reactor.seconds() == pytest.approx(10, abs=0.1)


def test_a_connection_in_the_backlog_is_made_when_there_is_room(reactor: VirtualReactor) -> None:
    port = reactor.listenTCP(8583, Factory.forProtocol(Echo), backlog=1)
    port.stopReading()
    endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", 8583)
    reactor.run_until(connectProtocol(endpoint, Peer()))
    reactor.callLater(2, port.startReading)
    reactor.run_until(connectProtocol(endpoint, Peer()), limit_s=4)


def test_a_connection_that_is_cancelled_is_never_made(reactor: VirtualReactor) -> None:
    accepted: list[object] = []

    class Accept(Factory):
        def buildProtocol(self, addr: object) -> Protocol:
            accepted.append(addr)
            return Peer()

    reactor.listenTCP(8583, Accept())
    attempt = connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", 8583), Peer())
    attempt.addErrback(lambda failure: None)
    attempt.cancel()
    reactor.run_until_quiet()
    assert accepted == []


def test_tcp_options_are_kept(reactor: VirtualReactor) -> None:
    pair = Pair(reactor)
    pair.client.transport.setTcpNoDelay(True)
    pair.client.transport.setTcpKeepAlive(True)
    assert pair.client.transport.getTcpNoDelay()
    assert pair.client.transport.getTcpKeepAlive()


def test_nothing_remains_of_connections_that_ended(reactor: VirtualReactor) -> None:
    pair = Pair(reactor)
    pair.client.transport.loseConnection()
    reactor.run_until(pair.server.lost)
    reactor.run_until(pair.port.stopListening())
    reactor.run_until_quiet()
    assert (reactor.getReaders(), reactor.getWriters()) == ([], [])
    assert reactor._sockets == {}
    assert reactor.host._taken == {}
