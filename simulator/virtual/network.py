"""A network of hosts in memory: addresses, listeners, and connections made of two wires."""

from __future__ import annotations

import errno
import os
from collections import Counter
from collections.abc import Callable

from simulator.virtual.sockets import Address, BaseSocket, ListeningSocket, StreamSocket
from simulator.virtual.timeline import Timeline
from simulator.virtual.wires import Latency, Passage, PlainPassage, Wire
from switch.runtime import Chance

LOOPBACK = "127.0.0.1"
_ANY = "0.0.0.0"
_EPHEMERAL_FIRST, _EPHEMERAL_LAST = 49_152, 65_535

# A full backlog drops the request to connect, and the client's kernel asks again.
_CONNECT_AGAIN_S = 1.0

# One segment in twenty is cut in two: enough to meet every parser, too little to slow a day.
_CUT_CHANCE = 0.05


class Host:
    """A machine: its address, and which of its ports are taken."""

    def __init__(self, name: str, ip: str) -> None:
        self.name = name
        self.ip = ip
        self._taken: dict[Address, BaseSocket] = {}
        self._listeners: dict[Address, ListeningSocket] = {}
        self._next_port = _EPHEMERAL_FIRST

    def claim(self, address: Address, by: BaseSocket) -> Address:
        """Take an address of this host for a socket. Raises OSError when it cannot be had."""
        ip, port = address[0] or _ANY, address[1]
        if ip == "localhost":
            ip = LOOPBACK
        if ip not in (_ANY, LOOPBACK, self.ip):
            raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
        if port == 0:
            port = self._free_port()
        elif self._is_taken(ip, port):
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        self._taken[ip, port] = by
        return ip, port

    def release(self, held: BaseSocket) -> None:
        """The socket's address is free again."""
        if self._taken.get(held.local) is held:
            del self._taken[held.local]
        if self._listeners.get(held.local) is held:
            del self._listeners[held.local]

    def listening(self, listener: ListeningSocket) -> None:
        self._listeners[listener.local] = listener

    def listener(self, address: Address) -> ListeningSocket | None:
        """Who listens at an address of this host."""
        ip, port = address
        return self._listeners.get((ip, port)) or self._listeners.get((_ANY, port))

    def _is_taken(self, ip: str, port: int) -> bool:
        if ip == _ANY:
            return any(taken == port for _, taken in self._taken)
        return (ip, port) in self._taken or (_ANY, port) in self._taken

    def _free_port(self) -> int:
        for _ in range(_EPHEMERAL_FIRST, _EPHEMERAL_LAST + 1):
            port = self._next_port
            self._next_port = port + 1 if port < _EPHEMERAL_LAST else _EPHEMERAL_FIRST
            if not self._is_taken(_ANY, port):
                return port
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


class SimulatedNetwork:
    """Hosts and the connections between them.

    There is one host to begin with, `localhost` at 127.0.0.1, so that a configuration made for
    one machine runs as it is. `passage_for` is asked for the passage of every new wire: replace
    it to put faults on the network.
    """

    def __init__(
        self,
        timeline: Timeline,
        chance: Chance,
        latency: Latency | None = None,
        trace: Callable[..., object] | None = None,
    ) -> None:
        self.timeline = timeline
        self.latency = latency if latency is not None else Latency()
        self.cut_chance = _CUT_CHANCE
        self.passage_for: Callable[[Wire], Passage] = self.plain_passage
        self._chance = chance
        self._trace = trace if trace is not None else _untraced
        self._hosts: dict[str, Host] = {}
        self._addresses: dict[str, str] = {}
        self._numbers = 0
        self._connections: Counter[str] = Counter()
        self.local = self.add_host("localhost", LOOPBACK)

    def add_host(self, name: str, ip: str) -> Host:
        """A new machine, found under its name and its address."""
        if ip in self._hosts or name in self._addresses:
            raise ValueError(f"the network already has a host {name} or an address {ip}")
        host = Host(name, ip)
        self._hosts[ip] = host
        self._addresses[name] = ip
        return host

    def address_of(self, name: str) -> str | None:
        """The IP address of a host name or address, None when nobody has it."""
        if name in self._addresses:
            return self._addresses[name]
        return name if name in self._hosts else None

    def next_number(self) -> int:
        """A number for a new socket."""
        self._numbers += 1
        return self._numbers

    def plain_passage(self, wire: Wire) -> Passage:
        """The passage of a wire without faults, with chance of its own."""
        return PlainPassage(self._chance.stream(f"wire/{wire.name}"), self.latency, self.cut_chance)

    def connect(self, client: StreamSocket) -> None:
        """Ask the far host for a connection, and tell the client a round trip later."""
        ip, port = client.remote
        host = client.host if ip in (LOOPBACK, client.host.ip) else self._hosts.get(ip)
        if client.local[1] == 0:
            client.bind((LOOPBACK if ip == LOOPBACK else client.host.ip, 0))
        title = f"{client.owner.name}>{ip}:{port}"
        self._connections[title] += 1
        title = f"{title}#{self._connections[title]}"
        random = self._chance.stream(f"connect/{title}")

        def latency_s() -> float:
            return self.latency.draw(random)

        def asked() -> None:
            if client.is_closed:
                return
            listener = host.listener((ip, port)) if host is not None else None
            if listener is not None and listener.is_full():
                self.timeline.schedule(_CONNECT_AGAIN_S, asked)
                return
            back = Wire(self.timeline, f"{title}<", client, latency_s, self._trace)
            back.passage = self.passage_for(back)
            if host is None or listener is None:
                self._trace("refused", wire=back.name)
                number = errno.EHOSTUNREACH if host is None else errno.ECONNREFUSED
                back.answer_to_connect(False, number)
                return
            server = StreamSocket(self, host, listener.owner)
            server.local = (ip, port)
            server.remote = client.local
            there = Wire(self.timeline, f"{title}>", server, latency_s, self._trace)
            there.passage = self.passage_for(there)
            client.wired(outgoing=there, incoming=back)
            server.wired(outgoing=back, incoming=there)
            server.is_connected = True
            self._trace("connected", wire=title)
            back.answer_to_connect(True)
            listener.offer(server)

        self.timeline.schedule(latency_s(), asked)


def _untraced(_event: str, **_facts: object) -> None:
    """A network outside of any world keeps no history."""
