"""A role that speaks ISO 8583 on a line of its own, message by message, as a scenario says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.internet.protocol import Protocol as TwistedProtocol

from simulator.scenario.message_templates import Generator
from switch.link import AddressTakenError, answer_to
from switch.link.line import Line
from switch.runtime import Runtime
from switch.wire import Codec, Framing, Message, WireError
from switch.wire.mti import is_request, message_class

CONNECT_TIMEOUT_S = 5.0
HELD_MAX = 10_000
"""Messages that came and that no step has taken: beyond it the line is closed."""

MANAGED = ("001", "002", "301")
"""Sign-on, sign-off, echo (DE70): what a role answers without a step."""

Seen = Callable[[str, str, Message], None]
"""Told of each message: the role, `in` or `out`, and the message."""


class NotSpokenError(Exception):
    """A message that cannot be sent or awaited now, in words."""


@dataclass(frozen=True)
class Arrived:
    """A message that came, or why what came is none."""

    message: Message
    problem: str = ""


class Speaker:
    """One role. It dials, or it listens in the place of a host; it has one line at a time."""

    def __init__(
        self,
        name: str,
        runtime: Runtime,
        codec: Codec,
        framing: Framing,
        generator: Generator,
        *,
        manages: bool,
        seen: Seen,
    ) -> None:
        self.name = name
        self.codec = codec
        self.generator = generator
        self.taken: Message | None = None
        """The request that the last expectation took: what a reply answers."""
        self.last_sent: Message | None = None
        self._runtime = runtime
        self._reactor: Any = runtime.reactor
        self._framing = framing
        self.manages = manages
        """Whether sign-ons and echoes of the other side are answered without a step."""
        self._seen = seen
        self._line: Line | None = None
        self._listening: Any = None
        self._held: list[Arrived] = []
        self._waiting: list[Deferred[None]] = []
        self._gone: Deferred[None] | None = None
        self.lost_because = ""

    # -- its line ---------------------------------------------------------------------------------

    async def dial(self, host: str, port: int) -> None:
        """Open the line. Raises NotSpokenError."""
        endpoint = HostnameEndpoint(self._reactor, host, port, timeout=CONNECT_TIMEOUT_S)
        try:
            await endpoint.connect(_Lines(self._new_line))
        except CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the role has no line
            raise NotSpokenError(f"{self.name} cannot connect to {host}:{port}: {error}") from None

    def listen(self, interface: str, port: int) -> int:
        """Wait for the switch to dial; the port. Raises AddressTakenError."""
        try:
            self._listening = self._reactor.listenTCP(
                port, _Lines(self._new_line), interface=interface
            )
        except CannotListenError as error:
            raise AddressTakenError(
                f"cannot listen on {interface}:{port} for {self.name}: {error.socketError}"
            ) from None
        return int(self._listening.getHost().port)

    async def stop(self) -> None:
        """Close the line and the port."""
        if self._listening is not None:
            listening, self._listening = self._listening, None
            await listening.stopListening()
        await self.hang_up("the scenario is over")

    async def hang_up(self, reason: str) -> None:
        """Close the line, if there is one; what came and was not taken is forgotten."""
        if self._line is not None:
            self._gone = Deferred()
            self._line.abort(reason)
            await self._gone
        self.forget()

    def forget(self) -> None:
        """What came and was not taken is no longer held, and no request waits for an answer."""
        self._held.clear()
        self.taken = None

    @property
    def up(self) -> bool:
        """Whether there is a line."""
        return self._line is not None and self._line.open

    # -- sending ----------------------------------------------------------------------------------

    def send(self, body: bytes, message: Message) -> None:
        """Frame and send bytes; `message` is what they say, for people."""
        line = self._open_line()
        line.send(body)
        self.last_sent = message
        self._seen(self.name, "out", message)

    def send_unframed(self, data: bytes) -> None:
        """Send bytes as they are."""
        line = self._open_line()
        transport: Any = line.transport
        transport.write(data)
        self._seen(self.name, "out", Message({"t": f"({len(data)} bytes)"}))

    # -- receiving --------------------------------------------------------------------------------

    def take(self, wanted: Callable[[Message], bool]) -> Message | None:
        """The first held message that is wanted, which is then no longer held."""
        for index, arrived in enumerate(self._held):
            if not arrived.problem and wanted(arrived.message):
                del self._held[index]
                if is_request(arrived.message.mti):
                    self.taken = arrived.message
                return arrived.message
        return None

    def unreadable(self) -> str:
        """Why something that came cannot be read, if so; told once."""
        for index, arrived in enumerate(self._held):
            if arrived.problem:
                del self._held[index]
                return arrived.problem
        return ""

    @property
    def held(self) -> list[Message]:
        """What came and was not taken."""
        return [arrived.message for arrived in self._held if not arrived.problem]

    async def something_new(self, limit_s: float) -> bool:
        """Resumes when a message comes or the line closes; False after `limit_s` seconds."""
        news: Deferred[None] = Deferred()
        self._waiting.append(news)
        timer = self._reactor.callLater(max(0.0, limit_s), news.cancel)
        try:
            await news
        except CancelledError:
            if timer.active():
                timer.cancel()
                raise
            return False
        finally:
            if news in self._waiting:
                self._waiting.remove(news)
        if timer.active():
            timer.cancel()
        return True

    # -- what its lines tell ----------------------------------------------------------------------

    def opened(self) -> None:
        """A line is open."""
        self.lost_because = ""
        self._news()

    def hears(self, body: bytes) -> None:
        """A message came."""
        try:
            message = self.codec.decode(body)
        except WireError as error:
            self._hold(Arrived(Message(), error.describe()))
            return
        self._seen(self.name, "in", message)
        if not (self.manages and self._managed(message)):
            self._hold(Arrived(message))

    def lost(self, line: Line | None, reason: str) -> None:
        """A line is gone, perhaps one that had given way to another."""
        if line is not self._line:
            return
        self._line = None
        self.lost_because = reason or "closed"
        gone, self._gone = self._gone, None
        if gone is not None:
            gone.callback(None)
        self._news()

    # -- inside -----------------------------------------------------------------------------------

    def _new_line(self) -> Line:
        """A line of ours; one that was open gives way, as when a switch dials again."""
        if self._line is not None:
            self._line.abort("another line was opened")
        conversation = _Conversation(self)
        self._line = Line(self._reactor, self._framing, self._runtime.log, conversation)
        conversation.line = self._line
        return self._line

    def _open_line(self) -> Line:
        if self._line is None or not self._line.open:
            why = f" ({self.lost_because})" if self.lost_because else ""
            raise NotSpokenError(f"{self.name} has no line now{why}")
        return self._line

    def _managed(self, message: Message) -> bool:
        mine = message_class(message.mti) == "8" and message.text("70") in MANAGED
        if not (mine and is_request(message.mti)):
            return False
        answer = answer_to(message, "00")
        self.send(self.codec.encode(answer), answer)
        return True

    def _hold(self, arrived: Arrived) -> None:
        self._held.append(arrived)
        if len(self._held) > HELD_MAX and self._line is not None:
            self._line.abort(f"more than {HELD_MAX} messages came that no step takes")
        self._news()

    def _news(self) -> None:
        waiting, self._waiting = self._waiting, []
        for news in waiting:
            news.callback(None)


class _Conversation:
    """What one line reports to."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self.line: Line | None = None

    def line_up(self) -> None:
        self._speaker.opened()

    def frame_received(self, body: bytes) -> None:
        self._speaker.hears(body)

    def peer_finished(self) -> None:
        if self.line is not None:
            self.line.close("the other side finished")

    def line_lost(self, reason: str) -> None:
        self._speaker.lost(self.line, reason)


class _Lines(Factory):
    noisy = False

    def __init__(self, new_line: Callable[[], Line]) -> None:
        self._new_line = new_line

    def buildProtocol(self, addr: IAddress | None) -> TwistedProtocol:
        return self._new_line()
