"""What stands between the length and the message: a TPDU, a static header, both or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

TPDU_BYTES = 5
TPDU_MARK = 0x60
TPDU_UNADDRESSED = bytes.fromhex("6000000000")

# The longest of the static headers seen have 22 bytes.
HEADER_MAX_BYTES = 64


class Body(bytes):
    """A message that came behind a TPDU or a header.

    `head` holds them as they came, so that an answer can be addressed. Its `repr` shows no data.
    """

    head: bytes = b""

    @classmethod
    def behind(cls, head: bytes, body: bytes) -> Body:
        """The message `body` that stood behind `head`."""
        made = cls(body)
        made.head = head
        return made

    def __repr__(self) -> str:
        return f"Body({len(self)} bytes behind {self.head.hex()})"


@dataclass(frozen=True, slots=True)
class Head:
    """The bytes that we send in front of a message, and those that we take there.

    A TPDU is `60`, destination (2), source (2); any addresses are taken, and an answer has them
    swapped. A header is taken with the same number of bytes; where ours is text with digits in
    it, such as `ISO026000070`, any digits will do. An answer bears the header of its request.
    """

    tpdu: bytes = b""
    header: bytes = b""
    digits_vary: bool = False

    @property
    def size(self) -> int:
        return len(self.tpdu) + len(self.header)

    def of(self, reply_to: bytes | None) -> bytes:
        """What to send in front of an answer to that body, or of a message of our own."""
        came = reply_to.head if isinstance(reply_to, Body) else b""
        if len(came) != self.size:
            return self.tpdu + self.header
        return swapped(came[: len(self.tpdu)]) + came[len(self.tpdu) :]

    def wrong(self, came: bytes) -> tuple[str, str] | None:
        """What was expected and what came, when `came` cannot stand in front of a message."""
        tpdu, header = came[: len(self.tpdu)], came[len(self.tpdu) :]
        if tpdu and tpdu[0] != TPDU_MARK:
            return "a TPDU, which begins with 60", f"{tpdu[0]:02x}"
        for at, (ours, theirs) in enumerate(zip(self.header, header, strict=True)):
            if ours != theirs and not (self.digits_vary and _digit(ours) and _digit(theirs)):
                expected = f"the header {_written(self.header, text=self.digits_vary)}"
                return expected, f"{theirs:02x} as its byte {at}"
        return None


def swapped(tpdu: bytes) -> bytes:
    """A TPDU with destination and source changed over; nothing of nothing.

    >>> swapped(bytes.fromhex("6000010203")).hex()
    '6002030001'
    """
    return tpdu[:1] + tpdu[3:] + tpdu[1:3]


def make_head(tpdu: str | None, header: str | None) -> Head:
    """A head as settings write it: ten hexadecimal digits, text or `0x` and digits.

    Raises ValueError.
    """
    if tpdu is not None and re.fullmatch("60[0-9A-Fa-f]{8}", tpdu) is None:
        raise ValueError("a tpdu is 60 and 8 more hexadecimal digits: destination, source")
    packed = bytes.fromhex(tpdu) if tpdu is not None else b""
    if header is None:
        return Head(packed)
    if header[:2] in ("0x", "0X"):
        digits = header[2:]
        if len(digits) % 2 or re.fullmatch("[0-9A-Fa-f]+", digits) is None:
            raise ValueError("a header with 0x in front is hexadecimal, two digits a byte")
        binary, text = bytes.fromhex(digits), False
    elif header.isascii() and header.isprintable():
        binary, text = header.encode("ascii"), True
    else:
        raise ValueError("a header is ASCII text, or 0x and its bytes in hexadecimal")
    if not 1 <= len(binary) <= HEADER_MAX_BYTES:
        raise ValueError(f"a header has 1 to {HEADER_MAX_BYTES} bytes")
    return Head(packed, binary, text)


def _digit(byte: int) -> bool:
    return 0x30 <= byte <= 0x39


def _written(header: bytes, *, text: bool) -> str:
    return repr(header.decode("ascii")) if text else header.hex()
