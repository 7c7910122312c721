"""What benchmarks/switch.py measures: a switch as a process of its own, and a proxy as its peer."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

COMMON = """\
network: benchmark
institution: "504001"
{keys}
switch:
  listeners:
    terminals: {{kind: terminals, port: {port}, rules: ignore{mac}}}
{behind}
  groups:
    lab: {{lenient: true{pin}}}
  terminals:
    - {{id: LAB00001, to: LAB{last}, group: lab}}
"""

HOSTS = """\
  links:
    one: {{{host}}}
    two: {{{host}}}
    three: {{{host}}}
    four: {{{host}}}
  destinations:
    issuer: {{links: [one, two, three, four], policy: round_robin}}
  routes:
    - {{name: all, cards: ["950402"], to: issuer}}
"""

CORE = """\
  core: {{port: {host_port}, timeout: 6s, connections_max: 64}}
  routes:
    - {{name: all, cards: ["950402"], to: core}}
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


def hosts_network(port: int, host_port: int, *, keys: bool = False) -> str:
    """Four lines to a host; with `keys`, PINs translated for it, and MACs with terminals."""
    pin = ", pin: {key: zpk.issuer}" if keys else ""
    host = f"port: {host_port}, timeout: 6s, in_flight_max: 64, rules: ignore{pin}"
    return COMMON.format(
        port=port,
        behind=HOSTS.format(host=host),
        last="00099" if keys else "20000",
        keys="keys: {test: true}" if keys else "",
        mac=', mac: {key: "tak.{terminal}"}' if keys else "",
        pin=', pin: {key: "tpk.{terminal}"}' if keys else "",
    )


def core_network(port: int, host_port: int) -> str:
    """The payment core's HTTP service behind."""
    return COMMON.format(
        port=port, behind=CORE.format(host_port=host_port), last="20000", keys="", mac="", pin=""
    )


@dataclass(frozen=True)
class Measured:
    """A process under measurement, and the port that it listens on."""

    pid: int
    port: int
    folder: Path

    def cpu_s(self) -> float:
        """User and system time of all its threads, to the nanosecond."""
        spent_ns = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            spent_ns += int((task / "schedstat").read_text().split()[0])
        return spent_ns / 1e9

    def resident_mb(self) -> float:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))


@contextmanager
def switch_of(network: Callable[[int, int], str], host_port: int) -> Iterator[Measured]:
    """A switch with the host behind it at `host_port`; raises SystemExit when it does not start."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        config = folder / "network.yaml"
        config.write_text(network(port, host_port))
        command = [sys.executable, "-m", "simulator.cli.main", "switch", "--config", str(config)]
        command += ["--data-dir", str(folder / "books"), "--log-level", "warning"]
        with _running(command) as process:
            yield Measured(process.pid, port, folder / "books")


@contextmanager
def proxy_to(host_port: int) -> Iterator[Measured]:
    """A Twisted proxy that copies what comes, and nothing else."""
    port = free_port()
    with _running([sys.executable, "-c", PROXY, str(port), str(host_port)]) as process:
        yield Measured(process.pid, port, Path())


@contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        while b"ready" not in process.stdout.readline():
            if process.poll() is not None:
                raise SystemExit("a process did not start")
        yield process
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
