"""A small TCP proxy on the line of one terminal, so that the line can fail as lines do.

TCP stays true: bytes are carried in order or not at all. What a black hole has swallowed is never
followed by later bytes on the same connection, so a hole ends by resetting the connections that
fell into it. Backpressure and half-closing pass through.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.error import ConnectionAborted, ConnectionLost
from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from switch.runtime import Runtime

CONNECT_TIMEOUT_S = 5.0


class LineProxy:
    """Listens on a port of its own and carries what comes to `host`:`port` and back."""

    def __init__(self, runtime: Runtime, *, host: str, port: int) -> None:
        self._runtime = runtime
        self._host = host
        self._target_port = port
        self._listening: Any = None
        self._pairs: dict[_Pair, None] = {}  # not a set: its order would differ from run to run
        self._swallowing = False

    @property
    def port(self) -> int:
        """Where the terminal connects."""
        return int(self._listening.getHost().port)

    def start(self) -> None:
        """Listen on a port that the system gives."""
        self._listening = self._runtime.reactor.listenTCP(
            0, _Near(self), backlog=64, interface="127.0.0.1"
        )

    async def stop(self) -> None:
        """Listen no more and reset what is open."""
        listening, self._listening = self._listening, None
        if listening is not None:
            await DeferredList([listening.stopListening()])
        gone = [pair.gone for pair in self._pairs]
        for pair in list(self._pairs):
            pair.reset()
        await DeferredList(gone)

    def swallow(self) -> Callable[[], None]:
        """Swallow what comes back to the terminal, on every connection, until it is undone.

        The returned function ends it: connections that lost bytes are reset.
        """
        self._swallowing = True
        for pair in self._pairs:
            pair.swallow()

        def heal() -> None:
            self._swallowing = False
            for pair in list(self._pairs):
                if pair.swallowing:
                    pair.reset()

        return heal

    def accepted(self, near: _End) -> None:
        """A terminal has connected: dial the other side for it."""
        pair = _Pair(near, self._pairs.pop)
        self._pairs[pair] = None
        if self._swallowing:
            pair.swallow()
        endpoint = TCP4ClientEndpoint(
            self._runtime.reactor, self._host, self._target_port, timeout=CONNECT_TIMEOUT_S
        )
        pair.dial(endpoint)


class _Near(Factory):
    noisy = False

    def __init__(self, proxy: LineProxy) -> None:
        self._proxy = proxy

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        return _End(self._proxy.accepted)


class _Far(Factory):
    noisy = False

    def __init__(self, end: _End) -> None:
        self._end = end

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        return self._end


class _Pair:
    """The two connections of one line."""

    def __init__(self, near: _End, forget: Callable[[_Pair], object]) -> None:
        self.gone: Deferred[None] = Deferred()
        self.swallowing = False
        self._near = near
        self._far = _End(self._connected)
        self._forget = forget
        self._dialling: Deferred[Protocol] | None = None
        near.pair = self._far.pair = self
        near.hold()

    def dial(self, endpoint: TCP4ClientEndpoint) -> None:
        dialling = cast("Deferred[Protocol]", endpoint.connect(_Far(self._far)))
        self._dialling = dialling
        dialling.addErrback(lambda _: self._near.abort()).addBoth(self._dialled)

    def swallow(self) -> None:
        self.swallowing = True

    def reset(self) -> None:
        """Reset both sides."""
        if self._dialling is not None:
            self._dialling.cancel()
        self._near.abort()
        self._far.abort()

    def received(self, end: _End, data: bytes) -> None:
        if end is self._near:
            self._far.send(data)
        elif not self.swallowing:
            self._near.send(data)

    def finished(self, end: _End) -> None:
        """One side sends no more."""
        if end is self._near:
            self._far.finish()
        elif not self.swallowing:
            self._near.finish()

    def lost(self, end: _End, reset: bool) -> None:
        if self._dialling is not None:
            self._dialling.cancel()
        if end is self._near:
            self._far.abort() if reset else self._far.close()
        elif not self.swallowing:
            self._near.abort() if reset else self._near.close()
        if not (self._near.alive or self._far.alive) and not self.gone.called:
            self._forget(self)
            self.gone.callback(None)

    def _connected(self, far: _End) -> None:
        """Both sides are there: each reads as fast as the other takes."""
        if not self._near.alive:
            far.abort()
            return
        far.feed(self._near)
        self._near.feed(far)
        self._near.go_on()

    def _dialled(self, _result: object) -> None:
        self._dialling = None


@implementer(IHalfCloseableProtocol)
class _End(Protocol):
    """One connection of a pair."""

    pair: _Pair

    def __init__(self, made: Callable[[_End], None]) -> None:
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

    def feed(self, producer: _End) -> None:
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

    def writeConnectionLost(self) -> None:
        """Both directions are closed when the peer finishes too."""

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

    def __init__(self, end: _End) -> None:
        self._end = end

    def pauseProducing(self) -> None:
        if self._end.alive:
            self._end.hold()

    def resumeProducing(self) -> None:
        self._end.go_on()

    def stopProducing(self) -> None:
        """The transport is gone; its `connectionLost` tells the pair."""
