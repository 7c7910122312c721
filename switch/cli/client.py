"""A client that sends messages as they are given, on one line, and waits for each answer.

Unlike a session it has no opinion: traffic before a sign-on leaves as it stands, for what the
other side says to that is what somebody wants to see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.internet.protocol import Protocol as TwistedProtocol

from switch.link import NoAnswerError, answer_to
from switch.link.admission import secured
from switch.link.line import Line
from switch.link.matching import Pending
from switch.runtime import Log
from switch.wire import Codec, Framing, Message, WireError, one_line
from switch.wire.mti import is_answer, is_request, message_class

if TYPE_CHECKING:
    from switch.link.security import Security

CONNECT_TIMEOUT_S = 5.0
ECHO = "301"


class Client:
    """One line to one peer. `notice` is told, in words, of whatever comes that is no answer."""

    def __init__(
        self,
        reactor: Any,
        codec: Codec,
        framing: Framing,
        log: Log,
        *,
        notice: Callable[[str], None],
        flat: bool = False,
        security: Security | None = None,
    ) -> None:
        self._reactor = reactor
        self._codec = codec
        self._notice = notice
        self._flat = flat
        self._pending = Pending(reactor)
        self._strangers: list[str] = []
        self._up: Deferred[None] = Deferred()
        self._closed: Deferred[None] = Deferred()
        self._factory: Factory
        if security is None:
            self.line = Line(reactor, framing, log, self)
            self._factory = _Once(self.line)
        else:
            # Here, so that a command without TLS does not load OpenSSL.
            from switch.link.secure_line import SecureLine

            self.line = SecureLine(reactor, framing, log, self, security)
            self._factory = secured(security, True, _Once(self.line), reactor)

    async def connect(self, host: str, port: int) -> None:
        """Resumes when the line is up, with TLS once the peer is known to be who it should be.

        Raises what the connection fails with, or NoAnswerError.
        """
        endpoint = HostnameEndpoint(self._reactor, host, port, timeout=CONNECT_TIMEOUT_S)
        await endpoint.connect(self._factory)
        await self._up

    async def ask(self, message: Message, limit_s: float) -> Message:
        """Send a message; the answer to it, within `limit_s` seconds.

        Raises NoAnswerError, which says what came instead; WireError before anything leaves.
        """
        body = self._codec.encode(message)
        if not self.line.open:
            raise NoAnswerError("the line is closed")
        self._strangers = []
        answered = self._pending.wait(message, limit_s)
        self.line.send(body)
        try:
            return await answered
        except NoAnswerError as error:
            raise NoAnswerError("; ".join([str(error), *self._strangers])) from None

    def tell(self, message: Message) -> None:
        """Send a message that nobody answers. Raises WireError, NoAnswerError."""
        body = self._codec.encode(message)
        if not self.line.open:
            raise NoAnswerError("the line is closed")
        self.line.send(body)

    async def close(self) -> None:
        """Close the line; resumes when it is closed."""
        if self.line.transport is not None:
            self.line.close("done")
            await self._closed

    # -- what the line tells ----------------------------------------------------------------------

    def line_up(self) -> None:
        """Nothing is said before the user's own messages."""
        self._up.callback(None)

    def frame_received(self, body: bytes) -> None:
        try:
            message = self._codec.decode(body, flat=self._flat)
        except WireError as error:
            self._pending.fail_all(f"what came back cannot be read: {error.describe()}")
            return
        if is_answer(message.mti):
            if (reason := self._pending.match(message)) is not None:
                self._strangers.append(f"an answer came that matches nothing: {reason}")
                self._notice(f"{one_line(message)}: {reason}")
        elif message_class(message.mti) == "8" and message.text("70") == ECHO:
            self.line.send(self._codec.encode(answer_to(message, "00")))
            self._notice(f"{one_line(message)}: answered")
        else:
            asked = is_request(message.mti)
            self._notice(f"{one_line(message)}: {'not answered' if asked else 'ignored'}")

    def peer_finished(self) -> None:
        self._pending.fail_all("the other side closed the line")
        self.line.close("the other side finished")

    def line_lost(self, reason: str) -> None:
        self._pending.fail_all(f"the line was lost: {reason}")
        if not self._up.called:
            self._up.errback(NoAnswerError(reason))
        self._closed.callback(None)


class _Once(Factory):
    noisy = False

    def __init__(self, line: Line) -> None:
        self._line = line

    def buildProtocol(self, addr: IAddress | None) -> TwistedProtocol:
        return self._line
