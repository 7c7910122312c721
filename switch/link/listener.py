"""The listening side of a link: every line that a peer opens gets a session of its own."""

from __future__ import annotations

from collections.abc import Callable, KeysView, Sequence
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.internet.protocol import Protocol as TwistedProtocol

from switch.link.admission import Admission, HandOut, secured
from switch.link.counts import NO_COUNTS, LinkCounts
from switch.link.link import Waiting, first_that_sends
from switch.link.pacing import Throttle
from switch.link.profile import (
    Handler,
    SessionProfile,
    Stray,
    Surroundings,
    Tap,
    Unsaid,
    no_requests,
    nobody_looks,
    nothing_unsaid,
)
from switch.link.sealing import KeysExchange, Seal
from switch.link.session import Session
from switch.link.states import Input, State
from switch.runtime import Runtime
from switch.wire import Codec, Framing, Message

LINES_MAX = 20_000
"""Lines open at once; one more is closed as it comes."""

DRAIN_TIMEOUT_S = 15.0
"""How long a stopping listener waits for requests under way: more than any answer may take."""

ORDER = (State.SIGNED_ON, State.DRAINING, State.CONNECTED, State.CONNECTING)
"""States of sessions from the best to the worst; without any, the link is down."""


class AddressTakenError(Exception):
    """The port cannot be listened on."""


class Listener(Factory):
    """Accepts lines on one port; where the peer is a host, requests are asked on them in turn."""

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
        on_change: Callable[[State], None] = lambda state: None,
        tap: Tap | None = None,
        lines_max: int = LINES_MAX,
        allow: Sequence[str] = (),
        proxied_by: Sequence[str] = (),
        security: Any = None,
        counts: LinkCounts = NO_COUNTS,
        throttle: Throttle | None = None,
        seal: Seal | None = None,
        unsaid: Unsaid = nothing_unsaid,
        exchange: KeysExchange | None = None,
        stray: Stray = nobody_looks,
    ) -> None:
        self.name = profile.name
        # Not a set: its order would differ from run to run, and so would a replay.
        self._sessions: dict[Session, None] = {}
        self._runtime = runtime
        self._around = Surroundings(
            runtime,
            profile,
            codec,
            framing,
            handler,
            new_stan,
            self._changed,
            runtime.log.bind(link=profile.name),
            tap,
            counts,
            throttle,
            security,
            seal,
            unsaid,
            exchange=exchange,
            stray=stray,
        )
        self._port = port
        self._interface = interface
        self._on_change = on_change
        self._refusing = False
        self._admission = Admission(self._around, lines_max, allow, proxied_by)
        self._hand_out = HandOut()
        self._secured = (
            None if security is None else secured(security, False, self._hand_out, runtime.reactor)
        )
        self._listening: Any = None
        self._emptied = Waiting()
        self._waiting_up = Waiting()

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

    @property
    def up(self) -> bool:
        """Whether a financial request could be sent to a peer now."""
        return any(session.signed_on for session in self._sessions)

    @property
    def state(self) -> State:
        """The state of the session that stands best, DOWN when there is none."""
        states = {session.state for session in self._sessions}
        return next((state for state in ORDER if state in states), State.DOWN)

    @property
    def in_flight(self) -> int:
        """Requests under way on all lines, either way."""
        return sum(session.in_flight for session in self._sessions)

    def start(self) -> None:
        """Listen; raises AddressTakenError when the port is not to be had."""
        try:
            self._listening = self._runtime.reactor.listenTCP(
                self._port,
                self._admission.before(self),
                backlog=1024,
                interface=self._interface,
            )
        except CannotListenError as error:
            raise AddressTakenError(
                f"cannot listen on {self._interface}:{self._port} for {self.name}: "
                f"{getattr(error.socketError, 'strerror', None) or error.socketError}"
            ) from None

    def refuse(self) -> None:
        """Answer 91 to new requests from now on; the lines stay, for answers and for ours."""
        self._refusing = True
        for session in list(self._sessions):
            session.refuse()

    async def stop(self, *, drain: bool = False) -> None:
        """Accept no more lines and close those there are; with `drain`, after their requests."""
        listening, self._listening = self._listening, None
        if listening is not None:
            await _maybe(listening.stopListening())
        self._admission.close()
        self._waiting_up.give_up()
        for session in list(self._sessions):
            if drain:
                session.drain()
            else:
                session.close("stopping")
        if self._sessions:
            await self._empty(DRAIN_TIMEOUT_S if drain else 1.0)

    def when_up(self) -> Deferred[None]:
        """Fires when a peer is signed on (at once when one is); see `Link.when_up`."""
        waiting = self._waiting_up.wait()
        if self.up:
            self._waiting_up.fire()
        return waiting

    def ask(self, request: Message, deadline_s: float) -> Deferred[Message]:
        """Ask on the line that is signed on and least busy; fails as a session's `ask` does."""
        ready = [session for session in self._sessions if session.signed_on]
        ready.sort(key=lambda session: session.in_flight)
        return first_that_sends(
            [partial(session.ask, request, deadline_s) for session in ready],
            f"link {self.name} is {self.state.value}: no line is signed on",
        )

    def buildProtocol(self, addr: IAddress | None) -> TwistedProtocol | None:
        if not self._admission.admits(addr, len(self._sessions)):
            return None
        session = Session(self._around)
        self._sessions[session] = None
        session.begin(Input.ACCEPTED)
        if self._secured is None:
            return session.line
        wrapped: TwistedProtocol = self._hand_out.through(self._secured, session.line, addr)
        return wrapped

    def _changed(self, session: Session) -> None:
        if session.state is State.DOWN:
            self._sessions.pop(session, None)
            if not self._sessions:
                self._emptied.fire()
        elif session.state is State.CONNECTED and self._refusing:
            session.refuse()
        elif session.state is State.SIGNED_ON:
            self._waiting_up.fire()
        self._on_change(session.state)

    async def _empty(self, limit_s: float) -> None:
        emptied = self._emptied.wait()
        timer = self._runtime.reactor.callLater(limit_s, self._abort_all)
        await emptied
        if timer.active():
            timer.cancel()

    def _abort_all(self) -> None:
        for session in list(self._sessions):
            session.line.abort("it did not end in time")


async def _maybe(result: Any) -> None:
    if isinstance(result, Deferred):
        await DeferredList([result])
