"""What a peer seems to speak, from its first bytes."""

from __future__ import annotations

import re

from switch.wire.framing.framing import LIMIT_BYTES
from switch.wire.framing.head import TPDU_BYTES, TPDU_MARK
from switch.wire.framing.lengths import PREFIXES, BadLengthError

# A message type in ASCII, in EBCDIC or in BCD: version 0 to 2, class 1 to 6 or 8.
MTI = re.compile(
    rb"[0-2][1-68][0-9][0-5]|[\xf0-\xf2][\xf1-\xf6\xf8][\xf0-\xf9][\xf0-\xf5]"
    rb"|[\x01-\x06\x08\x11-\x16\x18\x21-\x26\x28][\x00-\x05\x10-\x15\x20-\x25\x30-\x35\x40-\x45]"
)
_MTI_AND_BITMAP = re.compile(rb"[0-2][1-68][0-9][0-5][0-9A-Fa-f]{16}")
_HTTP_STARTS = (b"GE", b"PO", b"PU", b"HE", b"DE", b"OP", b"CO", b"TR", b"PA", b"HT", b"PR")
_HEADER = 2
_TPDU_MARK = bytes((TPDU_MARK,))

# These prove little: a message by itself begins with digits, and any two digits may be BCD.
_RARE = ("2-digit-ascii", "3-digit-ascii", "5-digit-ascii", "6-digit-ascii", "2-byte-bcd")
_USUAL = tuple(name for name in PREFIXES if name not in _RARE)


def looks_like(start: bytes, limit_bytes: int = LIMIT_BYTES) -> str:
    """What a peer seems to speak, from the first bytes it sent; empty when nothing is known.

    >>> looks_like(b"GET / HTTP/1.1")
    "looks like HTTP: 'GE'"
    >>> looks_like(b"01680200B2")
    'looks like a 4 digit ASCII length: 4-digit-ascii'
    """
    head = start[:_HEADER]
    if head == b"\x16\x03":
        return "looks like TLS: a ClientHello"
    if head == b"SS":
        return "looks like SSH"
    if head[:1] == _TPDU_MARK and (len(start) <= TPDU_BYTES or _typed(start[TPDU_BYTES:])):
        return "looks like a TPDU without a length in front"
    if prefix := _prefix(_USUAL, start, limit_bytes):
        return prefix
    if _MTI_AND_BITMAP.match(start):
        return "looks like a message without a length in front"
    if head in _HTTP_STARTS:
        return f"looks like HTTP: {head.decode()!r}"
    little = int.from_bytes(head, "little")
    if _typed(start[_HEADER:]) and 0 < little <= limit_bytes:
        return f"looks like a little-endian length of {little}"
    return _prefix(_RARE, start, limit_bytes) or _poorer(start, limit_bytes)


def _prefix(names: tuple[str, ...], start: bytes, limit_bytes: int) -> str:
    """A length of one of these framings, when a message type stands behind it."""
    for name in names:
        prefix = PREFIXES[name]
        rest = start[prefix.size :]
        tpdu = rest[:1] == _TPDU_MARK and _typed(rest[TPDU_BYTES:])
        if not tpdu and not _typed(rest):
            continue
        try:
            length = prefix.payload_of(start[: prefix.size])
        except BadLengthError:
            continue
        if 0 < length <= limit_bytes:
            behind = " with a TPDU behind it" if tpdu else ""
            return f"looks like {prefix.words}{behind}: {name}"
    return ""


def _poorer(start: bytes, limit_bytes: int) -> str:
    """What can be said of a start that is too short, or that nothing clear follows."""
    if re.match(rb"[0-9]{4}", start) or (len(start) < 4 and re.fullmatch(rb"[0-9]+", start)):
        return "looks like a 4 digit ASCII length"
    if re.match(rb"[0-9A-Fa-f]{4}", start):
        return "looks like a 4 digit hexadecimal length"
    little = int.from_bytes(start[:_HEADER], "little")
    if start[1:_HEADER] in (b"\x00", b"\x01") and 0 < little <= limit_bytes:
        return f"looks like a little-endian length of {little}"
    if re.fullmatch(rb"[\x20-\x7e\r\n\t]+", start):
        return "looks like plain text"
    return ""


def _typed(rest: bytes) -> bool:
    return MTI.match(rest) is not None
