"""Who may open a line to a port: by address, or by what the proxy in front of the port says."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol, IProtocol
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from zope.interface import implementer

from switch.link.proxy_header import Origin, ProxyHeader, ProxyHeaderError

HEADER_TIMEOUT_S = 5.0
"""How long the header of a line may take to arrive: the proxy sends it first of all."""

Refused = Callable[[str, str, str], None]
"""Told of a line that is closed: the peer, the reason in words, the reason to count."""


class Addresses:
    """A set of addresses, given as networks in CIDR notation; an empty one holds every address."""

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks = tuple(ipaddress.ip_network(each) for each in networks)

    def __contains__(self, host: str) -> bool:
        if not self._networks:
            return True
        try:
            address = ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return False
        # A port that listens on both versions tells of an IPv4 peer as of ::ffff:192.0.2.1.
        mapped = getattr(address, "ipv4_mapped", None)
        address = address if mapped is None else mapped
        return any(address in network for network in self._networks)


class ProxyGate(WrappingFactory):
    """Takes lines from proxies only, and makes each look as if its origin had connected."""

    noisy = False

    def __init__(
        self, reactor: Any, wrapped: Any, proxies: Addresses, allowed: Addresses, refused: Refused
    ) -> None:
        super().__init__(wrapped)  # type: ignore[no-untyped-call]
        self.reactor = reactor
        self.refused = refused
        self._proxies = proxies
        self._allowed = allowed

    def buildProtocol(self, addr: IAddress | None) -> Any:
        host = getattr(addr, "host", "?")
        if host not in self._proxies:
            self.refused(f"{host}:{getattr(addr, 'port', '?')}", "it is no proxy", "address")
            return None
        return _Gate(self)

    def close(self) -> None:
        """Close the lines whose header has not come: nobody waits for them any more."""
        for gate in list(self.protocols):
            gate.close_waiting()

    def line_of(self, origin: Origin, proxy: Any) -> IProtocol | None:
        """The protocol of a line whose header was read; None when it may not be."""
        if not origin.host:
            built: IProtocol | None = self.wrappedFactory.buildProtocol(proxy)
            return built
        if origin.host not in self._allowed:
            told = f"{origin.host}:{origin.port}"
            self.refused(told, "its address is not allowed", "address")
            return None
        kind = IPv6Address if ":" in origin.host else IPv4Address
        line: IProtocol | None = self.wrappedFactory.buildProtocol(
            kind("TCP", origin.host, origin.port)
        )
        return line


@implementer(IHalfCloseableProtocol)
class _Gate(ProtocolWrapper):
    """One line that waits for its header, then passes everything on."""

    transport: Any
    wrappedProtocol: Any

    def __init__(self, factory: ProxyGate) -> None:
        # What is wrapped is made once the header has said for whom.
        super().__init__(factory, None)  # type: ignore[arg-type]
        self._gate = factory
        self._header: ProxyHeader | None = ProxyHeader()
        self._origin = Origin()
        self._timer: Any = None

    def makeConnection(self, transport: Any) -> None:
        TwistedProtocol.makeConnection(self, transport)
        self._gate.registerProtocol(self)  # type: ignore[no-untyped-call]
        self._timer = self._gate.reactor.callLater(HEADER_TIMEOUT_S, self._late)

    def dataReceived(self, data: bytes) -> None:
        if self._header is None:
            if self.wrappedProtocol is not None:
                self.wrappedProtocol.dataReceived(data)
            return
        try:
            read = self._header.receive(data)
        except ProxyHeaderError as error:
            self._refuse(str(error))
            return
        if read is None:
            return
        self._header = None
        self._cancel()
        self._origin, rest = read
        line: Any = self._gate.line_of(self._origin, self.transport.getPeer())
        if line is None:
            self.transport.loseConnection()
            return
        self.wrappedProtocol = line
        line.makeConnection(self)
        if rest:
            line.dataReceived(rest)

    def close_waiting(self) -> None:
        """Close the line if its header has not come."""
        if self._header is not None:
            self._header = None
            self._cancel()
            self.transport.abortConnection()

    def getPeer(self) -> Any:
        if not self._origin.host:
            return self.transport.getPeer()
        kind = IPv6Address if ":" in self._origin.host else IPv4Address
        return kind("TCP", self._origin.host, self._origin.port)

    def readConnectionLost(self) -> None:
        half: Any = IHalfCloseableProtocol(self.wrappedProtocol, None)
        if half is not None:
            half.readConnectionLost()
        else:
            self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        """Half-closing is only ever done by the peer here."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._cancel()
        self._gate.unregisterProtocol(self)  # type: ignore[no-untyped-call]
        if self.wrappedProtocol is not None:
            self.wrappedProtocol.connectionLost(reason)

    def _late(self) -> None:
        self._timer = None
        self._refuse(f"no whole header came within {HEADER_TIMEOUT_S:g} s")

    def _refuse(self, reason: str) -> None:
        self._header = None
        self._cancel()
        peer = self.transport.getPeer()
        told = f"{getattr(peer, 'host', '?')}:{getattr(peer, 'port', '?')}"
        self._gate.refused(told, reason, "proxy")
        self.transport.abortConnection()

    def _cancel(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
