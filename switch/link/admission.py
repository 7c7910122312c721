"""Whether a line that a peer opens is taken, and what is put around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.internet.protocol import Protocol as TwistedProtocol

from switch.link.gate import Addresses, ProxyGate
from switch.link.profile import Surroundings


class Admission:
    """What a listener asks before it makes a session: whose line it is, and how many there are."""

    def __init__(
        self, around: Surroundings, lines_max: int, allow: Sequence[str], proxied_by: Sequence[str]
    ) -> None:
        self._around = around
        self._lines_max = lines_max
        self._allowed = Addresses(allow)
        self._proxies = Addresses(proxied_by) if proxied_by else None
        self._gate: ProxyGate | None = None

    def before(self, listener: Any) -> Any:
        """What listens on the port: the listener, or what reads the header of proxies before it."""
        if self._proxies is None:
            return listener
        reactor = self._around.runtime.reactor
        self._gate = ProxyGate(reactor, listener, self._proxies, self._allowed, self.refused)
        return self._gate

    def close(self) -> None:
        """Close the lines that are not admitted yet."""
        if self._gate is not None:
            self._gate.close()

    def admits(self, addr: IAddress | None, lines: int) -> bool:
        """Whether a line from this address is taken beside the `lines` there are."""
        host = getattr(addr, "host", "?")
        peer = f"{host}:{getattr(addr, 'port', '?')}"
        # Behind a proxy the gate has looked at the address that counts.
        if self._proxies is None and host not in self._allowed:
            self.refused(peer, "its address is not allowed", "address")
            return False
        if lines >= self._lines_max:
            self.refused(peer, f"{self._lines_max} are open", "lines_max")
            return False
        return True

    def refused(self, peer: str, reason: str, kind: str) -> None:
        """A line is closed as it comes."""
        self._around.log.warning("line refused", peer=peer, reason=reason)
        self._around.counts.line_refused(self._around.profile.name, kind)


class HandOut(Factory):
    """Gives out one protocol that is there already, for a factory that wraps what it gives."""

    noisy = False

    def __init__(self, protocol: TwistedProtocol | None = None) -> None:
        self._protocol = protocol

    def through(self, wrapping: Any, protocol: TwistedProtocol, addr: IAddress | None) -> Any:
        """`protocol`, wrapped by a factory that wraps this one."""
        self._protocol = protocol
        wrapped = wrapping.buildProtocol(addr)
        self._protocol = None
        return wrapped

    def buildProtocol(self, addr: IAddress | None) -> TwistedProtocol | None:
        return self._protocol


def secured(security: Any, dialled: bool, factory: Factory, reactor: Any) -> Any:
    """A factory that puts TLS around the protocols of another."""
    # Here, so that parties without TLS do not load OpenSSL when they start.
    from twisted.protocols.tls import TLSMemoryBIOFactory

    return TLSMemoryBIOFactory(security, dialled, factory, clock=reactor)
