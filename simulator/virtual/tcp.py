"""Twisted's TCP port, client and connector, on sockets in memory.

Only the making of a socket differs: writing, producers, half-close, abort, connect timeouts and
reconnects are Twisted's own code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet import tcp

from simulator.virtual.sockets import ListeningSocket, StreamSocket

if TYPE_CHECKING:
    from simulator.virtual.reactor import VirtualReactor


class VirtualPort(tcp.Port):
    """A listening port in memory."""

    reactor: VirtualReactor

    def createInternetSocket(self) -> Any:
        return ListeningSocket(self.reactor.network, self.reactor.host, self.reactor)


class VirtualClient(tcp.Client):
    """The client's end of a connection in memory."""

    def createInternetSocket(self) -> Any:
        reactor: VirtualReactor = self.connector.reactor
        return StreamSocket(reactor.network, reactor.host, reactor)


class VirtualConnector(tcp.Connector):
    """Connects, and connects again, in memory."""

    def _makeTransport(self) -> tcp.Client:
        return VirtualClient(  # type: ignore[no-untyped-call]
            self.host, self.port, self.bindAddress, self, self.reactor
        )
