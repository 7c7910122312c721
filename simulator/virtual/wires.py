"""What lies between two ends of a connection: one `Wire` a direction, and who decides on it.

TCP stays true: bytes on one wire are never lost or reordered in the middle. They take time, they
may be cut into pieces, and pieces that arrive at one instant are read as one.

A `Passage` decides what becomes of the bytes that enter a wire. It is the seam for faults: a
passage that waits longer delays, one that delivers the first k bytes and then resets cuts, one
that keeps everything is a black hole, one that keeps it for a while is a stall.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from simulator.virtual.timeline import Timeline
from switch.runtime import Random

if TYPE_CHECKING:
    from simulator.virtual.sockets import StreamSocket

# Bytes on their way or not yet read by the far application; then the sender has to wait, as it
# does with the default buffers of a kernel on loopback.
WINDOW_BYTES = 65_536

Trace = Callable[..., object]


@dataclass(frozen=True)
class Latency:
    """How long a segment travels: uniform around a mean."""

    mean_s: float = 0.000_200
    jitter_s: float = 0.000_100

    def draw(self, random: Random) -> float:
        return max(0.0, self.mean_s + random.uniform(-self.jitter_s, self.jitter_s))


class Passage(Protocol):
    """Decides what becomes of what enters one direction of one connection."""

    def carry(self, wire: Wire, data: bytes) -> None:
        """`data` enters the wire, `wire.entered` bytes came before: deliver it, some day."""
        ...

    def end(self, wire: Wire) -> None:
        """The sender will send no more."""
        ...

    def reset(self, wire: Wire) -> None:
        """The sender's kernel refuses the connection from now on."""
        ...


class PlainPassage:
    """An honest network: seeded latency, and now and then a segment in two pieces."""

    def __init__(self, random: Random, latency: Latency, cut_chance: float) -> None:
        self._random = random
        self._latency = latency
        self._cut_chance = cut_chance

    def carry(self, wire: Wire, data: bytes) -> None:
        if len(data) > 1 and self._random.random() < self._cut_chance:
            cut = self._random.randrange(1, len(data))
            wire.deliver(data[:cut], self._latency.draw(self._random))
            data = data[cut:]
        wire.deliver(data, self._latency.draw(self._random))

    def end(self, wire: Wire) -> None:
        wire.deliver_end(self._latency.draw(self._random))

    def reset(self, wire: Wire) -> None:
        wire.deliver_reset(self._latency.draw(self._random))


class Wire:
    """One direction of one connection, from a sending to a receiving socket.

    `name` tells the direction and does not change from run to run; `entered` counts the bytes
    that the sender gave, `outstanding` those that the far application has not read.
    """

    def __init__(
        self,
        timeline: Timeline,
        name: str,
        receiver: StreamSocket,
        latency_s: Callable[[], float],
        trace: Trace,
    ) -> None:
        self.name = name
        self.passage: Passage
        self.entered = 0
        self.outstanding = 0
        self.receiver = receiver
        self._sender_waits: Callable[[], object] | None = None
        self._timeline = timeline
        self._latency_s = latency_s
        self._last_arrival_s = 0.0
        self._trace = trace

    def room(self) -> int:
        """How many bytes the sender may still give."""
        return WINDOW_BYTES - self.outstanding

    def send(self, data: bytes) -> None:
        """Bytes enter, within the room there is."""
        self.outstanding += len(data)
        self.passage.carry(self, data)
        self.entered += len(data)

    def when_room(self, resume: Callable[[], object]) -> None:
        """Call `resume` once the far side has read something."""
        self._sender_waits = resume

    def consumed(self, size: int) -> None:
        """The far application read `size` bytes; the sender hears of it a latency later."""
        self.outstanding -= size
        if self._sender_waits is not None:
            resume, self._sender_waits = self._sender_waits, None
            self._timeline.schedule(self._latency_s(), resume)

    def answer_to_connect(self, accepted: bool, error_number: int = 0) -> None:
        """The far kernel's answer to a connection asked for, on its way back."""
        self._at_arrival(self._latency_s(), self.receiver.connect_answered, accepted, error_number)

    def deliver(self, data: bytes, delay_s: float) -> None:
        """`data` arrives `delay_s` from now, never before what was delivered earlier."""
        self._at_arrival(delay_s, self._arrive, data)

    def deliver_end(self, delay_s: float) -> None:
        """The end of the stream arrives, after the data."""
        self._trace("ended", wire=self.name)
        self._at_arrival(delay_s, self.receiver.end_arrived)

    def deliver_reset(self, delay_s: float) -> None:
        """A reset arrives, after the data."""
        self._trace("reset", wire=self.name)
        self._at_arrival(delay_s, self.receiver.reset_arrived)

    def _arrive(self, data: bytes) -> None:
        self._trace("carried", wire=self.name, size=len(data), crc=zlib.crc32(data))
        self.receiver.data_arrived(data)

    def _at_arrival(self, delay_s: float, function: Callable[..., object], *args: object) -> None:
        arrival_s = max(self._last_arrival_s, self._timeline.now_s + delay_s)
        self._last_arrival_s = arrival_s
        self._timeline.schedule_at(arrival_s, function, *args)
