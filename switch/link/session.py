"""A session: what two parties say to each other on one line.

It reads messages, answers the network-management ones itself (sign-on, echo, sign-off), gives
requests to its handler and sends back what the handler answers, asks requests of its own and
matches their answers. Sign-on belongs to the line: whatever terminals it carries, they share it.
"""

from __future__ import annotations

from collections.abc import Awaitable
from types import CoroutineType
from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure

from switch.link.addressed import addressed, came_behind
from switch.link.answers import answer_to
from switch.link.echoes import ECHO, Echoes
from switch.link.line import Line
from switch.link.matching import (
    NoAnswerError,
    NotSentError,
    Pending,
    UnencodableError,
    Unmatched,
)
from switch.link.profile import CloseLineError, Handler, SessionProfile, Surroundings
from switch.link.sealing import Seal
from switch.link.states import Input, State, next_state
from switch.runtime import transmission_time
from switch.wire import Message, WireError
from switch.wire.mti import is_answer, is_request, known, message_class

SIGN_ON, SIGN_OFF = "001", "002"

MACS = ("64", "128")
"""Where a MAC travels: it is this line's, and goes no further."""

SIGN_ON_AGAIN_S = 60.0
"""A peer that signed us off is asked again after this, where it is us who sign on."""


class Session:
    """One conversation, from the moment its line is up until it is lost."""

    # There may be ten thousand, most of them idle: a slot is a fifth of what a dictionary costs.
    __slots__ = (
        *("_around", "_echoes", "_finishing", "_in_flight", "_pending", "_sign_on_timer"),
        *("_checking", "_sealing", "_throttled", "_was_signed_on", "line", "lost_because", "state"),
    )

    def __init__(self, around: Surroundings) -> None:
        self.state = State.DOWN
        self.lost_because = ""
        self._around = around
        self._pending: Pending | None = None
        self._in_flight = 0
        self._throttled = False
        self._checking = False
        self._sealing = 0
        self._was_signed_on = False
        self._finishing: str | None = None
        self._sign_on_timer: Any = None
        reactor, every_s = around.runtime.reactor, around.profile.echo_every_s
        self._echoes = Echoes(reactor, self, every_s) if every_s is not None else None
        if around.security is None:
            self.line = Line(reactor, around.framing, around.log, self)
        else:
            # Here, so that parties without TLS do not load OpenSSL when they start.
            from switch.link.secure_line import SecureLine

            self.line = SecureLine(reactor, around.framing, around.log, self, around.security)

    # -- what others ask ----------------------------------------------------------------------

    @property
    def profile(self) -> SessionProfile:
        """How the sessions of this link behave."""
        return self._around.profile

    @property
    def signed_on(self) -> bool:
        """Whether our financial requests may pass; while draining they still do."""
        on = self.state is State.SIGNED_ON or (self.state is State.DRAINING and self._was_signed_on)
        return on and self.line.open

    @property
    def in_flight(self) -> int:
        """Requests being handled for the peer, plus our own that wait for an answer."""
        return self._in_flight + self._asked

    @property
    def handling(self) -> int:
        """Requests being handled for the peer."""
        return self._in_flight

    def ask(self, request: Message, deadline_s: float) -> Deferred[Message]:
        """Send `request`; fires with its answer.

        Fails with NotSentError when it never left (not signed on, too many under way, it cannot
        be encoded), with NoAnswerError when it did and no answer came within `deadline_s` seconds
        or before the line was lost.
        """
        managing = message_class(request.mti) == "8"
        if not self.line.open or not (managing or self.signed_on):
            return _not_sent(f"link {self.profile.name} is {self.state.value}")
        if not managing and self._asked >= self.profile.in_flight_max:
            told = f"{self._asked} requests are under way, the most there may be"
            return _not_sent(f"link {self.profile.name} is busy: {told}")
        seal = self._around.seal
        if seal is not None and seal.covers(request.mti):
            return self._ask_sealed(seal, request, deadline_s)
        try:
            body = self._around.codec.encode(request)
        except WireError as error:
            return fail(UnencodableError(f"the request cannot be encoded: {error}"))
        return self._ask_encoded(request, body, deadline_s)

    def _ask_sealed(self, seal: Seal, request: Message, deadline_s: float) -> Deferred[Message]:
        def sealed(body: bytes) -> Deferred[Message]:
            if not self.line.open:
                return _not_sent(f"link {self.profile.name} is {self.state.value}")
            return self._ask_encoded(request, body, deadline_s)

        def failed(failure: Failure) -> Deferred[Message]:
            if failure.check(UnencodableError) is not None:
                return fail(failure)
            return _not_sent(f"the request cannot be sent: {failure.getErrorMessage()}")

        return seal.close(request).addCallbacks(sealed, failed)

    def _ask_encoded(self, request: Message, body: bytes, deadline_s: float) -> Deferred[Message]:
        if self._pending is None:
            self._pending = self._new_pending()
        answered = self._pending.wait(request, deadline_s)
        if not answered.called:
            self._send(request, body)
        return answered

    def manage(self, function: str) -> Deferred[Message]:
        """Ask a network-management function (DE70); fails as `ask` does."""
        around, profile = self._around, self.profile
        request = Message(
            {
                "t": "0800",
                "7": transmission_time(around.runtime.wall_clock.now()),
                "11": self.new_stan(),
                **dict(profile.sign_on_elements),
                "70": function,
            }
        )
        return self.ask(request, profile.echo_timeout_s)

    def new_stan(self) -> str:
        """The next trace number (DE11) of this side, whoever asks on the line."""
        return self._around.new_stan()

    def refuse(self) -> None:
        """Answer 91 to new requests from now on; the line stays, for answers and for ours."""
        self._was_signed_on = self._was_signed_on or self.state is State.SIGNED_ON
        self._move(Input.DRAIN)

    def drain(self) -> None:
        """Answer 91 to new requests, finish those under way, then close the line."""
        self.refuse()
        self._finish("drained")

    def close(self, reason: str) -> None:
        """Close at once."""
        self.line.close(reason)

    def sign_off(self) -> Deferred[Message]:
        """Tell the peer that no more financial messages will come; fails as `ask` does."""
        return self.manage(SIGN_OFF)

    def begin(self, how: Input) -> None:
        """The line is dialled, or was accepted."""
        self._move(how)

    def echo_lost(self, in_a_row: int) -> None:
        """An echo of ours went unanswered."""
        self._around.counts.echo_lost(self.profile.name)
        self._around.log.warning("echo was not answered", lost=in_a_row)

    # -- what the line tells --------------------------------------------------------------------

    def line_up(self) -> None:
        self._around.log.info("line up", peer=self.line.peer)
        # Whoever makes sessions outside of a link need not say how the line came to be.
        self._move(Input.ACCEPTED)
        self._move(Input.LINE_UP)
        if self.profile.without_sign_on:
            self._move(Input.SIGNED_ON)
        if self.profile.signs_on:
            self._sign_on()
        elif self._echoes is not None:
            self._echoes.heard()

    def frame_received(self, body: bytes) -> None:
        if self._echoes is not None:
            self._echoes.heard()
        try:
            message = addressed(self._around.codec.decode(body), body)
        except WireError as error:
            self._unreadable(error, body)
            return
        self._see("in", message)
        seal = self._around.seal
        if seal is not None and seal.covers(message.mti):
            self._authenticate(seal, message, body)
        else:
            self._received(message)

    def _received(self, message: Message) -> None:
        mti = message.mti
        if is_answer(mti):
            self._answered(message)
        elif not is_request(mti):
            self._around.log.warning("message ignored", mti=mti, reason="nothing answers this type")
        elif not known(mti) or not message.text("11"):
            missing = "no DE11" if known(mti) else "unknown message type"
            self._around.log.warning("request refused", mti=mti, reason=missing)
            self._answer(answer_to(message, "30"), message)
        elif self._around.rules.refuse(message):
            self._answer(answer_to(message, "30"), message)
        elif message_class(mti) == "8" and message.text("70") not in self.profile.handed_on:
            self._manage_or_exchange(message)
        elif self.state is not State.SIGNED_ON:
            self._around.log.warning("request refused", mti=mti, reason=self.state.value)
            self._answer(answer_to(message, "91"), message)
        else:
            self._handle(message)

    def _manage_or_exchange(self, message: Message) -> None:
        exchange, function = self._around.exchange, message.text("70")
        if exchange is None or function != exchange.function:
            self._answer(self._manage(message), message)
            if exchange is not None and function == SIGN_ON and self.state is State.SIGNED_ON:
                exchange.signed_on(self, message.text("41").strip())
            return
        self._sealing += 1

        def answered(answer: Message) -> None:
            self._sealing -= 1
            self._answer(answer, message)
            self._close_when_finished()

        def failed(failure: Failure) -> None:
            self._say_failed("key exchange failed inside", message, failure)
            answered(answer_to(message, "96"))

        exchange.received(message).addCallbacks(answered, failed)

    def peer_finished(self) -> None:
        """Nothing more will be read: the peer still gets the answers it is owed."""
        self._finish("the peer finished")

    def line_lost(self, reason: str) -> None:
        around = self._around
        self.lost_because = reason
        around.log.info("line lost", peer=self.line.peer, reason=reason)
        if self.line.refused_for:
            around.counts.line_refused(self.profile.name, self.line.refused_for)
        if self._echoes is not None:
            self._echoes.stop()
        timer, self._sign_on_timer = self._sign_on_timer, None
        if timer is not None and timer.active():
            timer.cancel()
        if self._throttled and around.throttle is not None:
            around.throttle.forget(self._released)
        self._move(Input.LINE_LOST)
        if self._pending is not None:
            self._pending.fail_all(f"the line was lost: {reason}")

    # -- who it comes from ----------------------------------------------------------------------

    def _authenticate(self, seal: Seal, message: Message, body: bytes) -> None:
        """Go on with a message once its MAC is found right; meanwhile no other is read."""

        def checked(reason: str) -> None:
            self._checking = False
            if reason:
                self._unauthentic(seal, message, reason)
            else:
                for element in MACS:
                    message.pop(element, None)
                self._received(message)

        def failed(failure: Failure) -> None:
            self._checking = False
            self._say_failed("authentication failed inside", message, failure)

        checking = seal.check(message, body)
        waits = self._checking = not checking.called
        checking.addCallback(checked).addErrback(failed)
        if waits:
            self.line.hold()
            checking.addCallback(lambda _: self._read_on())

    def _unauthentic(self, seal: Seal, message: Message, reason: str) -> None:
        around = self._around
        around.counts.mac_refused(self.profile.name, reason)
        around.log.error(
            "message is not authentic",
            peer=self.line.peer,
            mti=message.mti,
            stan=message.text("11"),
            terminal=message.text("41"),
            reason=f"MAC: {reason}",
        )
        if seal.refuse_with is not None and is_request(message.mti):
            self._answer(answer_to(message, seal.refuse_with), message)
        if seal.closes:
            self.line.refuse("mac")
            self._finish(f"a message was not authentic: {reason}")

    # -- requests of the peer -------------------------------------------------------------------

    def _handle(self, request: Message) -> None:
        around = self._around
        self._in_flight += 1
        if around.throttle is not None and not self._throttled:
            self._throttled = around.throttle.holds(self._released)
        if self._throttled or self._in_flight >= self.profile.in_flight_max:
            self.line.hold()

        def failed(failure: Failure) -> Message | None:
            if isinstance(failure.value, CloseLineError):
                self.line.refuse(failure.value.kind)
                self._finish(str(failure.value))
                return None
            self._say_failed("request failed inside", request, failure)
            return answer_to(request, "96")

        def done(answer: Message | None) -> None:
            if answer is not None:
                self._answer(answer, request)
            held = self._in_flight >= self.profile.in_flight_max
            self._in_flight -= 1
            if held:
                self._read_on()
            self._close_when_finished()

        _started(around.handler, request, self).addErrback(failed).addCallback(done)

    def say(self, answer: Message, request: Message) -> None:
        """Send an answer that the handler did not return, as a host that answers twice does."""
        if self.line.open:
            self._answer(answer, request)

    def _released(self) -> None:
        """What is behind the lines keeps up again."""
        self._throttled = False
        self._read_on()

    def _read_on(self) -> None:
        """Read the line again, unless something still wants it held."""
        busy = self._in_flight >= self.profile.in_flight_max
        if not (busy or self._throttled or self._checking):
            self.line.resume()

    def _say_failed(self, event: str, message: Message, failure: Failure) -> None:
        # The exception's text may hold cardholder data: only its type and place are told.
        self._around.log.error(
            event,
            mti=message.mti,
            stan=message.text("11"),
            error=failure.type.__name__ if failure.type else "unknown",
            at=_place(failure),
        )

    @property
    def _asked(self) -> int:
        return 0 if self._pending is None else len(self._pending)

    def _new_pending(self) -> Pending:
        around = self._around
        return Pending(around.runtime.reactor, self.profile.key, around.rules.matched)

    def _answered(self, answer: Message) -> None:
        pending = self._pending
        if pending is None:
            pending = self._new_pending()
        if (reason := pending.match(answer)) is not None:
            self._unmatched(answer, reason)

    def _unmatched(self, answer: Message, reason: Unmatched) -> None:
        around = self._around
        around.counts.answer_unmatched(self.profile.name, reason.kind)
        wrong = reason.kind == "echo"
        say = around.log.error if wrong else around.log.warning
        say(
            "answer matches nothing",
            mti=answer.mti,
            stan=answer.text("11"),
            terminal=answer.text("41"),
            reason=str(reason),
        )
        if reason.kind in ("late", "nobody"):
            around.stray(answer, str(reason))
        if wrong and self.profile.wrong_echo == "close":
            self.line.refuse("echo")
            self.close("an answer does not repeat its request")

    def _manage(self, request: Message) -> Message:
        function = request.text("70")
        if function == SIGN_ON:
            if self.state is State.DRAINING:
                return answer_to(request, "91")
            self._around.log.info("peer signed on", terminal=request.text("41"))
            self._move(Input.SIGNED_ON)
            return answer_to(request, "00")
        if function == SIGN_OFF:
            self._around.log.info("peer signed off", terminal=request.text("41"))
            self._was_signed_on = False
            self._move(Input.SIGNED_OFF)
            if self.profile.signs_on and self._sign_on_timer is None:
                self._sign_on_timer = self._around.runtime.reactor.callLater(
                    SIGN_ON_AGAIN_S, self._sign_on_again
                )
            return answer_to(request, "00")
        if function == ECHO:
            return answer_to(request, "00")
        code = "12" if function else "30"
        self._around.log.warning(
            "request refused",
            mti=request.mti,
            reason=f"DE70 {function} is not supported" if function else "no DE70",
        )
        return answer_to(request, code)

    def _unreadable(self, error: WireError, body: bytes) -> None:
        self._around.log.warning("message refused", peer=self.line.peer, reason=str(error))
        partial = error.partial
        if not error.readable:
            self.line.refuse("message")
            self._finish("a message could not be read")
        elif is_request(partial.mti):
            wrong = {each.field.split(".")[0] for each in (error.complaint, *error.others)}
            read = Message((key, one) for key, one in partial.items() if key not in wrong)
            self._answer(answer_to(read, "30"), addressed(read, body))

    def _answer(self, answer: Message, request: Message) -> None:
        answer = self._around.rules.echoing(request, answer)
        seal = self._around.seal
        if seal is not None and seal.covers(answer.mti):
            self._answer_sealed(seal, answer, request)
            return
        try:
            body = self._around.codec.encode(answer)
        except WireError as error:
            self._unsayable(answer, request, str(error))
            return
        self._send(answer, body, came_behind(request))

    def _unsayable(self, answer: Message, request: Message, reason: str) -> None:
        """The dialect cannot say this answer: 96 with what the request had, if that can be said."""
        self._around.log.error(
            "answer cannot be encoded", mti=answer.mti, stan=answer.text("11"), reason=reason
        )
        if answer.text("39") != "96":
            self._around.unsaid(request, answer)
            self._answer(answer_to(request, "96"), request)

    def _answer_sealed(self, seal: Seal, answer: Message, request: Message) -> None:
        self._sealing += 1

        def sealed(body: bytes) -> None:
            self._sealing -= 1
            self._send(answer, body, came_behind(request))
            self._close_when_finished()

        def failed(failure: Failure) -> None:
            self._sealing -= 1
            if failure.check(UnencodableError) is not None:
                self._unsayable(answer, request, failure.getErrorMessage())
                self._close_when_finished()
                return
            self._around.log.error(
                "answer cannot be sent", mti=answer.mti, reason=failure.getErrorMessage()
            )
            self._close_when_finished()

        seal.close(answer).addCallbacks(sealed, failed)

    def _send(self, message: Message, body: bytes, reply_to: bytes | None = None) -> None:
        self._see("out", message)
        self.line.send(body, reply_to)

    def _see(self, direction: str, message: Message) -> None:
        if self._around.tap is not None:
            self._around.tap(self, direction, message)

    # -- sign-on ----------------------------------------------------------------------------------

    def _sign_on(self) -> None:
        def answered(answer: Message) -> None:
            code = answer.text("39")
            if code == "00":
                self._around.log.info("signed on")
                self._move(Input.SIGNED_ON)
                if self._around.exchange is not None:
                    self._around.exchange.signed_on(self, "")
            else:
                self._around.log.warning("sign-on refused", response_code=code)
                self._around.counts.line_refused(self.profile.name, "sign-on")
                self.line.close(f"sign-on refused with {code}")

        def failed(failure: Failure) -> None:
            failure.trap(NotSentError, NoAnswerError)
            if self.line.open:
                self._around.log.warning("sign-on failed", reason=failure.getErrorMessage())
                self.line.close("sign-on was not answered")

        self.manage(SIGN_ON).addCallbacks(answered, failed)

    def _sign_on_again(self) -> None:
        self._sign_on_timer = None
        if self.state is State.CONNECTED and self.line.open:
            self._sign_on()

    # -- the end ----------------------------------------------------------------------------------

    def _finish(self, reason: str) -> None:
        if self._finishing is None:
            self._finishing = reason
        self._close_when_finished()

    def _close_when_finished(self) -> None:
        if self._finishing is not None and self._in_flight == self._sealing == 0:
            self.line.close(self._finishing)

    def _move(self, happened: Input) -> None:
        before, self.state = self.state, next_state(self.state, happened)
        if self.state is not before:
            self._around.on_change(self)


def _started(handler: Handler, request: Message, session: Session) -> Deferred[Message | None]:
    """The answer to come; one that is awaited in a coroutine costs a turn more than a Deferred."""
    try:
        answering = handler(request, session)
    except Exception:  # noqa: BLE001 - it is handed to whoever waits for the answer
        return fail()
    if isinstance(answering, Deferred):
        return answering
    return Deferred.fromCoroutine(
        answering if isinstance(answering, CoroutineType) else _of(answering)
    )


async def _of(answering: Awaitable[Message | None]) -> Message | None:
    return await answering


def _not_sent(reason: str) -> Deferred[Message]:
    return fail(NotSentError(reason))


def _place(failure: Failure) -> str:
    frames = failure.frames
    if not frames:
        return "unknown"
    function, file, line = frames[-1][:3]
    return f"{file}:{line} in {function}"
