"""Faults that lose bytes or connections: what was lost is never followed by later bytes."""

from __future__ import annotations

from collections.abc import Collection

from simulator.network.proxy import WAYS, Connection, Hindrance, Item, LineFault, Way


class _Fault(LineFault):
    """A fault on some of the two ways."""

    refuses = False

    def __init__(self, ways: Collection[Way] = WAYS) -> None:
        self.ways = tuple(ways)


class BlackHole(_Fault):
    """Whatever is sent gets lost, its end too; nobody is told. Its end resets what fell in."""

    def on(self, connection: Connection) -> Hindrance:
        """What it is on one connection."""
        return _Swallowing(self, connection)


class _Swallowing(Hindrance):
    def __init__(self, fault: BlackHole, connection: Connection) -> None:
        self._fault = fault
        self._connection = connection

    def carry(self, way: Way, item: Item) -> None:
        """Lost, on the ways that it concerns."""
        if way not in self._fault.ways:
            self._connection.deliver(self, way, item)

    def end(self) -> None:
        """A connection that lost bytes cannot go on."""
        self._connection.reset()


class CutAfter(_Fault):
    """The connection is reset once so many bytes of a way went through."""

    def __init__(self, count: int, ways: Collection[Way] = WAYS) -> None:
        super().__init__(ways)
        self.count = count

    def on(self, connection: Connection) -> Hindrance:
        """What it is on one connection."""
        return _Counting(self, connection)


class _Counting(Hindrance):
    def __init__(self, fault: CutAfter, connection: Connection) -> None:
        self._fault = fault
        self._connection = connection
        self._left = dict.fromkeys(fault.ways, fault.count)

    def carry(self, way: Way, item: Item) -> None:
        """Pass on what there is room for; the byte after it is never sent."""
        left = self._left.get(way)
        if left is None or not isinstance(item, bytes):
            self._connection.deliver(self, way, item)
            return
        self._left[way] = left - len(item)
        if left > 0:
            self._connection.deliver(self, way, item[:left])
        if len(item) > left:
            self._connection.reset()

    def end(self) -> None:
        """Nothing is held back."""


class HalfOpen(_Fault):
    """One side is gone as if its power failed: the other is not told, and what it sends is lost.

    `ways` says which: `up`, whoever dialled is gone; `down`, whoever was dialled.
    """

    def on(self, connection: Connection) -> Hindrance:
        """What it is on one connection."""
        gone = _Gone(connection)
        for way in self.ways:
            connection.runtime.reactor.callLater(0, connection.drop, way)
        return gone


class _Gone(Hindrance):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def carry(self, way: Way, item: Item) -> None:
        """Nobody hears it."""

    def end(self) -> None:
        """Whoever is still there learns it."""
        self._connection.reset()


class Refuse(_Fault):
    """New connections are reset at once; those that are open go on."""

    refuses = True

    def on(self, connection: Connection) -> Hindrance:
        """Nothing."""
        return _Passing(connection)


class Reset(_Fault):
    """Every connection is reset, once; new ones are well."""

    def on(self, connection: Connection) -> Hindrance:
        """The end of it."""
        connection.runtime.reactor.callLater(0, connection.reset)
        return _Passing(connection)


class _Passing(Hindrance):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def carry(self, way: Way, item: Item) -> None:
        """Pass it on."""
        self._connection.deliver(self, way, item)

    def end(self) -> None:
        """Nothing is held back."""
