"""The proxy on real sockets: what both sides have finished is closed, and forgotten."""

import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Factory, Protocol
from zope.interface import implementer

from simulator.network.proxy import LineProxy
from switch.runtime import real_runtime


@implementer(IHalfCloseableProtocol)
class Peer(Protocol):
    """Finishes when the other side does; `gone` fires when its connection is closed."""

    def __init__(self, answer=b""):
        self.got = b""
        self.answer = answer
        self.gone = Deferred()

    def dataReceived(self, data):
        self.got += data

    def readConnectionLost(self):
        if self.answer:
            self.transport.write(self.answer)
        self.transport.loseConnection()

    def writeConnectionLost(self):
        pass

    def connectionLost(self, reason):
        self.gone.callback(None)


@pytest_twisted.ensureDeferred
async def test_a_line_that_both_sides_have_finished_is_closed_and_forgotten():
    far = Peer(b"answer")
    listening = reactor.listenTCP(0, Factory.forProtocol(lambda: far), interface="127.0.0.1")
    port = listening.getHost().port
    proxy = LineProxy(real_runtime(reactor, 1), host="127.0.0.1", port=port)
    proxy.start()
    near = Peer()
    endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", proxy.port)
    await endpoint.connect(Factory.forProtocol(lambda: near))
    (connection,) = proxy._connections
    near.transport.write(b"request")
    near.transport.loseWriteConnection()
    await connection.gone.addTimeout(10, reactor)
    await near.gone
    await far.gone
    assert (far.got, near.got) == (b"request", b"answer")
    assert list(proxy._connections) == []
    await proxy.stop()
    await listening.stopListening()
