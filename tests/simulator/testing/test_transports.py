"""The recording transport, and the free port."""

import socket

from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol, ITCPTransport
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from zope.interface import implementer
from zope.interface.verify import verifyObject

from simulator.testing import RecordingTransport, connected, free_port


class Peer(Protocol):
    def __init__(self) -> None:
        self.ends: list[type[BaseException] | None] = []

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data.upper())
        self.transport.loseConnection()

    def connectionLost(self, reason: Failure) -> None:
        self.ends.append(reason.type)


@implementer(IHalfCloseableProtocol)
class HalfCloser(Peer):
    def readConnectionLost(self) -> None:
        pass

    def writeConnectionLost(self) -> None:
        self.transport.write(b"too late")


def test_it_is_a_tcp_transport() -> None:
    assert verifyObject(ITCPTransport, RecordingTransport())


def test_it_records_in_order_what_the_protocol_did() -> None:
    peer, transport = connected(Peer())
    peer.dataReceived(b"abc")
    assert transport.log == [("write", b"ABC"), ("lose",)]
    assert transport.value() == b"ABC"


def test_a_lost_connection_is_reported_once() -> None:
    peer, transport = connected(Peer())
    transport.loseConnection()
    transport.abortConnection()
    assert peer.ends == [ConnectionDone]


def test_an_abort_is_told_as_one() -> None:
    peer, transport = connected(Peer())
    transport.abortConnection()
    assert peer.ends == [ConnectionAborted]


def test_nothing_is_written_after_the_end() -> None:
    _peer, transport = connected(Peer())
    transport.loseConnection()
    transport.write(b"x")
    assert transport.value() == b""


def test_a_half_closeable_protocol_hears_of_its_half_close() -> None:
    _peer, transport = connected(HalfCloser())
    transport.loseWriteConnection()
    assert transport.log == [("lose write",), ("write", b"too late")]


def test_pauses_and_options_are_kept() -> None:
    _peer, transport = connected(Peer())
    transport.pauseProducing()
    transport.resumeProducing()
    transport.setTcpNoDelay(True)
    transport.setTcpKeepAlive(True)
    transport.writeSequence([b"a", b"b"])
    assert transport.log == [("pause",), ("resume",), ("write", b"ab")]
    assert transport.getTcpNoDelay()
    assert transport.getTcpKeepAlive()


def test_a_free_port_can_be_listened_on() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port()))
        listener.listen()
