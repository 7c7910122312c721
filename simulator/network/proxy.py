"""A small TCP proxy on a line of the network, so that the line can fail as lines do.

TCP stays true: bytes of one direction are carried in order or not at all, and the end of a
connection comes after them. What a fault has swallowed is never followed by later bytes on the same
connection, so such a fault ends by resetting the connections that fell into it. Backpressure and
half-closing pass through.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Literal, cast
from typing import Protocol as Shape

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol

from simulator.network.line_ends import End
from switch.runtime import Runtime

CONNECT_TIMEOUT_S = 5.0

Way = Literal["up", "down"]
"""`up`: from whoever dialled to whoever was dialled; `down`: back."""

WAYS: tuple[Way, ...] = ("up", "down")


class Ending(Enum):
    """How one direction ends: what comes after the last byte."""

    FINISHED = "finished"
    """The sender sends no more; the other direction goes on."""
    CLOSED = "closed"
    RESET = "reset"


Item = bytes | Ending
"""What travels in one direction."""


class Hindrance(Shape):
    """A fault on one connection: what it does to everything that travels on it."""

    def carry(self, way: Way, item: Item) -> None:
        """Something is on its way: pass it on with `Connection.deliver`, now, later or never."""
        ...

    def end(self) -> None:
        """The fault is over: what is held back is delivered, or the connection is reset."""
        ...


class LineFault(Shape):
    """A fault on a line, begun on each connection that is open and each that is opened."""

    refuses: bool
    """Whether new connections are refused."""

    def on(self, connection: Connection) -> Hindrance:
        """What it is on one connection."""
        ...


class LineProxy:
    """Listens on a port of its own and carries what comes to `host`:`port` and back."""

    def __init__(self, runtime: Runtime, *, host: str, port: int) -> None:
        self.runtime = runtime
        self._host = host
        self._target_port = port
        self._listening: Any = None
        # Not sets: their order would differ from run to run.
        self._connections: dict[Connection, None] = {}
        self._faults: dict[LineFault, None] = {}

    @property
    def port(self) -> int:
        """Where whoever dials connects."""
        return int(self._listening.getHost().port)

    def start(self) -> None:
        """Listen on a port that the system gives."""
        self._listening = self.runtime.reactor.listenTCP(
            0, _Near(self), backlog=64, interface="127.0.0.1"
        )

    async def stop(self) -> None:
        """Listen no more and reset what is open."""
        listening, self._listening = self._listening, None
        if listening is not None:
            await DeferredList([listening.stopListening()])
        gone = [connection.gone for connection in self._connections]
        for connection in list(self._connections):
            connection.reset()
        await DeferredList(gone)

    def inject(self, fault: LineFault) -> Callable[[], None]:
        """Begin a fault on every connection, until the returned function ends it."""
        self._faults[fault] = None
        for connection in list(self._connections):
            connection.hinder(fault)

        def heal() -> None:
            if self._faults.pop(fault, self) is None:
                for connection in list(self._connections):
                    connection.relieve(fault)

        return heal

    def accepted(self, near: End) -> None:
        """Somebody has connected: dial the other side for them."""
        connection = Connection(near, self._connections.pop, self.runtime)
        self._connections[connection] = None
        if any(fault.refuses for fault in self._faults):
            connection.reset()
            return
        for fault in self._faults:
            connection.hinder(fault)
        endpoint = TCP4ClientEndpoint(
            self.runtime.reactor, self._host, self._target_port, timeout=CONNECT_TIMEOUT_S
        )
        connection.dial(endpoint)


class _Near(Factory):
    noisy = False

    def __init__(self, proxy: LineProxy) -> None:
        self._proxy = proxy

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        return End(self._proxy.accepted)


class _Far(Factory):
    noisy = False

    def __init__(self, end: End) -> None:
        self._end = end

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        return self._end


class Connection:
    """The two connections of one line, joined; what faults do to them."""

    def __init__(self, near: End, forget: Callable[[Connection], object], runtime: Runtime) -> None:
        self.gone: Deferred[None] = Deferred()
        self.runtime = runtime
        self._near = near
        self._far = End(self._connected)
        self._forget = forget
        self._dialling: Deferred[Protocol] | None = None
        self._hindrances: dict[LineFault, Hindrance] = {}
        near.pair = self._far.pair = self
        near.hold()

    def dial(self, endpoint: TCP4ClientEndpoint) -> None:
        """Connect the far side."""
        dialling = cast("Deferred[Protocol]", endpoint.connect(_Far(self._far)))
        self._dialling = dialling
        dialling.addErrback(lambda _: self._near.abort()).addBoth(self._dialled)

    # -- faults -----------------------------------------------------------------------------------

    def hinder(self, fault: LineFault) -> None:
        """A fault begins."""
        self._hindrances[fault] = fault.on(self)

    def relieve(self, fault: LineFault) -> None:
        """A fault is over."""
        hindrance = self._hindrances.get(fault)
        if hindrance is not None:
            hindrance.end()
            self._hindrances.pop(fault, None)

    def deliver(self, after: Hindrance | None, way: Way, item: Item) -> None:
        """Pass something on from a hindrance to the next, or to where it goes."""
        hindrances = list(self._hindrances.values())
        at = (
            0
            if after is None
            else next(
                (index + 1 for index, each in enumerate(hindrances) if each is after),
                len(hindrances),
            )
        )
        if at < len(hindrances):
            hindrances[at].carry(way, item)
            return
        to = self._far if way == "up" else self._near
        if isinstance(item, bytes):
            to.send(item)
        elif item is Ending.FINISHED:
            to.finish()
        elif item is Ending.CLOSED:
            to.close()
        else:
            to.abort()

    def reset(self) -> None:
        """Reset both sides."""
        if self._dialling is not None:
            self._dialling.cancel()
        self._near.abort()
        self._far.abort()

    def drop(self, way: Way) -> None:
        """Reset the side from which this way comes, and tell the other nothing."""
        (self._near if way == "up" else self._far).abort()

    # -- what its ends tell -----------------------------------------------------------------------

    def received(self, end: End, data: bytes) -> None:
        """Bytes came from one side."""
        self.deliver(None, self._way_from(end), data)

    def finished(self, end: End) -> None:
        """One side sends no more."""
        self.deliver(None, self._way_from(end), Ending.FINISHED)

    def lost(self, end: End, reset: bool) -> None:
        """One side is gone."""
        if self._dialling is not None:
            self._dialling.cancel()
        self.deliver(None, self._way_from(end), Ending.RESET if reset else Ending.CLOSED)
        if not (self._near.alive or self._far.alive) and not self.gone.called:
            for fault in list(self._hindrances):
                self.relieve(fault)
            self._forget(self)
            self.gone.callback(None)

    def _way_from(self, end: End) -> Way:
        return "up" if end is self._near else "down"

    def _connected(self, far: End) -> None:
        """Both sides are there: each reads as fast as the other takes."""
        if not self._near.alive:
            far.abort()
            return
        far.feed(self._near)
        self._near.feed(far)
        self._near.go_on()

    def _dialled(self, _result: object) -> None:
        self._dialling = None
