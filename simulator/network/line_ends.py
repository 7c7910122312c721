"""The two ends of a proxied line: connections that pace each other and close half by half."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from typing import Protocol as Shape

from twisted.internet.error import ConnectionAborted, ConnectionLost
from twisted.internet.interfaces import IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer


class Joined(Shape):
    """Whoever joins two ends: told what each of them hears."""

    def received(self, end: End, data: bytes) -> None: ...
    def finished(self, end: End) -> None: ...
    def lost(self, end: End, reset: bool) -> None: ...


@implementer(IHalfCloseableProtocol)
class End(Protocol):
    """One connection of a pair."""

    pair: Joined

    def __init__(self, made: Callable[[End], None]) -> None:
        self.alive = False
        self._made = made
        self._finished = False
        self._finishing = False

    # -- what the pair asks -----------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        if self.alive:
            self._socket.write(data)

    def finish(self) -> None:
        if self.alive and not self._finishing:
            self._finishing = True
            self._socket.unregisterProducer()
            self._socket.loseWriteConnection()

    def close(self) -> None:
        if self.alive:
            self._socket.unregisterProducer()
            self._socket.loseConnection()

    def abort(self) -> None:
        if self.alive:
            self._socket.abortConnection()

    def hold(self) -> None:
        self._socket.pauseProducing()

    def go_on(self) -> None:
        if self.alive and not self._finished:
            self._socket.resumeProducing()

    def feed(self, producer: End) -> None:
        """Have `producer` wait while this side's peer does not read."""
        if self.alive and producer.alive:
            self._socket.registerProducer(_Pace(producer), True)

    # -- what Twisted tells -----------------------------------------------------------------------

    def connectionMade(self) -> None:
        self.alive = True
        self._socket.setTcpNoDelay(True)
        self._made(self)

    def dataReceived(self, data: bytes) -> None:
        self.pair.received(self, data)

    def readConnectionLost(self) -> None:
        self._finished = True
        self.pair.finished(self)
        if self._finishing:
            self._socket.loseConnection()

    def writeConnectionLost(self) -> None:
        """With both directions at their end the connection is over: no socket closes by itself."""
        if self._finished:
            self._socket.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.alive = False
        reset = reason.check(ConnectionLost, ConnectionAborted) is not None
        self.pair.lost(self, reset)

    @property
    def _socket(self) -> Any:
        return self.transport


@implementer(IPushProducer)
class _Pace:
    """Passes on what a transport says of its peer: it reads, it does not."""

    def __init__(self, end: End) -> None:
        self._end = end

    def pauseProducing(self) -> None:
        if self._end.alive:
            self._end.hold()

    def resumeProducing(self) -> None:
        self._end.go_on()

    def stopProducing(self) -> None:
        """The transport is gone; its `connectionLost` tells the pair."""
