"""A line: one TCP connection that carries frames, either way, within limits.

A line knows framing and nothing of messages. What it holds is bounded: a frame by the framing's
limit and by the time it may take to arrive, frames not yet handled by one read of the socket,
and what the peer does not read by the transport's buffer: while that is full, the line reads no
more, and a peer that goes on not reading is dropped.
"""

from __future__ import annotations

import socket
from collections import deque
from typing import Any, Protocol

from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import connectionDone
from twisted.protocols.policies import ProtocolWrapper
from twisted.python.failure import Failure
from zope.interface import implementer

from switch.link.proxy_header import begins_like_one
from switch.runtime import Log
from switch.wire import Framing, FramingError

FRAME_TIMEOUT_S = 10.0
"""How long a frame may take from its first byte to its last, while the line is read."""

STUCK_TIMEOUT_S = 30.0
"""How long a peer may leave its answers unread before it is dropped."""

KEEP_ALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))
"""The kernel asks an idle peer's kernel after a minute, and gives up two minutes after its last
word. Left alone it would begin after two hours."""


class LineOwner(Protocol):
    """What a line reports to: the session on it."""

    def line_up(self) -> None: ...
    def frame_received(self, body: bytes) -> None: ...
    def peer_finished(self) -> None: ...
    def line_lost(self, reason: str) -> None: ...


@implementer(IHalfCloseableProtocol, IPushProducer)
class Line(TwistedProtocol):
    """Frames in and out of one TCP connection."""

    refused_for = ""
    """Why the line was closed for what came on it, in a word that can be counted; or nothing."""

    def __init__(self, reactor: Any, framing: Framing, log: Log, owner: LineOwner) -> None:
        self._reactor = reactor
        self._framing = framing
        self._receiver = framing.receiver()
        self._log = log
        self._owner = owner
        # An empty deque takes 600 bytes, and most of ten thousand lines wait for nothing.
        self._frames: deque[bytes] | None = None
        self._began = False
        self._held = False
        self._handing_over = False
        self._peer_finished = False
        self._closing: str | None = None
        self._lost = False
        self._frame_timer: Any = None
        self._stuck_timer: Any = None

    @property
    def peer(self) -> str:
        """The other side's address, for people."""
        if self.transport is None:
            return "nobody"
        address = self.transport.getPeer()
        return f"{getattr(address, 'host', '?')}:{getattr(address, 'port', '?')}"

    @property
    def open(self) -> bool:
        """Whether something sent now could still arrive."""
        return self.transport is not None and not self._lost and self._closing is None

    # -- what the owner asks ------------------------------------------------------------------

    def send(self, body: bytes, reply_to: bytes | None = None) -> None:
        """Frame and send; what is sent on a line that is gone is dropped, for nobody is there.

        `reply_to` is the body that this one answers: its TPDU and header say where to.
        """
        if self._lost or self.transport is None:
            return
        self.transport.write(self._framing.frame(body, reply_to))

    def hold(self) -> None:
        """Hand over no more frames, and read no more, until `resume`."""
        self._held = True
        self._pace()

    def resume(self) -> None:
        """Go on after `hold`."""
        self._held = False
        self._hand_over([])
        self._pace()

    def refuse(self, kind: str) -> None:
        """Never hand over another frame: what still comes is not trusted. `kind` is counted."""
        self._frames = None
        self._read_no_more(kind)

    def _read_no_more(self, kind: str) -> None:
        self.refused_for = kind
        self._peer_finished = True
        self._cancel_frame_timer()
        if self.transport is not None and not self._lost:
            transport: Any = self.transport
            transport.pauseProducing()

    def close(self, reason: str) -> None:
        """Close once what was sent has left."""
        if self._closing is None:
            self._closing = reason
        if self.transport is not None and not self._lost:
            transport: Any = self.transport
            # A registered producer that is paused would keep the transport from closing.
            transport.unregisterProducer()
            if self._stuck_timer is None:
                self._stuck_timer = self._reactor.callLater(STUCK_TIMEOUT_S, self._stuck)
            transport.loseConnection()

    def abort(self, reason: str) -> None:
        """Close now, unsent answers included."""
        if self._closing is None:
            self._closing = reason
        if self.transport is not None and not self._lost:
            transport: Any = self.transport
            transport.abortConnection()

    # -- what Twisted tells -------------------------------------------------------------------

    def connectionMade(self) -> None:
        self._prepare_transport()
        self._owner.line_up()

    def _prepare_transport(self) -> None:
        transport: Any = self.transport
        for option in ("setTcpNoDelay", "setTcpKeepAlive"):
            if hasattr(transport, option):
                getattr(transport, option)(True)
        lowest = transport
        while isinstance(lowest, ProtocolWrapper):
            lowest = lowest.transport
        handle = lowest.getHandle() if hasattr(lowest, "getHandle") else None
        if isinstance(handle, socket.socket):
            for name, value in KEEP_ALIVE:
                if hasattr(socket, name):
                    handle.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        transport.registerProducer(self, True)

    def dataReceived(self, data: bytes) -> None:
        if self._peer_finished or self._closing is not None:
            return
        if not self._began:
            self._began = True
            if begins_like_one(data):
                told = "it begins with a HAProxy header, and no proxy is expected on this port"
                self._refuse(told, "proxy")
                return
        try:
            frames = self._receiver.receive(data)
        except FramingError as error:
            self._hand_over(error.complete)
            self._refuse(str(error))
            return
        self._watch_frame(another=bool(frames))
        self._hand_over(frames)

    def readConnectionLost(self) -> None:
        self._cancel_frame_timer()
        if self._receiver.pending and not self._peer_finished:
            self._log.warning(
                "the peer finished in the middle of a frame",
                peer=self.peer,
                bytes_held=self._receiver.pending,
            )
        self._peer_finished = True
        if not self._frames:
            self._owner.peer_finished()

    def writeConnectionLost(self) -> None:
        """Half-closing is only ever done by the peer here."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._lost = True
        self._frames = None
        self._cancel_frame_timer()
        self._cancel_stuck_timer()
        why = self._closing if self._closing is not None else self._words(reason)
        self._owner.line_lost(why)

    # -- the peer does not read: IPushProducer, called by the transport ---------------------------

    def pauseProducing(self) -> None:
        if self._stuck_timer is None:
            self._stuck_timer = self._reactor.callLater(STUCK_TIMEOUT_S, self._stuck)
        self._pace()

    def resumeProducing(self) -> None:
        self._cancel_stuck_timer()
        self._hand_over([])
        self._pace()

    def stopProducing(self) -> None:
        """The transport is gone; `connectionLost` follows."""

    # -- inside -------------------------------------------------------------------------------

    def _words(self, reason: Failure) -> str:
        """Why the connection ended, when it was not us."""
        if reason.check(ConnectionDone):
            return "closed by the peer"
        if reason.check(ConnectionAborted):
            return "aborted"
        return reason.getErrorMessage()

    def _hand_over(self, more: list[bytes]) -> None:
        if more:
            if self._frames is None:
                self._frames = deque(more)
            else:
                self._frames.extend(more)
        if self._handing_over:
            return
        self._handing_over = True
        try:
            while self._frames and not self._paused:
                self._owner.frame_received(self._frames.popleft())
        finally:
            self._handing_over = False
        if self._frames:
            return
        self._frames = None
        if self._peer_finished and not self._lost and self._closing is None:
            self._owner.peer_finished()

    @property
    def _paused(self) -> bool:
        return self._held or self._stuck_timer is not None

    def _pace(self) -> None:
        if self.transport is None or self._lost or self._peer_finished:
            return
        transport: Any = self.transport
        if self._paused:
            # The rest of a frame may have come: it is us who do not look.
            self._cancel_frame_timer()
            transport.pauseProducing()
        else:
            self._watch_frame(another=False)
            transport.resumeProducing()

    def _watch_frame(self, *, another: bool) -> None:
        if another or not self._receiver.pending:
            self._cancel_frame_timer()
        if self._receiver.pending and self._frame_timer is None and not self._paused:
            self._frame_timer = self._reactor.callLater(FRAME_TIMEOUT_S, self._frame_late)

    def _frame_late(self) -> None:
        self._frame_timer = None
        self._refuse(
            f"a frame began and did not end within {FRAME_TIMEOUT_S:g} s "
            f"({self._receiver.pending} bytes held)"
        )

    def _refuse(self, reason: str, kind: str = "framing") -> None:
        """Read no more; what was whole before is still handed over, then the owner is told."""
        self._log.warning("line refused", peer=self.peer, reason=reason)
        self._read_no_more(kind)
        if not self._frames:
            self._owner.peer_finished()

    def _stuck(self) -> None:
        self._stuck_timer = None
        reason = f"the peer read nothing for {STUCK_TIMEOUT_S:g} s"
        self._log.warning("line dropped", peer=self.peer, reason=reason)
        self.refused_for = "stuck"
        self.abort(reason)

    def _cancel_frame_timer(self) -> None:
        timer, self._frame_timer = self._frame_timer, None
        if timer is not None and timer.active():
            timer.cancel()

    def _cancel_stuck_timer(self) -> None:
        timer, self._stuck_timer = self._stuck_timer, None
        if timer is not None and timer.active():
            timer.cancel()
