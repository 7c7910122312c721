"""The bitmaps of a dialect: one, two or three, in bytes or hexadecimal, announced or always."""

from __future__ import annotations

from switch.wire.content import character_words
from switch.wire.dialect import THIRD_BITMAP_BIT, Dialect
from switch.wire.errors import Complaint

BITS = 64
_BYTES = 8
_TOP = 1 << (BITS - 1)
_HEX = frozenset("0123456789ABCDEFabcdef")


class Bitmaps:
    """Reads and judges what announces the elements, from byte `start` of a message on.

    Bit 1 announces the second bitmap and bit 65 the third. pyiso8583 knows no more than that:
    for a dialect whose second bitmap is there without being announced, it is shown one that is.
    """

    def __init__(self, dialect: Dialect, start: int) -> None:
        self._dialect = dialect
        self._start = start
        self._codec = dialect.codec
        self._raw = dialect.bitmap == "raw"
        self._width = _BYTES if self._raw else 2 * _BYTES
        self._third = dialect.third_bitmap
        self._unannounced = dialect.second_bitmap == "always unannounced"
        self._always = dialect.second_bitmap != "when needed"
        numbers = [known.number for known in dialect.fields.values()]
        if self._third:
            numbers.append(THIRD_BITMAP_BIT)
        # Bits nobody may set, bitmap by bitmap; bit 1 of the first announces the second.
        self._unknown = [~_TOP, -1, -1]
        for number in numbers:
            place = (number - 1) // BITS
            self._unknown[place] &= ~(1 << (BITS * (place + 1) - number))

    def read(self, body: bytes) -> tuple[dict[str, bytes], Complaint | None]:
        """The pieces by the keys that pyiso8583 gives them, `p` and `1`, and what is wrong."""
        pieces: dict[str, bytes] = {}
        trouble = self._judged(body, 0, "p", pieces)
        if trouble is not None:
            return pieces, trouble
        first = self._number(pieces["p"])
        if self._unannounced and first & _TOP:
            expected = "bit 1 clear, as the second bitmap is always there"
            return pieces, Complaint("p", self._start, expected, "it set")
        if not (self._unannounced or first & _TOP):
            return pieces, None
        trouble = self._judged(body, 1, "1", pieces)
        if trouble is None and self._third and self._number(pieces["1"]) & _TOP:
            third: dict[str, bytes] = {}
            trouble = self._judged(body, 2, "65", third)
            pieces["1"] += third.get("65", b"")
        return pieces, trouble

    def announced(self, body: bytes) -> bytes:
        """A message whose bitmaps were judged, as pyiso8583 must see it: bit 1 set if need be."""
        return self._with_first(body, _TOP) if self._unannounced else body

    def sent(self, body: bytes) -> bytes:
        """A message as pyiso8583 wrote it with the second bitmap that the dialect always has."""
        if not self._always:
            return body
        end = self._start + self._width
        if not self._number(body[self._start : end]) & _TOP:
            body = body[:end] + self._bytes(0) + body[end:]
        return self._with_first(body, 0 if self._unannounced else _TOP)

    def _with_first(self, body: bytes, top: int) -> bytes:
        end = self._start + self._width
        bits = self._number(body[self._start : end]) & ~_TOP | top
        return body[: self._start] + self._bytes(bits) + body[end:]

    def _judged(
        self, body: bytes, place: int, key: str, pieces: dict[str, bytes]
    ) -> Complaint | None:
        width = self._width
        start = self._start + place * width
        part = body[start : start + width]
        words = f"{width} {'bytes' if self._raw else 'hexadecimal characters'}"
        if not self._raw:
            text = part.decode(self._codec)
            bad = next((at for at, one in enumerate(text) if one not in _HEX), None)
            if bad is not None:
                return Complaint(key, start + bad, words, character_words(text[bad]))
        if len(part) < width:
            return Complaint(key, start + len(part), words, f"the end after {len(part)}")
        pieces[key] = part
        unknown = self._number(part) & self._unknown[place]
        if not unknown:
            return None
        bit = BITS + 1 - unknown.bit_length()
        number = BITS * place + bit
        third = number == THIRD_BITMAP_BIT
        found = "a tertiary bitmap (bit 65)" if third else f"bit {number}"
        expected = f"only elements of {self._dialect.name}"
        return Complaint(key, start + (bit - 1) * width // BITS, expected, found)

    def _number(self, part: bytes) -> int:
        if self._raw:
            return int.from_bytes(part, "big")
        return int(part.decode(self._codec), 16)

    def _bytes(self, bits: int) -> bytes:
        raw = bits.to_bytes(_BYTES, "big")
        return raw if self._raw else raw.hex().upper().encode(self._codec)
