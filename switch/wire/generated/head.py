"""The head of a message, MTI and bitmaps: the key by which a generated function is found."""

from __future__ import annotations

import re

from switch.wire.dialect import Dialect
from switch.wire.generated.shape import Medium, in_medium, text_codec

_BITS = 64
_DIGITS = re.compile(r"[0-9]{4}").fullmatch
_HEX = re.compile(r"(?:[0-9A-Fa-f]{16}){1,2}").fullmatch


class Head:
    """Where the head of one dialect ends, and what it says.

    A message whose byte `mark` is in `announcing` has a second bitmap: its head is `long` bytes,
    else `short`.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.codec = text_codec(dialect)
        self._fields = dialect.fields
        self.mti_medium: Medium = "nibbles" if dialect.numeric == "bcd" else "text"
        self.bitmap_medium: Medium = "nibbles" if dialect.bitmap == "raw" else "text"
        self.mark = 2 if self.mti_medium == "nibbles" else 4
        width = _BITS // (8 if self.bitmap_medium == "nibbles" else 4)
        self.short = self.mark + width
        self.long = self.short + width
        digits = "89ABCDEFabcdef".encode(self.codec)
        binary = self.bitmap_medium == "nibbles"
        self.announcing = frozenset(range(0x80, 0x100) if binary else digits)

    def size_of(self, body: bytes) -> int:
        """How many bytes of `body` are its head. Raises IndexError when it ends too early."""
        return self.long if body[self.mark] in self.announcing else self.short

    def read(self, head: bytes) -> tuple[str, tuple[str, ...]] | None:
        """MTI and elements announced; None when the dialect does not have such a head."""
        mti = in_medium(head[: self.mark], self.mti_medium, self.codec)
        bitmap = in_medium(head[self.mark :], self.bitmap_medium, self.codec)
        if _DIGITS(mti) is None or _HEX(bitmap) is None or len(head) != self.size_of(head):
            return None
        total = 4 * len(bitmap)
        bits = int(bitmap, 16)
        keys = tuple(str(bit) for bit in range(2, total + 1) if bits >> (total - bit) & 1)
        return (mti, keys) if self._fields.keys() >= set(keys) else None

    def bitmap_of(self, keys: tuple[str, ...]) -> str:
        """The bitmaps of these elements in upper-case hexadecimal."""
        numbers = [int(key) for key in keys]
        total = 2 * _BITS if max(numbers, default=0) > _BITS else _BITS
        bits = sum(1 << (total - number) for number in numbers)
        if total > _BITS:
            bits |= 1 << (total - 1)
        return f"{bits:0{total // 4}X}"
