"""Faults that lose nothing: bytes come later, in other pieces, in their order all the same."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Collection
from typing import Any

from simulator.network.proxy import WAYS, Connection, Hindrance, Item, LineFault, Way
from switch.runtime import Random

HELD_BYTES_MAX = 4_000_000
"""Held back on one way of one connection; beyond it the connection is reset."""

PIECES_PAUSE_S = 0.002
"""Between two pieces of a split: the receiver reads each by itself."""


class _Delaying(LineFault, ABC):
    """A fault that makes a queue of each way it concerns."""

    refuses = False

    def __init__(self, ways: Collection[Way] = WAYS) -> None:
        self.ways = tuple(ways)

    def on(self, connection: Connection) -> Hindrance:
        """What it is on one connection."""
        return _Queues(self, connection)

    @abstractmethod
    def pieces(self, item: bytes) -> list[bytes]:
        """What a run of bytes is cut into."""

    @abstractmethod
    def due_s(self, now_s: float, last_s: float, piece: Item) -> float | None:
        """When a piece is let go, after the one before was at `last_s`; None: at the end only."""


class Latency(_Delaying):
    """Everything comes later by `delay_s`, give or take up to `jitter_s`; never out of order."""

    def __init__(
        self,
        delay_s: float,
        jitter_s: float = 0.0,
        random: Random | None = None,
        ways: Collection[Way] = WAYS,
    ) -> None:
        super().__init__(ways)
        self._delay_s = delay_s
        self._jitter_s = jitter_s
        self._random = random

    def pieces(self, item: bytes) -> list[bytes]:
        """One."""
        return [item]

    def due_s(self, now_s: float, last_s: float, piece: Item) -> float | None:
        """Later than it came, and not before what came before it."""
        wander = self._random.uniform(-1, 1) * self._jitter_s if self._random is not None else 0.0
        return max(last_s, now_s + max(0.0, self._delay_s + wander))


class Bandwidth(_Delaying):
    """At most so many bytes a second go through."""

    def __init__(self, bytes_per_s: int, ways: Collection[Way] = WAYS) -> None:
        super().__init__(ways)
        self._bytes_per_s = bytes_per_s

    def pieces(self, item: bytes) -> list[bytes]:
        """What goes through in a tenth of a second."""
        size = max(1, self._bytes_per_s // 10)
        return [item[at : at + size] for at in range(0, len(item), size)]

    def due_s(self, now_s: float, last_s: float, piece: Item) -> float | None:
        """As soon as the bytes before it and its own are through."""
        takes_s = len(piece) / self._bytes_per_s if isinstance(piece, bytes) else 0.0
        return max(now_s, last_s) + takes_s


class Stall(_Delaying):
    """Nothing comes through until the fault ends; then all of it does."""

    def pieces(self, item: bytes) -> list[bytes]:
        """One."""
        return [item]

    def due_s(self, now_s: float, last_s: float, piece: Item) -> float | None:
        """At the end."""
        return None


class Split(_Delaying):
    """Bytes come in pieces of `size`, each by itself."""

    def __init__(self, size: int = 1, ways: Collection[Way] = WAYS) -> None:
        super().__init__(ways)
        self._size = size

    def pieces(self, item: bytes) -> list[bytes]:
        """Of that size."""
        return [item[at : at + self._size] for at in range(0, len(item), self._size)]

    def due_s(self, now_s: float, last_s: float, piece: Item) -> float | None:
        """One after the other."""
        return max(now_s, last_s + PIECES_PAUSE_S)


class Coalesce(_Delaying):
    """What is sent within `window_s` comes in one piece at its end."""

    def __init__(self, window_s: float, ways: Collection[Way] = WAYS) -> None:
        super().__init__(ways)
        self._window_s = window_s

    def pieces(self, item: bytes) -> list[bytes]:
        """One."""
        return [item]

    def due_s(self, now_s: float, last_s: float, piece: Item) -> float | None:
        """At the end of the window that the first piece opened."""
        return last_s if last_s >= now_s else now_s + self._window_s


class _Queues(Hindrance):
    """The queues of one connection."""

    def __init__(self, fault: _Delaying, connection: Connection) -> None:
        self._fault = fault
        self._connection = connection
        self._reactor: Any = connection.runtime.reactor
        self._queues: dict[Way, deque[tuple[float | None, Item]]] = {
            way: deque() for way in fault.ways
        }
        self._held = dict.fromkeys(fault.ways, 0)
        self._last_s = dict.fromkeys(fault.ways, 0.0)
        self._timers: dict[Way, Any] = {}

    def carry(self, way: Way, item: Item) -> None:
        """Into the queue of its way."""
        queue = self._queues.get(way)
        if queue is None:
            self._connection.deliver(self, way, item)
            return
        now_s = self._reactor.seconds()
        for piece in self._fault.pieces(item) if isinstance(item, bytes) else [item]:
            due_s = self._fault.due_s(now_s, self._last_s[way], piece)
            if due_s is not None:
                self._last_s[way] = due_s
            queue.append((due_s, piece))
            self._held[way] += len(piece) if isinstance(piece, bytes) else 0
        if self._held[way] > HELD_BYTES_MAX:
            self._forget()
            self._connection.reset()
            return
        self._wake(way)

    def end(self) -> None:
        """Let everything go, in order."""
        for timer in self._timers.values():
            if timer.active():
                timer.cancel()
        for way, queue in self._queues.items():
            while queue:
                self._connection.deliver(self, way, queue.popleft()[1])

    def _wake(self, way: Way) -> None:
        queue, timer = self._queues[way], self._timers.get(way)
        if not queue or queue[0][0] is None or (timer is not None and timer.active()):
            return
        wait_s = max(0.0, queue[0][0] - self._reactor.seconds())
        self._timers[way] = self._reactor.callLater(wait_s, self._go, way)

    def _go(self, way: Way) -> None:
        """Let go of what is due; what is due together goes in one piece."""
        queue, now_s = self._queues[way], self._reactor.seconds()
        together = b""
        while queue and (due_s := queue[0][0]) is not None and due_s <= now_s:
            piece = queue.popleft()[1]
            if isinstance(piece, bytes):
                together += piece
                self._held[way] -= len(piece)
                continue
            if together:
                self._connection.deliver(self, way, together)
                together = b""
            self._connection.deliver(self, way, piece)
        if together:
            self._connection.deliver(self, way, together)
        self._wake(way)

    def _forget(self) -> None:
        for queue in self._queues.values():
            queue.clear()
