"""Frames without a length that end at a mark: character dialects only."""

from __future__ import annotations

from switch.wire.framing.errors import FramingError
from switch.wire.framing.framing import LIMIT_MAX_BYTES, KeepAlive
from switch.wire.framing.head import Body, Head
from switch.wire.framing.looks import looks_like

END = b"\x03"


class EndedFraming:
    """The header where there is one, the body, and the byte 03, which the body must not hold."""

    def __init__(self, name: str, head: Head, *, rule: KeepAlive, limit_bytes: int) -> None:
        self.name = name
        self.limit_bytes = min(limit_bytes, LIMIT_MAX_BYTES - head.size - len(END))
        self.keep_alive = END
        self._head = head
        self._rule = rule

    def frame(self, body: bytes, reply_to: bytes | None = None) -> bytes:
        if not 1 <= len(body) <= self.limit_bytes:
            raise FramingError(
                f"a body of 1 to {self.limit_bytes} bytes", f"{len(body)}", hint="", complete=[]
            )
        whole = self._head.of(reply_to) + body
        if END in whole:
            raise FramingError(
                "a body without a byte 03, which would end it",
                f"one at byte {whole.index(END) - self._head.size}",
                hint="a dialect with binary elements needs a framing with a length",
                complete=[],
            )
        return whole + END

    def receiver(self) -> EndedReceiver:
        return EndedReceiver(self._head, self._rule, self.limit_bytes)


class EndedReceiver:
    """Holds at most one incomplete frame and looks at every byte once."""

    __slots__ = ("_broken", "_head", "_held", "_limit", "_owed", "_rule", "keep_alives")

    def __init__(self, head: Head, rule: KeepAlive, limit_bytes: int) -> None:
        self.keep_alives = 0
        self._head = head
        self._rule = rule
        self._limit = limit_bytes
        self._held = bytearray()
        self._owed = 0
        self._broken: FramingError | None = None

    @property
    def pending(self) -> int:
        return len(self._held)

    def receive(self, data: bytes) -> list[bytes]:
        if self._broken is not None:
            raise self._broken.again()
        bodies: list[bytes] = []
        at = 0
        while at < len(data):
            end = data.find(END, at)
            stop = len(data) if end < 0 else end
            known = len(self._held)
            self._held += data[at:stop]
            self._check(known, data[stop : stop + 40], bodies)
            at = stop + 1
            if end >= 0:
                self._ended(bodies)
        return bodies

    def owed(self) -> bytes:
        count, self._owed = self._owed, 0
        return END * count

    def unfinished(self) -> tuple[str, str]:
        return "03 at the end", f"{len(self._held)} bytes without it"

    def _check(self, known: int, rest: bytes, complete: list[bytes]) -> None:
        """Refuse what cannot become a message, once its first bytes are there."""
        held, size = self._held, self._head.size
        if known <= size < len(held):
            wrong = self._head.wrong(bytes(held[:size]))
            if wrong is not None:
                raise self._refuse(*wrong, complete, rest)
            if not _digit(held[size]):
                expected = "a message type in digits"
                raise self._refuse(expected, f"byte {held[size]:02x}", complete, rest)
        if len(held) > size + self._limit:
            expected = f"03 within {size + self._limit} bytes"
            raise self._refuse(expected, f"{len(held)} bytes without it", complete)

    def _ended(self, bodies: list[bytes]) -> None:
        held, size = self._held, self._head.size
        if not held:
            self.keep_alives += 1
            if self._rule == "close":
                raise self._refuse("a message", "a keep-alive, which closes this line", bodies)
            self._owed += self._rule == "answer"
            return
        if len(held) <= size:
            expected = f"a message behind {size} bytes of header"
            raise self._refuse(expected, f"{len(held)} bytes", bodies)
        body = bytes(held[size:])
        bodies.append(Body.behind(bytes(held[:size]), body) if size else body)
        held.clear()

    def _refuse(
        self, expected: str, found: str, complete: list[bytes], rest: bytes = b""
    ) -> FramingError:
        start = bytes(self._held[:40]) + rest
        hint = looks_like(start, self._limit)
        self._broken = FramingError(expected, found, hint=hint, complete=complete)
        self._held.clear()
        return self._broken


def _digit(byte: int) -> bool:
    """A digit in ASCII or EBCDIC."""
    return 0x30 <= byte <= 0x39 or 0xF0 <= byte <= 0xF9
