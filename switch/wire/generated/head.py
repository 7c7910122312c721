"""The head of a message, MTI and bitmaps: the key by which a generated function is found."""

from __future__ import annotations

import re

from switch.wire.bitmaps import BITS
from switch.wire.dialect import THIRD_BITMAP_BIT, Dialect
from switch.wire.generated.shape import NIBBLES, in_medium

_DIGITS = re.compile(r"[0-9]{4}").fullmatch
_HEX = re.compile(r"[0-9A-Fa-f]*").fullmatch


class Head:
    """Where the head of one dialect ends, and what it says.

    `sizes` are the bytes that a head may have, with one bitmap or more.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._fields = dialect.fields
        self._third = dialect.third_bitmap
        self._second = dialect.second_bitmap
        self.mti_medium = NIBBLES if dialect.numeric == "bcd" else dialect.codec
        self.bitmap_medium = NIBBLES if dialect.bitmap == "raw" else dialect.codec
        self._mti_size = 2 if self.mti_medium == NIBBLES else 4
        self._width = BITS // (8 if self.bitmap_medium == NIBBLES else 4)
        least = 2 if self._unannounced else 1
        most = 3 if self._third else 2
        self.sizes = tuple(self._mti_size + count * self._width for count in range(least, most + 1))

    def of(self, body: bytes) -> bytes:
        """The bytes of `body` where its head would be: whether it is one, `read` says."""
        second = self._unannounced or self._announces(body, 0)
        third = second and self._third and self._announces(body, 1)
        return body[: self._mti_size + (1 + second + third) * self._width]

    def read(self, head: bytes) -> tuple[str, tuple[str, ...]] | None:
        """MTI and elements announced; None when the dialect does not have such a head."""
        mti = in_medium(head[: self._mti_size], self.mti_medium)
        bitmap = in_medium(head[self._mti_size :], self.bitmap_medium)
        if _DIGITS(mti) is None or _HEX(bitmap) is None:
            return None
        if len(head) not in self.sizes or self.of(head) != head:
            return None
        total, bits = 4 * len(bitmap), int(bitmap, 16)
        numbers = {number for number in range(1, total + 1) if bits >> (total - number) & 1}
        numbers -= self._announcing(total)
        keys = tuple(str(number) for number in sorted(numbers))
        return (mti, keys) if self._fields.keys() >= set(keys) else None

    def bitmap_of(self, keys: tuple[str, ...]) -> str:
        """The bitmaps that are sent for these elements, in upper-case hexadecimal."""
        numbers = {int(key) for key in keys}
        last = max(numbers, default=0)
        count = max(-(-last // BITS), 1 if self._second == "when needed" else 2)
        numbers |= self._announcing(count * BITS)
        bits = sum(1 << (count * BITS - number) for number in numbers)
        return f"{bits:0{count * BITS // 4}X}"

    @property
    def _unannounced(self) -> bool:
        return self._second == "always unannounced"

    def _announcing(self, total: int) -> set[int]:
        """The bits that announce the bitmaps behind the first when there are `total` bits."""
        second = {1} if total > BITS and not self._unannounced else set()
        third = {THIRD_BITMAP_BIT} if total > 2 * BITS else set()
        return second | third

    def _announces(self, body: bytes, place: int) -> bool:
        """Whether the first bit of a bitmap is set, as far as this can be read."""
        start = self._mti_size + place * self._width
        first = in_medium(body[start : start + 1], self.bitmap_medium)[:1]
        return first in tuple("89ABCDEFabcdef")
