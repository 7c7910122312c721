"""Who may open a line: by address, by what a proxy says, by number; in virtual time."""

import pytest
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol

from switch.link import Listener, SessionProfile, answer_to
from switch.link.gate import HEADER_TIMEOUT_S, Addresses
from switch.link.proxy_header import SIGNATURE
from switch.wire import Codec, Message, load_dialect, make_framing

CODEC = Codec(load_dialect("gab87"))
FRAMING = make_framing("2-byte-binary")
PORT = 8583
HEADER = b"PROXY TCP4 10.1.2.3 127.0.0.1 50123 8583\r\n"
ECHO = FRAMING.frame(
    CODEC.encode(Message({"t": "0800", "7": "1124090000", "11": "000001", "70": "301"}))
)


class Peer(Protocol):
    """A raw connection: what it received, and whether it was closed."""

    def __init__(self) -> None:
        self.received = b""
        self.closed = False

    def dataReceived(self, data):
        self.received += data

    def connectionLost(self, reason):
        self.closed = True

    @property
    def answered(self):
        return len(FRAMING.receiver().receive(self.received))


class Port:
    """A listener, and peers that connect to it from two machines."""

    def __init__(self, world, counted, **options) -> None:
        self.world = world
        self.counted = counted
        process = world.process("far")

        async def approve(request, session):
            return answer_to(request, "00")

        self.listener = Listener(
            process.runtime,
            SessionProfile(name="terminals"),
            CODEC,
            FRAMING,
            port=PORT,
            interface="",
            handler=approve,
            new_stan=lambda: "000001",
            counts=self.counted,
            **options,
        )
        process.call(self.listener.start)
        self.host = world.network.add_host("elsewhere", "192.0.2.7")

    def connect(self, data=b"", *, elsewhere=False, parts=1):
        process = self.world.process("peer", self.host if elsewhere else None)
        address = self.world.network.local.ip
        peer = Peer()
        endpoint = TCP4ClientEndpoint(process.runtime.reactor, address, PORT)
        self.world.run_until(process.call(connectProtocol, endpoint, peer))
        size = max(1, len(data) // parts)
        for start in range(0, len(data), size):
            process.call(peer.transport.write, data[start : start + size])
            self.world.advance(0.1)
        self.world.advance(0.5)
        return peer

    def peers(self):
        return [session.line.peer for session in self.listener.sessions]

    def events(self, what):
        return [text for e in self.world.history.events if what in (text := str(e))]


@pytest.fixture
def port(world, counted):
    return lambda **options: Port(world, counted, **options)


@pytest.mark.parametrize(
    ("networks", "host", "expected"),
    [
        ([], "203.0.113.9", True),
        (["10.0.0.0/8"], "10.255.1.2", True),
        (["10.0.0.0/8"], "11.0.0.1", False),
        (["10.0.0.0/8", "192.0.2.7"], "192.0.2.7", True),
        (["192.0.2.7"], "192.0.2.70", False),
        (["2001:db8::/32"], "2001:db8::1", True),
        (["10.0.0.0/8"], "2001:db8::1", False),
        (["10.0.0.0/8"], "::ffff:10.1.1.1", True),
        (["fe80::/10"], "fe80::1%eth0", True),
        (["10.0.0.0/8"], "?", False),
    ],
)
def test_an_address_is_in_a_network_or_not(networks, host, expected):
    assert (host in Addresses(networks)) is expected


def test_an_allowed_address_is_served(port):
    assert port(allow=["127.0.0.0/8"]).connect(ECHO).answered == 1


def test_another_address_is_closed_as_it_comes(port):
    there = port(allow=["10.0.0.0/8"])
    peer = there.connect(ECHO)
    assert (peer.closed, peer.answered, there.peers()) == (True, 0, [])
    assert there.counted == ["terminals refused: address"]
    assert "its address is not allowed" in there.events("line refused")[0]


def test_one_line_too_many_is_counted(port):
    there = port(lines_max=1)
    assert not there.connect(ECHO).closed
    assert there.connect(ECHO).closed
    assert there.counted == ["terminals refused: lines_max"]


@pytest.mark.parametrize("parts", [1, 7, 40])
def test_behind_a_proxy_a_line_is_that_of_its_origin(port, parts):
    there = port(proxied_by=["127.0.0.1"])
    peer = there.connect(HEADER + ECHO, parts=parts)
    assert (peer.answered, there.peers()) == (1, ["10.1.2.3:50123"])


def test_the_origin_is_what_must_be_allowed(port):
    there = port(proxied_by=["127.0.0.1"], allow=["10.1.0.0/16"])
    assert there.connect(HEADER + ECHO).answered == 1
    peer = there.connect(HEADER.replace(b"10.1.", b"10.2.") + ECHO)
    assert (peer.answered, peer.closed) == (0, True)
    assert there.counted == ["terminals refused: address"]
    assert "10.2.2.3:50123" in there.events("line refused")[0]


def test_a_proxy_may_look_whether_we_are_alive(port):
    there = port(proxied_by=["127.0.0.1"], allow=["10.1.0.0/16"])
    peer = there.connect(SIGNATURE + b"\x20\x00\x00\x00" + ECHO)
    assert (peer.answered, there.counted) == (1, [])


def test_who_is_no_proxy_is_closed_as_it_comes(port):
    there = port(proxied_by=["10.0.0.1"])
    peer = there.connect(HEADER + ECHO)
    assert (peer.closed, peer.answered) == (True, 0)
    assert there.counted == ["terminals refused: address"]


def test_a_line_without_the_header_is_closed(port):
    there = port(proxied_by=["127.0.0.1"])
    peer = there.connect(ECHO)
    assert (peer.closed, peer.answered) == (True, 0)
    assert there.counted == ["terminals refused: proxy"]


def test_a_header_that_does_not_come_is_not_waited_for(port, world):
    there = port(proxied_by=["127.0.0.1"])
    peer = there.connect(HEADER[:20])
    assert not peer.closed
    world.advance(HEADER_TIMEOUT_S)
    assert (peer.closed, there.counted) == (True, ["terminals refused: proxy"])


@pytest.mark.parametrize("header", [HEADER, SIGNATURE + b"\x20\x00\x00\x00"])
def test_a_header_where_none_is_expected_is_refused(port, header):
    there = port()
    peer = there.connect(header + ECHO)
    assert (peer.closed, peer.answered) == (True, 0)
    assert there.counted == ["terminals refused: proxy"]
    assert "no proxy is expected on this port" in there.events("line refused")[0]


def test_a_proxied_peer_that_closes_its_half_gets_its_answer(port, world):
    there = port(proxied_by=["127.0.0.1"])
    peer = there.connect(HEADER)
    peer.transport.write(ECHO)
    peer.transport.loseWriteConnection()
    world.advance(1)
    assert (peer.answered, peer.closed, there.peers()) == (1, True, [])


def test_a_listener_stops_with_lines_that_wait_for_their_header(port, world):
    there = port(proxied_by=["127.0.0.1"])
    peer = there.connect(HEADER[:10])
    world.run_until(there.listener.stop())
    world.advance(0.1)
    assert peer.closed
    assert world.timeline.pending() == []
