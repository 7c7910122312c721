"""The load of benchmarks/switch.py: terminals in front of a switch, and hosts behind it.

Plain bytes, so that the load costs little beside what it measures.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet import reactor as real_reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory, Protocol

reactor: Any = real_reactor

IN_FLIGHT = 64
LINES = 4

ELEMENTS = {
    2: "169504020000000018",
    3: "010000",
    4: "000000010000",
    7: "1124103601",
    11: "000000",
    12: "113601",
    13: "1124",
    18: "6011",
    22: "011",
    25: "00",
    32: "06504001",
    37: "632811000000",
    41: "LAB00001",
    42: "AGENCE000000001",
    49: "504",
}


def bitmap(elements: Any) -> bytes:
    """The primary bitmap in hexadecimal."""
    return f"{sum(1 << (64 - number) for number in elements):016X}".encode()


def offset(element: int) -> int:
    """Where an element begins in a body."""
    return 20 + sum(len(text) for number, text in ELEMENTS.items() if number < element)


AT_STAN, AT_TERMINAL, AT_38 = offset(11), offset(41), offset(41)
BODY = b"0200" + bitmap(ELEMENTS) + "".join(ELEMENTS.values()).encode()
ANSWER_HEAD = b"0210" + bitmap([*ELEMENTS, 38, 39])
HAS_PIN = 1 << (64 - 52)


def request(terminal: bytes, number: int) -> bytes:
    """A 0200, of which no other of this terminal is a repeat."""
    # A million numbers in trace number and local time, so that a long run repeats none.
    hour, stan = divmod(number, 1_000_000)
    return (
        BODY[: AT_STAN - 10]
        + b"112410%04d" % (hour % 60 * 100 + 1)
        + b"%06d" % stan
        + b"11%04d" % (hour % 60 * 100 + 1)
        + BODY[AT_STAN + 12 : AT_TERMINAL]
        + terminal
        + BODY[AT_TERMINAL + 8 :]
    )


def framed(body: bytes) -> bytes:
    return len(body).to_bytes(2, "big") + body


def management(function: bytes) -> bytes:
    """A framed 0800: 001 signs on, 301 is an echo."""
    head = b"0800" + b"8220000000000000" + b"0400000000000000"
    return framed(head + b"1124103601000001" + function)


class Frames(Protocol):
    """Cuts frames; every frame goes to `frame`."""

    transport: Any

    def connectionMade(self) -> None:
        self.held = b""
        self.transport.setTcpNoDelay(True)

    def dataReceived(self, data: bytes) -> None:
        data = self.held + data
        at, out = 0, []
        while len(data) - at >= 2:
            end = at + 2 + int.from_bytes(data[at : at + 2], "big")
            if end > len(data):
                break
            answer = self.frame(data[at + 2 : end])
            if answer:
                out.append(answer)
            at = end
        self.held = data[at:]
        if out:
            self.transport.write(b"".join(out))

    def frame(self, body: bytes) -> bytes | None:
        raise NotImplementedError


class Host(Frames):
    """Approves everything."""

    def frame(self, body: bytes) -> bytes | None:
        if body[:4] == b"0200":
            # A PIN block is not repeated.
            last = -16 if int(body[4:20], 16) & HAS_PIN else None
            return framed(ANSWER_HEAD + body[20:AT_38] + b"123456" + b"00" + body[AT_38:last])
        if body[:4] == b"0800":
            head = b"0810" + b"8220000002000000" + b"0400000000000000"
            return framed(head + body[36:52] + b"00" + body[52:])
        return None


class Core(Protocol):
    """A payment core that approves every withdrawal."""

    transport: Any
    ANSWER = json.dumps({"outcome": "approved", "approval_code": "123456"}).encode()
    WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        len(ANSWER),
        ANSWER,
    )

    def connectionMade(self) -> None:
        self.held = b""
        self.transport.setTcpNoDelay(True)

    def dataReceived(self, data: bytes) -> None:
        self.held += data
        while b"\r\n\r\n" in self.held:
            head, _, rest = self.held.partition(b"\r\n\r\n")
            _, _, size = head.lower().partition(b"content-length:")
            length = int(size.split(b"\r\n")[0]) if size else 0
            if len(rest) < length:
                return
            self.held = rest[length:]
            self.transport.write(self.WHOLE)


class Terminals(Frames):
    """One line that keeps requests under way; `load` is told of each answer."""

    behind_39 = sum(len(ELEMENTS[number]) for number in (41, 42, 49))
    """Bytes of an answer behind its DE39."""

    def __init__(self, terminal: bytes) -> None:
        self.load: Load | None = None
        self.terminal = terminal
        self.sent_at: dict[bytes, float] = {}
        self.signed_on: Deferred[None] = Deferred()
        self.number = 0

    def connectionMade(self) -> None:
        super().connectionMade()
        self.transport.write(management(b"001"))

    def body(self) -> bytes:
        """The next request."""
        self.number += 1
        return request(self.terminal, self.number)

    def send(self) -> bytes:
        body = self.body()
        self.sent_at[body[AT_STAN : AT_STAN + 6]] = time.perf_counter()
        return framed(body)

    def frame(self, body: bytes) -> bytes | None:
        if body[:4] == b"0810":
            if not self.signed_on.called:
                self.signed_on.callback(None)
            return None
        now = time.perf_counter()
        end = len(body) - self.behind_39
        if self.load is None:
            return None
        self.load.refused += body[end - 2 : end] != b"00"
        sent_at = self.sent_at.pop(body[AT_STAN : AT_STAN + 6])
        return self.load.answered(self, now - sent_at)


class Load:
    """A run of transactions over lines that are signed on."""

    def __init__(self, lines: list[Terminals]) -> None:
        self.lines = lines
        self.latencies: list[float] = []
        self.refused = 0
        self.left = 0
        self.waiting = 0
        self.done: Deferred[None] = Deferred()
        self.closed_loop = True
        for line in lines:
            line.load = self

    async def closed(self, transactions: int, in_flight: int) -> None:
        """Keep `in_flight` under way on every line until `transactions` are answered."""
        self.left, self.waiting = transactions, transactions
        for line in self.lines:
            frames = [line.send() for _ in range(min(in_flight, self.left))]
            self.left -= len(frames)
            line.transport.write(b"".join(frames))
        await self.done
        self.check()

    async def open(self, transactions: int, rate: float) -> None:
        """Send at a steady rate, whatever comes back; latency counts from when it was due."""
        self.closed_loop = False
        self.waiting = transactions
        began, sent = time.perf_counter(), 0

        def tick() -> None:
            nonlocal sent
            due = min(transactions, int((time.perf_counter() - began) * rate))
            while sent < due:
                line = self.lines[sent % len(self.lines)]
                frame = line.send()
                line.sent_at[frame[2 + AT_STAN : 8 + AT_STAN]] = began + (sent + 1) / rate
                line.transport.write(frame)
                sent += 1
            if sent < transactions:
                reactor.callLater(0.002, tick)

        tick()
        await self.done

    def answered(self, line: Terminals, latency_s: float) -> bytes | None:
        self.latencies.append(latency_s)
        self.waiting -= 1
        if self.waiting == 0:
            self.done.callback(None)
        if self.closed_loop and self.left > 0:
            self.left -= 1
            return line.send()
        return None

    def check(self) -> None:
        """Raises RuntimeError when an answer was no approval: what was measured is not business."""
        if self.refused:
            raise RuntimeError(f"{self.refused} of {len(self.latencies)} were not approved")

    def percentile_ms(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


async def connect(port: int, made: Callable[[bytes], Terminals], lines: int = LINES) -> Load:
    """Lines to a switch or a proxy, signed on, each with a terminal of its own."""
    open_lines = []
    for number in range(lines):
        line = made(b"LAB%05d" % (number + 1))
        point = TCP4ClientEndpoint(reactor, "127.0.0.1", port)
        await point.connect(Factory.forProtocol(partial(itself, line)))
        await line.signed_on
        open_lines.append(line)
    return Load(open_lines)


def itself(line: Terminals) -> Terminals:
    """The protocol of a connection that is made for it."""
    return line


def listen(protocol: type[Protocol]) -> Any:
    """The port of a host."""
    return reactor.listenTCP(0, Factory.forProtocol(protocol), interface="127.0.0.1")


def pause(seconds: float) -> Deferred[None]:
    done: Deferred[None] = Deferred()
    reactor.callLater(seconds, done.callback, None)
    return done
