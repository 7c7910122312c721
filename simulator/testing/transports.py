"""A transport that only remembers: for testing a protocol without any network.

It adds to `twisted.internet.testing.StringTransport` the order of everything the protocol asked
for, half-close, TCP options, and the end of the connection that a real transport reports.
"""

from __future__ import annotations

from typing import TypeVar

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol, ITCPTransport
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import implementer

P = TypeVar("P", bound=Protocol)

_HERE = IPv4Address("TCP", "127.0.0.1", 8583)
_THERE = IPv4Address("TCP", "127.0.0.1", 50_000)


@implementer(ITCPTransport)
class RecordingTransport(StringTransport):
    """Records in `log`, in order, what the protocol asked for.

    Entries are `("write", data)`, `("lose",)`, `("lose write",)`, `("abort",)`, `("pause",)` and
    `("resume",)`. The connection ends at `loseConnection` and `abortConnection` as a real one
    does, by telling the protocol, once.
    """

    def __init__(self, protocol: Protocol | None = None) -> None:
        super().__init__(hostAddress=_HERE, peerAddress=_THERE)  # type: ignore[no-untyped-call]
        self.log: list[tuple[str | bytes, ...]] = []
        self.protocol = protocol
        self.is_lost = False
        self._no_delay = False
        self._keep_alive = False

    def write(self, data: bytes) -> None:
        if not self.is_lost:
            self.log.append(("write", data))
            super().write(data)  # type: ignore[no-untyped-call]

    def writeSequence(self, data: list[bytes]) -> None:  # type: ignore[override]
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        self.log.append(("lose",))
        super().loseConnection()  # type: ignore[no-untyped-call]
        self.lost(Failure(ConnectionDone()))

    def abortConnection(self) -> None:
        self.log.append(("abort",))
        self.lost(Failure(ConnectionAborted()))

    def loseWriteConnection(self) -> None:
        self.log.append(("lose write",))
        half = IHalfCloseableProtocol(self.protocol, None)
        if half is not None:
            half.writeConnectionLost()

    def pauseProducing(self) -> None:
        self.log.append(("pause",))
        super().pauseProducing()  # type: ignore[no-untyped-call]

    def resumeProducing(self) -> None:
        self.log.append(("resume",))
        super().resumeProducing()  # type: ignore[no-untyped-call]

    def lost(self, reason: Failure) -> None:
        """The connection ends: the protocol is told, once."""
        if not self.is_lost:
            self.is_lost = True
            if self.protocol is not None:
                self.protocol.connectionLost(reason)

    def getTcpNoDelay(self) -> bool:
        return self._no_delay

    def setTcpNoDelay(self, enabled: bool) -> None:
        self._no_delay = enabled

    def getTcpKeepAlive(self) -> bool:
        return self._keep_alive

    def setTcpKeepAlive(self, enabled: bool) -> None:
        self._keep_alive = enabled


def connected(protocol: P) -> tuple[P, RecordingTransport]:
    """A protocol on a recording transport, its connection made."""
    transport = RecordingTransport(protocol)
    protocol.makeConnection(transport)  # type: ignore[no-untyped-call]
    return protocol, transport
