"""A session: what two parties say to each other on one line.

It reads messages, answers the network-management ones itself (sign-on, echo, sign-off), gives
requests to its handler and sends back what the handler answers, asks requests of its own and
matches their answers. Sign-on belongs to the line: whatever terminals it carries, they share it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from switch.link.answers import answer_to
from switch.link.line import Line
from switch.link.matching import FINANCIAL_KEY, NoAnswerError, NotSentError, Pending
from switch.link.states import Input, State, next_state
from switch.runtime import Log, Runtime, transmission_time
from switch.wire import Codec, Framing, Message, WireError
from switch.wire.mti import is_answer, is_request, known, message_class

SIGN_ON, SIGN_OFF, ECHO = "001", "002", "301"
ECHO_TIMEOUT_S = 10.0
ECHOES_LOST_MAX = 3
IN_FLIGHT_MAX = 64


@dataclass(frozen=True)
class SessionProfile:
    """How one link's sessions behave."""

    name: str
    signs_on: bool = False
    """Whether we open the session (the side that dials usually does)."""
    echo_every_s: float | None = None
    """Silence after which we send an echo; None: we send none."""
    in_flight_max: int = IN_FLIGHT_MAX
    """Requests of the peer being handled at once; beyond it the line is not read."""
    key: tuple[str, ...] = FINANCIAL_KEY
    sign_on_elements: tuple[tuple[str, str], ...] = ()
    """More elements of our 0800, such as the terminal (DE41)."""


class Tap(Protocol):
    """Sees every message of a session as it passes, for people, histories and faults."""

    def __call__(self, session: Session, direction: str, message: Message) -> None:
        """`direction` is "in" or "out", seen from the session."""
        ...


Handler = Callable[[Message, "Session"], Awaitable[Message | None]]
"""Answers a request; None answers nothing."""


def no_requests(request: Message, session: Session) -> Awaitable[Message | None]:
    """The handler of a session on which only we ask: 12, invalid transaction."""
    answered: Deferred[Message | None] = Deferred()
    answered.callback(answer_to(request, "12"))
    return answered


class Session:
    """One conversation, from the moment its line is up until it is lost."""

    def __init__(
        self,
        runtime: Runtime,
        codec: Codec,
        framing: Framing,
        profile: SessionProfile,
        *,
        handler: Handler = no_requests,
        new_stan: Callable[[], str],
        on_change: Callable[[Session], None] = lambda session: None,
        tap: Tap | None = None,
    ) -> None:
        self.profile = profile
        self.state = State.DOWN
        self.lost_because = ""
        self._runtime = runtime
        self._reactor: Any = runtime.reactor
        self._codec = codec
        self._handler = handler
        self._new_stan = new_stan
        self._on_change = on_change
        self._tap = tap
        self._log: Log = runtime.log.bind(link=profile.name)
        self._pending = Pending(runtime.reactor, profile.key)
        self._in_flight = 0
        self._finishing: str | None = None
        self._echo_timer: Any = None
        self._echoes_lost = 0
        self.line = Line(runtime.reactor, framing, self._log, self)

    # -- what others ask ----------------------------------------------------------------------

    @property
    def signed_on(self) -> bool:
        """Whether financial messages may pass."""
        return self.state is State.SIGNED_ON and self.line.open

    @property
    def in_flight(self) -> int:
        """Requests being handled for the peer, plus our own that wait for an answer."""
        return self._in_flight + len(self._pending)

    def ask(self, request: Message, deadline_s: float) -> Deferred[Message]:
        """Send `request`; fires with its answer.

        Fails with NotSentError when it never left, with NoAnswerError when it did and no answer
        came within `deadline_s` seconds or before the line was lost.
        """
        if not self.line.open or not (self.signed_on or message_class(request.mti) == "8"):
            refused: Deferred[Message] = Deferred()
            refused.errback(NotSentError(f"link {self.profile.name} is {self.state.value}"))
            return refused
        try:
            body = self._codec.encode(request)
        except WireError as error:
            unfit: Deferred[Message] = Deferred()
            unfit.errback(NotSentError(f"the request cannot be encoded: {error}"))
            return unfit
        answered = self._pending.wait(request, deadline_s)
        if not answered.called:
            self._send(request, body)
        return answered

    def drain(self) -> None:
        """Answer 91 to new requests, finish those under way, then close the line."""
        self._move(Input.DRAIN)
        self._finish("drained")

    def close(self, reason: str) -> None:
        """Close at once."""
        self.line.close(reason)

    def sign_off(self) -> Deferred[Message]:
        """Tell the peer that no more financial messages will come."""
        return self._network(SIGN_OFF, ECHO_TIMEOUT_S)

    # -- what the line tells --------------------------------------------------------------------

    def line_up(self) -> None:
        self._log.info("line up", peer=self.line.peer)
        self._move(Input.LINE_UP)
        if self.profile.signs_on:
            self._sign_on()
        else:
            self._rest()

    def frame_received(self, body: bytes) -> None:
        self._echoes_lost = 0
        self._rest()
        try:
            message = self._codec.decode(body)
        except WireError as error:
            self._unreadable(error)
            return
        self._see("in", message)
        if is_answer(message.mti):
            if (reason := self._pending.match(message)) is not None:
                self._log.warning(
                    "answer matches nothing",
                    mti=message.mti,
                    stan=message.text("11"),
                    terminal=message.text("41"),
                    reason=reason,
                )
        elif not is_request(message.mti):
            self._log.warning(
                "message ignored", mti=message.mti, reason="nothing answers this type"
            )
        elif not known(message.mti) or not message.text("11"):
            missing = "no DE11" if known(message.mti) else "unknown message type"
            self._log.warning("request refused", mti=message.mti, reason=missing)
            self._answer(answer_to(message, "30"))
        elif message_class(message.mti) == "8":
            self._answer(self._manage(message))
        elif self.state is not State.SIGNED_ON:
            self._log.warning("request refused", mti=message.mti, reason=self.state.value)
            self._answer(answer_to(message, "91"))
        else:
            self._handle(message)

    def peer_finished(self) -> None:
        """Nothing more will be read: the peer still gets the answers it is owed."""
        self._finish("the peer finished")

    def line_lost(self, reason: str) -> None:
        self.lost_because = reason
        self._log.info("line lost", reason=reason)
        self._cancel_echo()
        self._move(Input.LINE_LOST)
        self._pending.fail_all(f"the line was lost: {reason}")

    # -- requests of the peer -------------------------------------------------------------------

    def _handle(self, request: Message) -> None:
        self._in_flight += 1
        if self._in_flight >= self.profile.in_flight_max:
            self.line.hold()

        async def handled() -> Message | None:
            return await self._handler(request, self)

        def failed(failure: Failure) -> Message:
            # The exception's text may hold cardholder data: only its type and place are told.
            self._log.error(
                "request failed inside",
                mti=request.mti,
                stan=request.text("11"),
                error=failure.type.__name__ if failure.type else "unknown",
                at=_place(failure),
            )
            return answer_to(request, "96")

        def done(answer: Message | None) -> None:
            if answer is not None:
                self._answer(answer)
            held = self._in_flight >= self.profile.in_flight_max
            self._in_flight -= 1
            if held:
                self.line.resume()
            self._close_when_finished()

        Deferred.fromCoroutine(handled()).addErrback(failed).addCallback(done)

    def _manage(self, request: Message) -> Message:
        function = request.text("70")
        if function == SIGN_ON:
            if self.state is State.DRAINING:
                return answer_to(request, "91")
            self._log.info("peer signed on", terminal=request.text("41"))
            self._move(Input.SIGNED_ON)
            return answer_to(request, "00")
        if function == SIGN_OFF:
            self._log.info("peer signed off", terminal=request.text("41"))
            self._move(Input.SIGNED_OFF)
            return answer_to(request, "00")
        if function == ECHO:
            return answer_to(request, "00")
        code = "12" if function else "30"
        self._log.warning(
            "request refused",
            mti=request.mti,
            reason=f"DE70 {function} is not supported" if function else "no DE70",
        )
        return answer_to(request, code)

    def _unreadable(self, error: WireError) -> None:
        self._log.warning("message refused", peer=self.line.peer, reason=str(error))
        partial = error.partial
        if not error.readable:
            self.line.stop_reading()
            self._finish("a message could not be read")
        elif is_request(partial.mti):
            wrong = {each.field.split(".")[0] for each in (error.complaint, *error.others)}
            self._answer(answer_to(partial, "30", without=wrong))

    def _answer(self, answer: Message) -> None:
        try:
            body = self._codec.encode(answer)
        except WireError as error:
            self._log.error("answer cannot be encoded", mti=answer.mti, reason=str(error))
            return
        self._send(answer, body)

    def _send(self, message: Message, body: bytes) -> None:
        self._see("out", message)
        self.line.send(body)

    def _see(self, direction: str, message: Message) -> None:
        if self._tap is not None:
            self._tap(self, direction, message)

    # -- sign-on and echo -----------------------------------------------------------------------

    def _network(self, function: str, deadline_s: float) -> Deferred[Message]:
        request = Message(
            {
                "t": "0800",
                "7": transmission_time(self._runtime.wall_clock.now()),
                "11": self._new_stan(),
                **dict(self.profile.sign_on_elements),
                "70": function,
            }
        )
        return self.ask(request, deadline_s)

    def _sign_on(self) -> None:
        def answered(answer: Message) -> None:
            code = answer.text("39")
            if code == "00":
                self._log.info("signed on")
                self._move(Input.SIGNED_ON)
                self._rest()
            else:
                self._log.warning("sign-on refused", response_code=code)
                self.line.close(f"sign-on refused with {code}")

        def failed(failure: Failure) -> None:
            failure.trap(NotSentError, NoAnswerError)
            if self.line.open:
                self._log.warning("sign-on failed", reason=failure.getErrorMessage())
                self.line.close("sign-on was not answered")

        self._network(SIGN_ON, ECHO_TIMEOUT_S).addCallbacks(answered, failed)

    def _rest(self) -> None:
        """Start the idle time again: an echo goes out when it has passed."""
        every_s = self.profile.echo_every_s
        if every_s is None or not self.line.open:
            return
        if self._echo_timer is not None and self._echo_timer.active():
            self._echo_timer.reset(every_s)
        else:
            self._echo_timer = self._reactor.callLater(every_s, self._echo)

    def _echo(self) -> None:
        # A word of the peer may have started the idle time while an echo was under way.
        self._cancel_echo()

        def failed(failure: Failure) -> None:
            failure.trap(NotSentError, NoAnswerError)
            if not self.line.open:
                return
            self._echoes_lost += 1
            self._log.warning("echo was not answered", lost=self._echoes_lost)
            if self._echoes_lost >= ECHOES_LOST_MAX:
                self.line.abort(f"{ECHOES_LOST_MAX} echoes were not answered")
            else:
                self._echo()

        self._network(ECHO, ECHO_TIMEOUT_S).addCallbacks(lambda _: self._rest(), failed)

    def _cancel_echo(self) -> None:
        timer, self._echo_timer = self._echo_timer, None
        if timer is not None and timer.active():
            timer.cancel()

    # -- the end ----------------------------------------------------------------------------------

    def _finish(self, reason: str) -> None:
        if self._finishing is None:
            self._finishing = reason
        self._close_when_finished()

    def _close_when_finished(self) -> None:
        if self._finishing is not None and self._in_flight == 0:
            self.line.close(self._finishing)

    def _move(self, happened: Input) -> None:
        before, self.state = self.state, next_state(self.state, happened)
        if self.state is not before:
            self._on_change(self)


def _place(failure: Failure) -> str:
    frames = failure.frames
    if not frames:
        return "unknown"
    function, file, line = frames[-1][:3]
    return f"{file}:{line} in {function}"
