"""The listening side of a link: every line that a peer opens gets a session of its own."""

from __future__ import annotations

from collections.abc import Callable, KeysView
from typing import Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.internet.protocol import Protocol as TwistedProtocol

from switch.link.session import Handler, Session, SessionProfile, Tap, no_requests
from switch.link.states import State
from switch.runtime import Runtime
from switch.wire import Codec, Framing

LINES_MAX = 20_000
"""Lines open at once; one more is closed as it comes."""

DRAIN_TIMEOUT_S = 15.0
"""How long a stopping listener waits for requests under way: more than any answer may take."""


class AddressTakenError(Exception):
    """The port cannot be listened on."""


class Listener(Factory):
    """Accepts lines on one port."""

    noisy = False

    def __init__(
        self,
        runtime: Runtime,
        profile: SessionProfile,
        codec: Codec,
        framing: Framing,
        *,
        port: int,
        interface: str = "127.0.0.1",
        handler: Handler = no_requests,
        new_stan: Callable[[], str],
        tap: Tap | None = None,
        lines_max: int = LINES_MAX,
    ) -> None:
        # Not a set: its order would differ from run to run, and so would a replay.
        self._sessions: dict[Session, None] = {}
        self._runtime = runtime
        self._profile = profile
        self._codec = codec
        self._framing = framing
        self._port = port
        self._interface = interface
        self._handler = handler
        self._new_stan = new_stan
        self._tap = tap
        self._lines_max = lines_max
        self._listening: Any = None
        self._emptied: list[Deferred[None]] = []

    @property
    def sessions(self) -> KeysView[Session]:
        """The sessions of the lines that are open, oldest first."""
        return self._sessions.keys()

    @property
    def port(self) -> int:
        """The port listened on (the one asked for, or the one the system gave for 0)."""
        return self._listening.getHost().port if self._listening is not None else self._port

    @property
    def listening(self) -> bool:
        """Whether lines are accepted."""
        return self._listening is not None

    def start(self) -> None:
        """Listen; raises AddressTakenError when the port is not to be had."""
        try:
            self._listening = self._runtime.reactor.listenTCP(
                self._port, self, backlog=1024, interface=self._interface
            )
        except CannotListenError as error:
            raise AddressTakenError(
                f"cannot listen on {self._interface}:{self._port} for {self._profile.name}: "
                f"{getattr(error.socketError, 'strerror', None) or error.socketError}"
            ) from None

    async def stop(self, *, drain: bool = False) -> None:
        """Accept no more lines and close those there are; with `drain`, after their requests."""
        listening, self._listening = self._listening, None
        if listening is not None:
            await _maybe(listening.stopListening())
        for session in list(self.sessions):
            if drain:
                session.drain()
            else:
                session.close("stopping")
        if self.sessions:
            await self._empty(DRAIN_TIMEOUT_S if drain else 1.0)

    def buildProtocol(self, addr: IAddress | None) -> TwistedProtocol | None:
        if len(self.sessions) >= self._lines_max:
            self._runtime.log.warning(
                "line refused", link=self._profile.name, reason=f"{self._lines_max} are open"
            )
            return None
        session = Session(
            self._runtime,
            self._codec,
            self._framing,
            self._profile,
            handler=self._handler,
            new_stan=self._new_stan,
            on_change=self._changed,
            tap=self._tap,
        )
        self._sessions[session] = None
        return session.line

    def _changed(self, session: Session) -> None:
        if session.state is State.DOWN:
            self._sessions.pop(session, None)
            if not self.sessions:
                waiting, self._emptied = self._emptied, []
                for each in waiting:
                    each.callback(None)

    async def _empty(self, limit_s: float) -> None:
        emptied: Deferred[None] = Deferred()
        self._emptied.append(emptied)
        timer = self._runtime.reactor.callLater(limit_s, self._abort_all)
        await emptied
        if timer.active():
            timer.cancel()

    def _abort_all(self) -> None:
        for session in list(self.sessions):
            session.line.abort("it did not end in time")


async def _maybe(result: Any) -> None:
    if isinstance(result, Deferred):
        await DeferredList([result])
