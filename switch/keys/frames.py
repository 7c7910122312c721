"""One TCP connection that carries host commands: a 2-byte big-endian length, then that many bytes.

It hands over one frame at a time, can be held while its owner is busy, and ends when a frame is
too long or too slow: what follows cannot be trusted.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from switch.keys.commands import TEXT_MAX

FRAME_TIMEOUT_S = 10.0
"""How long a frame may take from its first byte to its last."""

_LENGTH_SIZE = 2


class FramedLine(Protocol):
    """Both ends of host commands are made of this."""

    def __init__(self, reactor: Any) -> None:
        self.lost_because = "closed by the peer"
        self._reactor = reactor
        self._buffer = bytearray()
        self._handing_over = False
        self._held = False
        self._open = False
        self._frame_timer: Any = None

    @abstractmethod
    def frame_received(self, body: bytes) -> None:
        """A frame came."""

    @abstractmethod
    def line_lost(self) -> None:
        """The connection is gone; `lost_because` says why."""

    def send_frame(self, body: bytes) -> None:
        """Send a frame; dropped when the connection is gone. `commands` sees to its length."""
        if self._open and self.transport is not None:
            self.transport.write(len(body).to_bytes(_LENGTH_SIZE) + body)

    def hold(self, held: bool) -> None:
        """Hand over no more frames and read no more, or go on."""
        if held != self._held and self._open:
            self._held = held
            transport: Any = self.transport
            if held:
                transport.pauseProducing()
            else:
                transport.resumeProducing()
                self._hand_over()

    def refuse(self, reason: str) -> None:
        """Close now, unsent frames included."""
        if self._open:
            self._open = False
            self.lost_because = reason
            transport: Any = self.transport
            transport.abortConnection()

    # -- what Twisted tells -------------------------------------------------------------------

    def connectionMade(self) -> None:
        self._open = True
        transport: Any = self.transport
        transport.setTcpNoDelay(True)

    def dataReceived(self, data: bytes) -> None:
        self._buffer += data
        self._hand_over()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._open = False
        self._cancel_frame_timer()
        self.line_lost()

    # -- inside -------------------------------------------------------------------------------

    def _hand_over(self) -> None:
        """Frame by frame; a frame that answers or resumes at once does not come in here again."""
        if self._handing_over:
            return
        self._handing_over = True
        try:
            while self._open and not self._held and (body := self._next()) is not None:
                self.frame_received(body)
        finally:
            self._handing_over = False
        self._watch_frame()

    def _next(self) -> bytes | None:
        if len(self._buffer) < _LENGTH_SIZE:
            return None
        length = int.from_bytes(self._buffer[:_LENGTH_SIZE])
        if length > TEXT_MAX:
            self.refuse(f"a frame of {length} bytes is too long")
            return None
        end = _LENGTH_SIZE + length
        if len(self._buffer) < end:
            return None
        self._cancel_frame_timer()
        body = bytes(self._buffer[_LENGTH_SIZE:end])
        del self._buffer[:end]
        return body

    def _watch_frame(self) -> None:
        if not self._open or self._held or not self._buffer:
            self._cancel_frame_timer()
        elif self._frame_timer is None:
            self._frame_timer = self._reactor.callLater(FRAME_TIMEOUT_S, self._frame_late)

    def _frame_late(self) -> None:
        self._frame_timer = None
        self.refuse(f"a frame took longer than {FRAME_TIMEOUT_S:g} s")

    def _cancel_frame_timer(self) -> None:
        timer, self._frame_timer = self._frame_timer, None
        if timer is not None and timer.active():
            timer.cancel()
