"""The dialling side of a link: it connects, signs on, and does so again whenever it is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.python.failure import Failure

from switch.link.matching import NotSentError
from switch.link.session import Handler, Session, SessionProfile, Tap, no_requests
from switch.link.states import State
from switch.runtime import Runtime
from switch.wire import Codec, Framing, Message

CONNECT_TIMEOUT_S = 5.0
RETRY_FIRST_S = 0.5
RETRY_MAX_S = 30.0
RETRY_JITTER = 0.25
"""Each pause is made up to a quarter shorter or longer, so that many peers do not come at once."""


class _OneLine(Factory):
    noisy = False

    def __init__(self, session: Session) -> None:
        self._session = session

    def buildProtocol(self, addr: IAddress | None) -> TwistedProtocol:
        return self._session.line


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
    ) -> None:
        self.name = profile.name
        self.host = host
        self.port = port
        self._runtime = runtime
        self._profile = profile
        self._codec = codec
        self._framing = framing
        self._handler = handler
        self._new_stan = new_stan
        self._on_change = on_change
        self._tap = tap
        self._random = runtime.random(f"{profile.name}/reconnect")
        self._session: Session | None = None
        self._started = False
        self._pause_s = RETRY_FIRST_S
        self._retry: Any = None
        self._connecting: Deferred[Any] | None = None
        self._refusal = ""
        self._waiting_up: list[Deferred[None]] = []
        self._waiting_down: list[Deferred[None]] = []

    @property
    def up(self) -> bool:
        """Whether a financial request could be sent now."""
        return self._session is not None and self._session.signed_on

    @property
    def state(self) -> State:
        """The state of the session there is, DOWN when there is none."""
        return self._session.state if self._session is not None else State.DOWN

    def start(self) -> None:
        """Begin to dial."""
        self._started = True
        self._dial()

    async def stop(self) -> None:
        """Hang up and dial no more; resumes when the line is closed."""
        self._started = False
        if self._retry is not None and self._retry.active():
            self._retry.cancel()
        self._retry = None
        if self._connecting is not None:
            self._connecting.cancel()
        if self._session is not None and self._session.state is not State.DOWN:
            down: Deferred[None] = Deferred()
            self._waiting_down.append(down)
            self._session.close("stopping")
            timer = self._runtime.reactor.callLater(1.0, self._abort)
            await down
            if timer.active():
                timer.cancel()

    def hang_up(self, reason: str) -> None:
        """Drop the line there is, as when it is suspected to be dead; another is dialled."""
        if self._session is not None:
            self._session.line.abort(reason)

    def when_up(self) -> Deferred[None]:
        """Fires when the session is signed on (at once when it is)."""
        waiting: Deferred[None] = Deferred()
        if self.up:
            waiting.callback(None)
        else:
            self._waiting_up.append(waiting)
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
        endpoint = TCP4ClientEndpoint(
            self._runtime.reactor, self.host, self.port, timeout=CONNECT_TIMEOUT_S
        )
        self._session = session
        connecting = endpoint.connect(_OneLine(session))
        self._connecting = connecting
        connecting.addCallbacks(self._connected, self._refused)

    def _connected(self, _protocol: object) -> None:
        self._connecting = None

    def _refused(self, failure: Failure) -> None:
        self._connecting = None
        self._session = None
        self._refusal = f"({failure.getErrorMessage()})"
        if self._started:
            self._runtime.log.debug(
                "cannot connect", link=self.name, reason=failure.getErrorMessage()
            )
            self._again()

    def _changed(self, session: Session) -> None:
        if session.state is State.SIGNED_ON:
            self._pause_s = RETRY_FIRST_S
            self._refusal = ""
            waiting, self._waiting_up = self._waiting_up, []
            for each in waiting:
                each.callback(None)
        elif session.state is State.DOWN:
            self._refusal = f"({session.lost_because})"
            self._session = None
            waiting, self._waiting_down = self._waiting_down, []
            for each in waiting:
                each.callback(None)
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
