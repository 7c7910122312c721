"""The dialling side of a link: it connects, signs on, and does so again whenever it is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.python.failure import Failure

from switch.link.admission import HandOut, secured
from switch.link.counts import NO_COUNTS, LinkCounts
from switch.link.link import Waiting
from switch.link.matching import NotSentError
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

CONNECT_TIMEOUT_S = 5.0
RETRY_FIRST_S = 0.5
RETRY_MAX_S = 30.0
RETRY_JITTER = 0.25
"""Each pause is made up to a quarter shorter or longer, so that many peers do not come at once."""

STOP_TIMEOUT_S = 1.0
"""How long a peer may take to see a stopping line closed."""

DRAIN_TIMEOUT_S = 15.0
"""How long a stopping link waits for the peer's requests: more than any answer may take."""


class Dialer:
    """Keeps one session with a peer that listens."""

    def __init__(
        self,
        runtime: Runtime,
        profile: SessionProfile,
        codec: Codec,
        framing: Framing,
        *,
        host: str,
        port: int,
        handler: Handler = no_requests,
        new_stan: Callable[[], str],
        on_change: Callable[[State], None] = lambda state: None,
        tap: Tap | None = None,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        security: Any = None,
        counts: LinkCounts = NO_COUNTS,
        throttle: Throttle | None = None,
        seal: Seal | None = None,
        unsaid: Unsaid = nothing_unsaid,
        exchange: KeysExchange | None = None,
        stray: Stray = nobody_looks,
    ) -> None:
        self.name = profile.name
        self.host = host
        self.port = port
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
        self._on_change = on_change
        self._connect_timeout_s = connect_timeout_s
        self._random = runtime.random(f"{profile.name}/reconnect")
        self._session: Session | None = None
        self._started = False
        self._refusing = False
        self._pause_s = RETRY_FIRST_S
        self._retry: Any = None
        self._connecting: Deferred[Any] | None = None
        self._refusal = ""
        self._waiting_up = Waiting()
        self._waiting_down = Waiting()

    @property
    def up(self) -> bool:
        """Whether a financial request could be sent now."""
        return self._session is not None and self._session.signed_on

    @property
    def state(self) -> State:
        """The state of the session there is, DOWN when there is none."""
        return self._session.state if self._session is not None else State.DOWN

    @property
    def in_flight(self) -> int:
        """Requests under way, either way."""
        return self._session.in_flight if self._session is not None else 0

    def start(self) -> None:
        """Begin to dial."""
        self._started = True
        self._dial()

    def refuse(self) -> None:
        """Answer 91 to the peer's new requests from now on; ours still pass."""
        self._refusing = True
        if self._session is not None:
            self._session.refuse()

    async def stop(self, *, drain: bool = False) -> None:
        """Hang up and dial no more; resumes when the line is closed.

        With `drain` the peer's requests are answered first, and where we signed on we sign off.
        """
        self._started = False
        if self._retry is not None and self._retry.active():
            self._retry.cancel()
        self._retry = None
        self._waiting_up.give_up()
        if self._connecting is not None:
            self._connecting.cancel()
        session = self._session
        if session is None or session.state is State.DOWN:
            return
        down = self._waiting_down.wait()
        limit_s = STOP_TIMEOUT_S
        if drain and session.handling:
            limit_s = DRAIN_TIMEOUT_S
            session.drain()
        elif drain and self._around.profile.signs_on and session.signed_on:
            session.sign_off().addBoth(lambda _: session.close("stopping"))
        else:
            session.close("stopping")
        timer = self._runtime.reactor.callLater(limit_s, self._abort)
        await down
        if timer.active():
            timer.cancel()

    def hang_up(self, reason: str) -> None:
        """Drop the line there is, as when it is suspected to be dead; another is dialled."""
        if self._session is not None:
            self._session.line.abort(reason)

    def when_up(self) -> Deferred[None]:
        """Fires when the session is signed on (at once when it is); see `Link.when_up`."""
        waiting = self._waiting_up.wait()
        if self.up:
            self._waiting_up.fire()
        return waiting

    def ask(self, request: Message, deadline_s: float) -> Deferred[Message]:
        """Ask on the session there is; fails with NotSentError when there is none."""
        if self._session is None:
            refused: Deferred[Message] = Deferred()
            refused.errback(NotSentError(f"link {self.name} is down {self._refusal}".rstrip()))
            return refused
        return self._session.ask(request, deadline_s)

    def _dial(self) -> None:
        self._retry = None
        session = self._session = Session(self._around)
        session.begin(Input.DIAL)
        reactor, security = self._runtime.reactor, self._around.security
        factory: Any = HandOut(session.line)
        if security is not None:
            factory = secured(security, True, factory, reactor)
        endpoint = TCP4ClientEndpoint(
            reactor, self.host, self.port, timeout=self._connect_timeout_s
        )
        self._connecting = endpoint.connect(factory)
        self._connecting.addCallbacks(self._connected, self._refused)

    def _connected(self, _protocol: object) -> None:
        self._connecting = None

    def _refused(self, failure: Failure) -> None:
        self._connecting = None
        self._session = None
        reason = f"({failure.getErrorMessage()})"
        if self._started:
            # Said aloud once, and again when the reason changes: it may go on for days.
            say = self._around.log.debug if reason == self._refusal else self._around.log.warning
            say("cannot connect", reason=failure.getErrorMessage())
            self._again()
        self._refusal = reason
        self._on_change(State.DOWN)

    def _changed(self, session: Session) -> None:
        if session.state is State.CONNECTED and self._refusing:
            session.refuse()
        elif session.state is State.SIGNED_ON:
            self._pause_s = RETRY_FIRST_S
            self._refusal = ""
            self._waiting_up.fire()
        elif session.state is State.DOWN:
            self._refusal = f"({session.lost_because})"
            self._session = None
            self._waiting_down.fire()
            if self._started:
                self._again()
        self._on_change(session.state)

    def _again(self) -> None:
        spread = 1 + RETRY_JITTER * (2 * self._random.random() - 1)
        self._retry = self._runtime.reactor.callLater(self._pause_s * spread, self._dial)
        self._pause_s = min(self._pause_s * 2, RETRY_MAX_S)

    def _abort(self) -> None:
        if self._session is not None:
            self._session.line.abort("it did not close in time")
