"""The ways in which a length is written in front of a message."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


class BadLengthError(ValueError):
    """Bytes that are no length at all, in the words of an error."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Prefix:
    """One way to write a length.

    `size` is that of the length itself in bytes, `largest` the largest length it can say,
    `itself` whether the length counts its own bytes as well. `read` raises BadLengthError.
    """

    name: str
    words: str
    size: int
    largest: int
    read: Callable[[bytes], int]
    write: Callable[[int], bytes]
    itself: bool = False

    def payload_of(self, written: bytes) -> int:
        """Bytes that follow; zero for a keep-alive, which may count itself or not.

        Raises BadLengthError.
        """
        length = self.read(written)
        if not self.itself or length == 0:
            return length
        if length < self.size:
            raise BadLengthError(f"a length of at least {self.size}, for it counts itself")
        return length - self.size

    def announce(self, payload_bytes: int) -> bytes:
        """The length in front of that many bytes.

        >>> PREFIXES["2-byte-binary-inclusive"].announce(4).hex()
        '0006'
        """
        return self.write(payload_bytes + self.size * self.itself)

    @property
    def largest_payload(self) -> int:
        """The most bytes that may follow."""
        return self.largest - self.size * self.itself


def _binary(size: int, *, itself: bool = False) -> Prefix:
    counting = ", counting itself" if itself else ""
    return Prefix(
        f"{size}-byte-binary{'-inclusive' if itself else ''}",
        f"a {size}-byte length{counting}",
        size,
        256**size - 1,
        lambda written: int.from_bytes(written, "big"),
        lambda length: length.to_bytes(size, "big"),
        itself,
    )


def _zeros() -> Prefix:
    def read(written: bytes) -> int:
        if written[2:] != b"\x00\x00":
            raise BadLengthError("2 bytes of length and 2 zero bytes")
        return int.from_bytes(written[:2], "big")

    return Prefix(
        "2-byte-binary-zeros",
        "a 2-byte length and 2 zero bytes",
        4,
        0xFFFF,
        read,
        lambda length: length.to_bytes(2, "big") + b"\x00\x00",
    )


def _bcd() -> Prefix:
    def read(written: bytes) -> int:
        digits = written.hex()
        if not digits.isdecimal():
            raise BadLengthError("a length of 4 digits, two a byte")
        return int(digits)

    return Prefix(
        "2-byte-bcd",
        "a 2-byte BCD length",
        2,
        9999,
        read,
        lambda length: bytes.fromhex(f"{length:04}"),
    )


def _hexadecimal() -> Prefix:
    def read(written: bytes) -> int:
        if re.fullmatch(rb"[0-9A-Fa-f]{4}", written) is None:
            raise BadLengthError("a length of 4 hexadecimal digits")
        return int(written, 16)

    return Prefix(
        "4-digit-hex",
        "a 4 digit hexadecimal length",
        4,
        0xFFFF,
        read,
        lambda length: f"{length:04X}".encode(),
    )


def _digits(size: int) -> Prefix:
    def read(written: bytes) -> int:
        if not written.isdigit():
            raise BadLengthError(f"a length of {size} digits")
        return int(written)

    return Prefix(
        f"{size}-digit-ascii",
        f"a {size} digit ASCII length",
        size,
        10**size - 1,
        read,
        lambda length: f"{length:0{size}}".encode(),
    )


PREFIXES = {
    prefix.name: prefix
    for prefix in (
        _binary(2),
        _binary(2, itself=True),
        _zeros(),
        _binary(3),
        _binary(4),
        _digits(4),
        _hexadecimal(),
        _digits(2),
        _digits(3),
        _digits(5),
        _digits(6),
        _bcd(),
    )
}
