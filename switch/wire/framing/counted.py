"""Frames that say their length in front."""

from __future__ import annotations

from switch.wire.framing.errors import FramingError
from switch.wire.framing.framing import LIMIT_MAX_BYTES, KeepAlive
from switch.wire.framing.head import Body, Head
from switch.wire.framing.lengths import BadLengthError, Prefix
from switch.wire.framing.looks import looks_like


class CountedFraming:
    """A length, then a TPDU and a header where there are any, then the body; all of it counted."""

    def __init__(
        self, name: str, prefix: Prefix, head: Head, *, rule: KeepAlive, limit_bytes: int
    ) -> None:
        room = min(prefix.largest_payload, LIMIT_MAX_BYTES) - head.size
        if room < 1:
            raise ValueError(f"{prefix.words} has no room for a header of {head.size} bytes")
        self.name = name
        self.limit_bytes = min(limit_bytes, room)
        self.keep_alive = prefix.announce(0)
        self._prefix = prefix
        self._head = head
        self._head_size = head.size
        self._announce = prefix.announce if prefix.itself else prefix.write
        self._rule = rule

    def frame(self, body: bytes, reply_to: bytes | None = None) -> bytes:
        if not 1 <= len(body) <= self.limit_bytes:
            raise FramingError(
                f"a body of 1 to {self.limit_bytes} bytes", f"{len(body)}", hint="", complete=[]
            )
        if not self._head_size:
            return self._announce(len(body)) + body
        return self._announce(self._head_size + len(body)) + self._head.of(reply_to) + body

    def receiver(self) -> CountedReceiver:
        return CountedReceiver(
            self._prefix, self._head, self._rule, self.keep_alive, self.limit_bytes
        )


class CountedReceiver:
    """Holds at most one incomplete frame; every byte is copied once, however small the pieces."""

    __slots__ = (
        "_answer",
        "_broken",
        "_head",
        "_held",
        "_length",
        "_limit",
        "_needed",
        "_owed",
        "_prefix",
        "_rule",
        "keep_alives",
    )

    def __init__(
        self, prefix: Prefix, head: Head, rule: KeepAlive, answer: bytes, limit_bytes: int
    ) -> None:
        self.keep_alives = 0
        self._prefix = prefix
        self._head = head
        self._rule = rule
        self._answer = answer
        self._limit = limit_bytes
        self._held = bytearray()
        self._needed = prefix.size
        self._length = 0
        self._owed = 0
        self._broken: FramingError | None = None

    @property
    def pending(self) -> int:
        return len(self._held)

    def receive(self, data: bytes) -> list[bytes]:
        if self._broken is not None:
            raise self._broken.again()
        bodies: list[bytes] = []
        held, size = self._held, self._prefix.size
        at = 0 if held else self._take_whole(data, bodies)
        while at < len(data):
            piece = data[at : at + self._needed - len(held)]
            held += piece
            at += len(piece)
            if len(held) < self._needed:
                break
            if not self._length:
                self._announced(data[at:], bodies)
            elif len(held) < size + self._length:
                self._headed(data[at:], bodies)
            else:
                bodies.append(self._taken())
        return bodies

    def owed(self) -> bytes:
        count, self._owed = self._owed, 0
        return self._answer * count

    def unfinished(self) -> tuple[str, str]:
        size = self._prefix.size
        if not self._length:
            return f"{size} bytes of length", f"{len(self._held)}"
        return f"{self._length} bytes behind the length", f"{len(self._held) - size}"

    def _take_whole(self, data: bytes, bodies: list[bytes]) -> int:
        """Take the frames that `data` begins with, which usually is all of it; where they end.

        Whatever is not whole, or not right, is left to the careful way.
        """
        prefix, head, at, total = self._prefix, self._head.size, 0, len(data)
        size, longest = prefix.size, self._limit + head
        length_of = prefix.payload_of if prefix.itself else prefix.read
        while at + size < total:
            start = at + size
            try:
                length = length_of(data[at:start])
            except BadLengthError:
                break
            end = start + length
            if end > total or not head < length <= longest:
                break
            if not head:
                bodies.append(data[start:end])
            elif self._head.wrong(came := data[start : start + head]) is None:
                bodies.append(Body.behind(came, data[start + head : end]))
            else:
                break
            at = end
        return at

    def _announced(self, rest: bytes, complete: list[bytes]) -> None:
        """A whole length is held."""
        prefix, head = self._prefix, self._head.size
        shown = self._held.hex(" ")
        try:
            length = prefix.payload_of(bytes(self._held))
        except BadLengthError as error:
            raise self._refuse(error.expected, f"bytes {shown}", rest, complete) from None
        if length == 0:
            self.keep_alives += 1
            if self._rule == "close":
                raise self._refuse(
                    "a message", "a keep-alive, which closes this line", b"", complete
                )
            self._owed += self._rule == "answer"
            self._held.clear()
        elif length - head > self._limit:
            expected = f"a length of at most {self._limit + head} bytes"
            raise self._refuse(expected, f"{length} (bytes {shown})", rest, complete)
        elif length <= head:
            expected = f"a message behind {head} bytes of header"
            raise self._refuse(expected, f"{length} bytes (bytes {shown})", rest, complete)
        else:
            self._length = length
            self._needed = prefix.size + (head or length)

    def _headed(self, rest: bytes, complete: list[bytes]) -> None:
        """The length and what stands in front of the body are held."""
        wrong = self._head.wrong(bytes(self._held[self._prefix.size :]))
        if wrong is not None:
            raise self._refuse(*wrong, rest, complete)
        self._needed = self._prefix.size + self._length

    def _taken(self) -> bytes:
        start = self._prefix.size + self._head.size
        body = bytes(self._held[start:])
        if self._head.size:
            body = Body.behind(bytes(self._held[self._prefix.size : start]), body)
        self._held.clear()
        self._length = 0
        self._needed = self._prefix.size
        return body

    def _refuse(
        self, expected: str, found: str, rest: bytes, complete: list[bytes]
    ) -> FramingError:
        start = bytes(self._held) + rest[:40]
        self._broken = FramingError(
            expected, found, hint=looks_like(start, self._limit), complete=complete
        )
        self._held.clear()
        return self._broken
