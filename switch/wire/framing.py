"""Where a message ends on a line: bytes in, complete bodies out. No I/O.

A framing is a name; `make_framing` gives its two halves, `frame` to send and a receiver per
line. Only the 2-byte binary length is here yet.
"""

from __future__ import annotations

import re
from typing import Protocol

from switch.wire.errors import Complaint, WireError

FRAMING_NAMES = ("2-byte-binary",)

# Longest body accepted unless a link says otherwise: a full 0200 with chip data is under 1,200.
LIMIT_BYTES = 4096

_HEADER = 2
_LARGEST = 0xFFFF
_MTI_AND_BITMAP = re.compile(rb"[0-2][1-8][0-9]{2}[0-9A-Fa-f]{16}")
_HTTP_STARTS = (b"GE", b"PO", b"PU", b"HE", b"DE", b"OP", b"CO", b"TR", b"PA", b"HT", b"PR")


class FramingError(WireError):
    """Bytes that are not frames; the line cannot be trusted any more.

    `hint` says what the peer looks like, or is empty. `complete` holds the bodies that came
    whole in the same bytes, before the trouble.
    """

    def __init__(self, expected: str, found: str, *, hint: str, complete: list[bytes]) -> None:
        super().__init__(Complaint("frame", 0, expected, found))
        self.hint = hint
        self.complete = complete

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"frame: expected {self.expected}, found {self.found}{hint}"


class FrameReceiver(Protocol):
    """What takes a line's bytes as they come and gives complete bodies."""

    keep_alives: int

    @property
    def pending(self) -> int:
        """Bytes held of a frame that is not complete, its header included."""
        ...

    def receive(self, data: bytes) -> list[bytes]:
        """The bodies that `data` completes; a zero length is a keep-alive, counted only.

        Raises FramingError as soon as a length cannot be right, and again at every later call.
        """
        ...


class Framing(Protocol):
    """A way of marking where messages end."""

    @property
    def name(self) -> str: ...

    def frame(self, body: bytes) -> bytes:
        """The bytes to send for one body. Raises FramingError when it is too long or empty."""
        ...

    def receiver(self) -> FrameReceiver:
        """A receiver for one line."""
        ...


def make_framing(name: str, *, limit_bytes: int = LIMIT_BYTES) -> Framing:
    """The framing of that name. Raises ValueError for a name or a limit that cannot be.

    >>> make_framing("2-byte-binary").frame(b"0800").hex()
    '000430383030'
    """
    if name not in FRAMING_NAMES:
        raise ValueError(f"unknown framing {name!r}, known: {', '.join(FRAMING_NAMES)}")
    if not 1 <= limit_bytes <= _LARGEST:
        raise ValueError(f"a limit of 1 to {_LARGEST} bytes is needed, not {limit_bytes}")
    return TwoByteBinary(limit_bytes)


class TwoByteBinary:
    """Two bytes, big-endian, counting the body that follows."""

    name = "2-byte-binary"

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes

    def frame(self, body: bytes) -> bytes:
        if not 1 <= len(body) <= self._limit:
            raise FramingError(
                f"a body of 1 to {self._limit} bytes", f"{len(body)}", hint="", complete=[]
            )
        return len(body).to_bytes(_HEADER, "big") + body

    def receiver(self) -> TwoByteReceiver:
        return TwoByteReceiver(self._limit)


class TwoByteReceiver:
    """Holds at most one incomplete frame; every byte is copied once, however small the pieces."""

    def __init__(self, limit_bytes: int) -> None:
        self.keep_alives = 0
        self._limit = limit_bytes
        self._held = bytearray()
        self._needed = _HEADER
        self._broken: FramingError | None = None

    @property
    def pending(self) -> int:
        return len(self._held)

    def receive(self, data: bytes) -> list[bytes]:
        if self._broken is not None:
            raise FramingError(
                self._broken.expected, self._broken.found, hint=self._broken.hint, complete=[]
            )
        bodies: list[bytes] = []
        offset, held = 0, self._held
        while offset < len(data):
            piece = data[offset : offset + self._needed - len(held)]
            held += piece
            offset += len(piece)
            if len(held) < self._needed:
                break
            if self._needed > _HEADER:
                bodies.append(bytes(held[_HEADER:]))
                held.clear()
                self._needed = _HEADER
                continue
            length = int.from_bytes(held, "big")
            if length == 0:
                self.keep_alives += 1
                held.clear()
            elif length > self._limit:
                raise self._refuse(length, data[offset:], bodies)
            else:
                self._needed = _HEADER + length
        return bodies

    def _refuse(self, length: int, rest: bytes, complete: list[bytes]) -> FramingError:
        start = bytes(self._held) + rest[:40]
        self._broken = FramingError(
            f"a length of at most {self._limit} bytes",
            f"{length} (bytes {start[:1].hex()} {start[1:2].hex()})",
            hint=looks_like(start, self._limit),
            complete=complete,
        )
        self._held.clear()
        return self._broken


def looks_like(start: bytes, limit_bytes: int = LIMIT_BYTES) -> str:
    """What a peer seems to speak, from the first bytes it sent; empty when nothing is known.

    >>> looks_like(b"GET / HTTP/1.1")
    "looks like HTTP: 'GE'"
    """
    head = start[:2]
    little = int.from_bytes(head, "little")
    if head == b"\x16\x03":
        return "looks like TLS: a ClientHello"
    if head == b"SS":
        return "looks like SSH"
    if _MTI_AND_BITMAP.match(start):
        return "looks like a message without a length in front"
    if re.match(rb"[0-9]{4}", start) or (len(start) < 4 and re.fullmatch(rb"[0-9]+", start)):
        return "looks like a 4 digit ASCII length"
    if re.match(rb"[0-9A-Fa-f]{4}", start):
        return "looks like a 4 digit hexadecimal length"
    if head in _HTTP_STARTS:
        return f"looks like HTTP: {head.decode()!r}"
    if head[:1] == b"\x60":
        return "looks like a TPDU without a length in front"
    if len(head) == _HEADER and head[1] <= 1 and 0 < little <= limit_bytes:
        return f"looks like a little-endian length of {little}"
    if re.fullmatch(rb"[\x20-\x7e\r\n\t]+", start):
        return "looks like plain text"
    return ""
