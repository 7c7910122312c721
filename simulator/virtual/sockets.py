"""Sockets as a kernel would keep them, in memory: what Twisted's own TCP code asks of one.

Twisted's transports run on these unmodified, so that buffers, producers, half-close and abort
behave in virtual time as they do in real time, because they are the same code.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from simulator.virtual.wires import Wire

if TYPE_CHECKING:
    from simulator.virtual.network import Host, SimulatedNetwork

Address = tuple[str, int]

_LINGER_ZERO = struct.pack("ii", 1, 0)


class SocketOwner(Protocol):
    """The process that holds a socket: told of it, so that a kill can close it."""

    @property
    def name(self) -> str: ...
    def opened(self, held: BaseSocket) -> None: ...
    def closed(self, held: BaseSocket) -> None: ...


class BaseSocket:
    """What a listener and a connection have in common."""

    def __init__(self, network: SimulatedNetwork, host: Host, owner: SocketOwner) -> None:
        self.network = network
        self.host = host
        self.owner = owner
        self.local: Address = ("0.0.0.0", 0)
        self.is_closed = False
        # Set by the reactor that watches it: called whenever it may have become ready.
        self.on_change: Callable[[], object] = _unwatched
        self._number = network.next_number()
        self._options: dict[tuple[int, int], object] = {}
        owner.opened(self)

    def fileno(self) -> int:
        """A number of the world's own, -1 once closed; the operating system knows none of it."""
        return -1 if self.is_closed else self._number

    def setblocking(self, flag: bool) -> None:
        """They never block, as in Twisted."""

    def setsockopt(self, level: int, option: int, value: object) -> None:
        self._options[level, option] = value

    def getsockopt(self, level: int, option: int) -> object:
        return self._options.get((level, option), 0)

    def bind(self, address: Address) -> None:
        """Take a local address; port 0 means any free one. Raises OSError as a kernel does."""
        self.local = self.host.claim(address, self)

    def getsockname(self) -> Address:
        return self.local

    def readable(self) -> bool:
        raise NotImplementedError

    def writable(self) -> bool:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def abort(self) -> None:
        """Close without ceremony."""
        self.close()

    def release(self) -> None:
        """The address is free again, and nobody watches."""
        self.is_closed = True
        self.on_change = _unwatched
        self.host.release(self)
        self.owner.closed(self)


class ListeningSocket(BaseSocket):
    """Accepts connections, as many at a time as its backlog holds."""

    def __init__(self, network: SimulatedNetwork, host: Host, owner: SocketOwner) -> None:
        super().__init__(network, host, owner)
        self._backlog = 0
        self._waiting: deque[StreamSocket] = deque()

    def listen(self, backlog: int) -> None:
        self._backlog = backlog
        self.host.listening(self)

    def is_full(self) -> bool:
        return len(self._waiting) >= self._backlog

    def offer(self, connection: StreamSocket) -> None:
        """The kernel has a new connection; the application may accept it."""
        self._waiting.append(connection)
        self.on_change()

    def accept(self) -> tuple[StreamSocket, Address]:
        if not self._waiting:
            raise _error(errno.EWOULDBLOCK)
        connection = self._waiting.popleft()
        return connection, connection.remote

    def readable(self) -> bool:
        return bool(self._waiting)

    def writable(self) -> bool:
        return False

    def shutdown(self, how: int) -> None:
        """Nothing to end on a listener: closing it is enough."""

    def close(self) -> None:
        """Stop listening; connections that nobody accepted are reset."""
        if self.is_closed:
            return
        self.release()
        while self._waiting:
            self._waiting.popleft().abort()


class StreamSocket(BaseSocket):
    """One end of a connection."""

    def __init__(self, network: SimulatedNetwork, host: Host, owner: SocketOwner) -> None:
        super().__init__(network, host, owner)
        self.remote: Address = ("0.0.0.0", 0)
        self.outgoing: Wire | None = None
        self.incoming: Wire | None = None
        self.is_connected = False
        self._is_connecting = False
        self._received = bytearray()
        self._has_ended = False
        self._is_shut = False
        self._error_number = 0

    # What the application asks for

    def getsockopt(self, level: int, option: int) -> object:
        if (level, option) == (socket.SOL_SOCKET, socket.SO_ERROR):
            number, self._error_number = self._error_number, 0
            return number
        return super().getsockopt(level, option)

    def getpeername(self) -> Address:
        return self.remote

    def connect_ex(self, address: Address) -> int:
        """Begin to connect; the errno of `connect(2)`, 0 once connected."""
        if self.is_closed:
            return errno.EBADF
        if self.is_connected:
            return errno.EISCONN
        if self._is_connecting:
            return errno.EALREADY
        self._is_connecting = True
        self.remote = address
        self.network.connect(self)
        return errno.EINPROGRESS

    def send(self, data: bytes | memoryview) -> int:
        """Give bytes to the network; how many it took. Raises OSError as `send(2)` does."""
        self._check()
        if self._is_shut:
            raise _error(errno.EPIPE)
        wire = self._wire(self.outgoing)
        size = min(len(data), wire.room())
        if size == 0 and len(data):
            raise _error(errno.EWOULDBLOCK)
        wire.send(bytes(data[:size]))
        return size

    def recv(self, size: int) -> bytes:
        """Bytes that arrived, empty at the end. Raises OSError as `recv(2)` does."""
        if self.is_closed:
            raise _error(errno.EBADF)
        if self._received:
            data = bytes(self._received[:size])
            del self._received[:size]
            self._wire(self.incoming).consumed(len(data))
            return data
        self._check()
        if self._has_ended:
            return b""
        raise _error(errno.EWOULDBLOCK)

    def shutdown(self, how: int) -> None:
        if not self.is_connected:
            raise _error(errno.ENOTCONN)
        if how != socket.SHUT_RD:
            self._end()

    def close(self) -> None:
        """Orderly when all that came was read; a reset when not, or with a linger of zero."""
        if self.is_closed:
            return
        linger = self._options.get((socket.SOL_SOCKET, socket.SO_LINGER))
        if self._received or linger == _LINGER_ZERO:
            self.abort()
            return
        if self.is_connected:
            self._end()
        self.release()

    def abort(self) -> None:
        """Close with a reset."""
        if self.is_closed:
            return
        if self.is_connected and not self._error_number:
            self._reset()
        self._received.clear()
        self.release()

    def readable(self) -> bool:
        return bool(self._received) or self._has_ended or self._error_number != 0

    def writable(self) -> bool:
        if self._error_number:
            return True
        if not self.is_connected or self.outgoing is None:
            return False
        if self.outgoing.room() > 0:
            return True
        self.outgoing.when_room(self._changed)
        return False

    # What the network tells it

    def wired(self, outgoing: Wire, incoming: Wire) -> None:
        """The two wires of its connection."""
        self.outgoing, self.incoming = outgoing, incoming

    def connect_answered(self, accepted: bool, error_number: int) -> None:
        """The far kernel took the connection, or refused it."""
        if self.is_closed:
            if accepted:
                self._reset()
            return
        self._is_connecting = False
        self.is_connected = accepted
        self._error_number = error_number
        self.on_change()

    def data_arrived(self, data: bytes) -> None:
        if self.is_closed:
            self._reset()
            return
        self._received += data
        self.on_change()

    def end_arrived(self) -> None:
        self._has_ended = True
        self.on_change()

    def reset_arrived(self) -> None:
        self.is_connected = False
        self._error_number = errno.ECONNRESET
        self.on_change()

    def _changed(self) -> None:
        self.on_change()

    def _end(self) -> None:
        if not self._is_shut:
            self._is_shut = True
            wire = self._wire(self.outgoing)
            wire.passage.end(wire)

    def _reset(self) -> None:
        wire = self._wire(self.outgoing)
        wire.passage.reset(wire)

    def _check(self) -> None:
        if self.is_closed:
            raise _error(errno.EBADF)
        if self._error_number:
            raise _error(self._error_number)
        if not self.is_connected:
            raise _error(errno.ENOTCONN)

    @staticmethod
    def _wire(wire: Wire | None) -> Wire:
        if wire is None:
            raise _error(errno.ENOTCONN)
        return wire


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def _unwatched() -> None:
    """Nobody waits for this socket."""
