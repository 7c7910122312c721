"""The other side of host commands: any security module, served over TCP.

In front of a `SoftwareModule` it is the simulator of an external module. Each connection is
bounded: in the length and the slowness of a frame, in requests under way, and in answers that
the peer leaves unread.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from switch.keys.commands import (
    NotACommandError,
    read_request,
    write_answer,
    write_error,
)
from switch.keys.errors import SecurityModuleError
from switch.keys.frames import FramedLine
from switch.keys.module import SecurityModule
from switch.keys.requests import Request
from switch.runtime import Runtime

LOOPBACK = "127.0.0.1"
CONNECTIONS_MAX = 64
IN_FLIGHT_MAX = 256
"""Requests of one connection under way; then it is read no further until some are answered."""

STUCK_TIMEOUT_S = 30.0
"""How long a peer may leave its answers unread before it is dropped."""

STOPPING = "stopping"


class PortTakenError(Exception):
    """The port cannot be listened on."""


class ModuleServer(Factory):
    """Serves a module on one port of the loopback interface.

    Host commands are not encrypted, as with the modules that banks have: between machines they
    go through a private network or a TLS tunnel, whose end is here.
    """

    noisy = False

    def __init__(self, runtime: Runtime, module: SecurityModule, port: int) -> None:
        self.module = module
        self.runtime = runtime
        self.lines: set[_HostLine] = set()
        self._port = port
        self._listening: Any = None
        self._emptied: Deferred[None] | None = None

    @property
    def port(self) -> int:
        """The port listened on (the one asked for, or the one the system gave for 0)."""
        return self._listening.getHost().port if self._listening is not None else self._port

    def start(self) -> None:
        """Listen; raises PortTakenError."""
        try:
            self._listening = self.runtime.reactor.listenTCP(self._port, self, interface=LOOPBACK)
        except CannotListenError as error:
            raise PortTakenError(
                f"cannot listen on {LOOPBACK}:{self._port} for host commands: "
                f"{getattr(error.socketError, 'strerror', None) or error.socketError}"
            ) from None

    async def stop(self) -> None:
        """Close the port and every connection; resumes when they are gone."""
        listening, self._listening = self._listening, None
        if listening is not None:
            closed = listening.stopListening()
            if closed is not None:
                await closed
        if self.lines:
            self._emptied = Deferred()
            for line in list(self.lines):
                line.refuse(STOPPING)
            await self._emptied

    def buildProtocol(self, addr: IAddress | None) -> _HostLine | None:
        if len(self.lines) >= CONNECTIONS_MAX:
            reason = f"{CONNECTIONS_MAX} connections are open"
            self.runtime.log.warning("host connection refused", reason=reason)
            return None
        return _HostLine(self)

    def line_lost(self, line: _HostLine) -> None:
        """A connection is gone."""
        self.lines.discard(line)
        if not self.lines and self._emptied is not None:
            emptied, self._emptied = self._emptied, None
            emptied.callback(None)


class _HostLine(FramedLine):
    """One connection."""

    def __init__(self, server: ModuleServer) -> None:
        super().__init__(server.runtime.reactor)
        self._server = server
        self._under_way = 0
        self._unread = False
        self._stuck_timer: Any = None

    def connectionMade(self) -> None:
        super().connectionMade()
        self._server.lines.add(self)
        transport: Any = self.transport
        # told to pause while the peer leaves answers unread
        transport.registerProducer(self, True)

    def frame_received(self, body: bytes) -> None:
        try:
            number, request = read_request(body)
        except NotACommandError as error:
            self.refuse(str(error))
            return
        if isinstance(request, SecurityModuleError):
            self.send_frame(write_error(number, request))
            return
        self._under_way += 1
        self._pace()
        done = self._server.module.perform(request)
        done.addCallbacks(
            self._answer, self._error, callbackArgs=(number, request), errbackArgs=(number,)
        )
        done.addErrback(self._broken)

    def line_lost(self) -> None:
        self._cancel_stuck_timer()
        if self.lost_because != STOPPING:
            self._server.runtime.log.info("host connection lost", reason=self.lost_because)
        self._server.line_lost(self)

    # -- the peer does not read: called by the transport ---------------------------------------

    def pauseProducing(self) -> None:
        self._unread = True
        if self._stuck_timer is None:
            reactor = self._server.runtime.reactor
            self._stuck_timer = reactor.callLater(STUCK_TIMEOUT_S, self._stuck)
        self._pace()

    def resumeProducing(self) -> None:
        self._unread = False
        self._cancel_stuck_timer()
        self._pace()

    def stopProducing(self) -> None:
        """The transport is gone; `line_lost` follows."""

    # -- inside -------------------------------------------------------------------------------

    def _answer(self, result: Any, number: int, request: Request[Any]) -> None:
        self._under_way -= 1
        self.send_frame(write_answer(number, request, result))
        self._pace()

    def _error(self, failure: Failure, number: int) -> None:
        self._under_way -= 1
        error = failure.value
        if not isinstance(error, SecurityModuleError):
            error = SecurityModuleError(f"the module failed: {type(error).__name__}")
        self.send_frame(write_error(number, error))
        self._pace()

    def _broken(self, failure: Failure) -> None:
        self.refuse(f"an answer could not be written: {type(failure.value).__name__}")

    def _pace(self) -> None:
        self.hold(self._unread or self._under_way >= IN_FLIGHT_MAX)

    def _stuck(self) -> None:
        self._stuck_timer = None
        self.refuse(f"the peer read nothing for {STUCK_TIMEOUT_S:g} s")

    def _cancel_stuck_timer(self) -> None:
        timer, self._stuck_timer = self._stuck_timer, None
        if timer is not None and timer.active():
            timer.cancel()
