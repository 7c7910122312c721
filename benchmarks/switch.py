"""How many transactions a CPU-second of the switch carries, and what it adds to their latency.

    .venv/bin/python benchmarks/switch.py [--transactions 20000]

The switch runs as its own process, journal on. This process is the load: terminals on several
lines in front of it and a host behind it that approves everything. The peer, measured in the
same run, is a plain Twisted proxy that only copies frames. CPU time is the process's own, user
and system, threads included, from /proc.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from twisted.internet import reactor as real_reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

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


def request(terminal: bytes, stan: int) -> bytes:
    """A framed 0200."""
    body = (
        BODY[:AT_STAN]
        + b"%06d" % stan
        + BODY[AT_STAN + 6 : AT_TERMINAL]
        + terminal
        + BODY[AT_TERMINAL + 8 :]
    )
    return len(body).to_bytes(2, "big") + body


def framed(body: bytes) -> bytes:
    return len(body).to_bytes(2, "big") + body


SIGN_ON = framed(b"0800" + b"8220000000000000" + b"0400000000000000" + b"1124103601000001001")


class Frames(Protocol):
    """Cuts frames; every frame goes to `frame`."""

    def connectionMade(self) -> None:
        self.held = b""
        transport: Any = self.transport
        transport.setTcpNoDelay(True)

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
            transport: Any = self.transport
            transport.write(b"".join(out))

    def frame(self, body: bytes) -> bytes | None:
        raise NotImplementedError


class Host(Frames):
    """Approves everything."""

    def frame(self, body: bytes) -> bytes | None:
        if body[:4] == b"0200":
            return framed(ANSWER_HEAD + body[20:AT_38] + b"123456" + b"00" + body[AT_38:])
        if body[:4] == b"0800":
            return framed(
                b"0810"
                + b"8220000002000000"
                + b"0400000000000000"
                + body[36:52]
                + b"00"
                + body[52:]
            )
        return None


class Terminals(Frames):
    """One line that keeps `in_flight` requests under way."""

    def __init__(self, load: Load, terminal: bytes) -> None:
        self.load = load
        self.terminal = terminal
        self.sent_at: dict[bytes, float] = {}
        self.signed_on: Deferred[None] = Deferred()
        self.stan = 0

    def connectionMade(self) -> None:
        super().connectionMade()
        transport: Any = self.transport
        transport.write(SIGN_ON)

    def send(self) -> bytes:
        self.stan += 1
        frame = request(self.terminal, self.stan)
        self.sent_at[b"%06d" % self.stan] = time.perf_counter()
        return frame

    def frame(self, body: bytes) -> bytes | None:
        if body[:4] == b"0810":
            self.signed_on.callback(None)
            return None
        now = time.perf_counter()
        stan = body[AT_STAN : AT_STAN + 6]
        if body[AT_38 + 6 : AT_38 + 8] != b"00":
            raise SystemExit(f"not approved: {body!r}")
        return self.load.answered(self, now - self.sent_at.pop(stan))


class Load:
    """A run of transactions over lines that are signed on."""

    def __init__(self, lines: list[Terminals]) -> None:
        self.lines = lines
        self.latencies: list[float] = []
        self.left = 0
        self.waiting = 0
        self.done: Deferred[None] = Deferred()
        self.closed_loop = True
        for line in lines:
            line.load = self

    async def closed(self, transactions: int, in_flight: int) -> None:
        """Keep `in_flight` under way on every line until `transactions` are answered."""
        self.closed_loop = True
        self.left, self.waiting = transactions, transactions
        for line in self.lines:
            frames = [line.send() for _ in range(min(in_flight, self.left))]
            self.left -= len(frames)
            transport: Any = line.transport
            transport.write(b"".join(frames))
        await self.done

    async def open(self, transactions: int, rate: float) -> None:
        """Send at a steady rate, whatever comes back."""
        self.closed_loop = False
        self.left, self.waiting = transactions, transactions
        began, sent = time.perf_counter(), 0

        def tick() -> None:
            nonlocal sent
            due = min(transactions, int((time.perf_counter() - began) * rate))
            while sent < due:
                transport: Any = self.lines[sent % len(self.lines)].transport
                transport.write(self.lines[sent % len(self.lines)].send())
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


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def cpu_s(pid: int) -> float:
    """User and system time of a process, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


NETWORK = """\
network: benchmark
institution: "504001"
switch:
  listeners:
    terminals: {{kind: terminals, port: {port}, rules: ignore}}
  links:
    issuer: {{port: {host_port}, timeout: 6s, in_flight_max: 1024, rules: ignore}}
  routes:
    - {{name: all, cards: ["950402"], to: issuer}}
  groups:
    lab: {{lenient: true}}
  terminals:
    - {{id: LAB00001, to: LAB00099, group: lab}}
"""

PROXY = """\
import sys
from twisted.internet import reactor, endpoints, protocol
class Out(protocol.Protocol):
    def connectionMade(self):
        self.transport.setTcpNoDelay(True)
    def dataReceived(self, data):
        self.peer.transport.write(data)
class In(protocol.Protocol):
    def connectionMade(self):
        self.transport.setTcpNoDelay(True)
        self.held, self.out = [], None
        point = endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", int(sys.argv[2]))
        endpoints.connectProtocol(point, Out()).addCallback(self.joined)
    def joined(self, out):
        self.out, out.peer = out, self
        out.transport.write(b"".join(self.held))
    def dataReceived(self, data):
        if self.out is None:
            self.held.append(data)
        else:
            self.out.transport.write(data)
reactor.listenTCP(int(sys.argv[1]), protocol.Factory.forProtocol(In), interface="127.0.0.1")
reactor.callWhenRunning(lambda: print("ready", flush=True))
reactor.run()
"""


async def connect(port: int) -> Load:
    """LINES lines, signed on."""
    lines = []
    placeholder = Load([])
    for number in range(LINES):
        line = Terminals(placeholder, b"LAB%05d" % (number + 1))
        point = TCP4ClientEndpoint(reactor, "127.0.0.1", port)
        factory = Factory.forProtocol(lambda line=line: line)  # type: ignore[arg-type]
        await point.connect(factory)
        await line.signed_on
        lines.append(line)
    return Load(lines)


async def measure(name: str, pid: int, port: int, transactions: int) -> dict[str, float]:
    load = await connect(port)
    lines = load.lines
    await load.closed(min(2000, transactions), IN_FLIGHT)  # warm up
    figures: dict[str, float] = {}
    load = Load(lines)
    before, began = cpu_s(pid), time.perf_counter()
    await load.closed(transactions, IN_FLIGHT)
    spent, wall = cpu_s(pid) - before, time.perf_counter() - began
    figures["per CPU-second"] = transactions / spent
    figures["a second"] = transactions / wall
    figures["p50 ms"] = percentile(load.latencies, 0.5) * 1000
    figures["p99 ms"] = percentile(load.latencies, 0.99) * 1000
    load = Load(lines)
    rate = min(transactions / wall, transactions / spent) / 2
    await load.open(transactions // 2, rate)
    figures["half rate, a second"] = rate
    figures["half rate, p99 ms"] = percentile(load.latencies, 0.99) * 1000
    load = Load(lines)
    before, began = cpu_s(pid), time.perf_counter()
    await load.closed(max(400, transactions // 10), 1)
    spent, wall = cpu_s(pid) - before, time.perf_counter() - began
    figures["one at a time, per CPU-second"] = max(400, transactions // 10) / spent
    figures["one at a time, a second"] = max(400, transactions // 10) / wall
    figures["one at a time, p50 ms"] = percentile(load.latencies, 0.5) * 1000
    for line in lines:
        transport: Any = line.transport
        transport.loseConnection()
    print(f"\n{name}")
    for what, figure in figures.items():
        print(f"  {what:32}{figure:12,.1f}")
    return figures


async def main(transactions: int) -> None:
    host = reactor.listenTCP(0, Factory.forProtocol(Host), interface="127.0.0.1")
    host_port = host.getHost().port
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        config = Path(folder) / "network.yaml"
        config.write_text(NETWORK.format(port=port, host_port=host_port))
        switch = subprocess.Popen(
            [
                *(sys.executable, "-m", "simulator.cli.main", "switch", "--config", str(config)),
                *("--data-dir", f"{folder}/books", "--log-level", "warning"),
            ],
            stdout=subprocess.PIPE,
        )
        proxy_port = free_port()
        proxy = subprocess.Popen(
            [sys.executable, "-c", PROXY, str(proxy_port), str(host_port)], stdout=subprocess.PIPE
        )
        try:
            for process in (switch, proxy):
                assert process.stdout is not None
                while b"ready" not in process.stdout.readline():
                    if process.poll() is not None:
                        raise SystemExit("a process did not start")
            await pause(1.5)
            ours = await measure("guichet switch", switch.pid, port, transactions)
            peer = await measure("frame-copying proxy", proxy.pid, proxy_port, transactions)
            print("\nswitch / proxy")
            for what in ("per CPU-second", "a second", "one at a time, per CPU-second"):
                print(f"  {what:32}{ours[what] / peer[what]:12.3f}")
        finally:
            for process in (switch, proxy):
                process.terminate()
                process.wait(20)
    host.stopListening()


def pause(seconds: float) -> Deferred[None]:
    done: Deferred[None] = Deferred()
    reactor.callLater(seconds, done.callback, None)
    return done


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--transactions", type=int, default=20_000)
    chosen = options.parse_args()

    def finished(result: object) -> None:
        if isinstance(result, Failure):
            result.printTraceback()
        reactor.stop()

    reactor.callWhenRunning(
        lambda: Deferred.fromCoroutine(main(chosen.transactions)).addBoth(finished)
    )
    reactor.run()
