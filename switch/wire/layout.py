"""Where each element lies in the bytes: pyiso8583 reads and writes, we watch it.

The only module that knows pyiso8583. Its exceptions carry the whole message, so they end here:
what is wrong is worked out again from the bytes and leaves as a `Complaint`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import iso8583

from switch.wire.content import character_words
from switch.wire.dialect import Dialect, Field
from switch.wire.errors import Complaint
from switch.wire.spec import TEXT, converted, from_bcd, odd_fixed, spec_of, to_bcd

_BITMAP_BYTES = 8
_NOT_HEX = re.compile(rb"[^0-9A-Fa-f]")


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes of one element: [start, data) is its length prefix, [data, end) its value."""

    start: int
    data: int
    end: int


@dataclass(slots=True)
class Reading:
    """What was read: values as messages hold them, and what went wrong.

    `trouble` ended the reading: nothing behind it can be located. `pads` are wrong pad digits.
    """

    values: dict[str, str] = field(default_factory=dict)
    raw: dict[str, dict[str, bytes]] = field(default_factory=dict)
    trouble: Complaint | None = None
    pads: list[Complaint] = field(default_factory=list)

    def spans(self) -> dict[str, Span]:
        """Where the elements are that could be located, MTI (`t`) and bitmaps included."""
        spans: dict[str, Span] = {}
        at = 0
        for key, pieces in self.raw.items():
            data = at + len(pieces["len"])
            spans[key] = Span(at, data, data + len(pieces["data"]))
            at = spans[key].end
        return spans


class Layout:
    """The bytes of one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._spec = spec_of(dialect)
        self._mti_size = 2 if dialect.numeric == "bcd" else 4
        self._bitmap_size = _BITMAP_BYTES if dialect.bitmap == "raw" else 2 * _BITMAP_BYTES
        self._odd = odd_fixed(dialect)
        self._converted = converted(dialect)
        numbers = [known.number for known in dialect.fields.values()]
        primary = sum(1 << (64 - number) for number in numbers if number <= 64)
        secondary = sum(1 << (128 - number) for number in numbers if number > 64)
        # Bits nobody may set, in the first bitmap (whose bit 1 announces the second) and there.
        self._unknown = {"p": ~(primary | 1 << 63), "1": ~secondary}

    def read(self, body: bytes) -> Reading:
        """Every element that can be located. Never raises."""
        reading = Reading()
        reading.trouble = self._prologue(body, reading)
        if reading.trouble is not None:
            return reading
        stopped_at, leftover = "", False
        try:
            reading.values, reading.raw = iso8583.decode(body, self._spec)
        except iso8583.DecodeError as error:
            reading.values, reading.raw, stopped_at = error.doc_dec, error.doc_enc, error.field
            leftover = error.msg.startswith("Extra data")
        if not leftover and stopped_at:
            reading.trouble = self._cut(body, reading, stopped_at)
        self._check_lengths(body, reading)
        if leftover and reading.trouble is None:
            reading.trouble = self._leftover(body, reading, stopped_at)
        self._convert(reading)
        return reading

    def write(self, values: Mapping[str, str]) -> bytes:
        """The bytes of values that were checked. Raises ValueError, without data, if it cannot."""
        prepared = dict(values)
        for key in self._odd & prepared.keys():
            prepared[key] = "0" + prepared[key]
        for key in self._converted & prepared.keys():
            prepared[key] = to_bcd(self._dialect.fields[key], prepared[key])
        try:
            return bytes(iso8583.encode(prepared, self._spec)[0])
        except iso8583.EncodeError as error:
            refused = f"field {error.field} does not fit its layout"
        raise ValueError(refused)

    def byte_of(self, key: str, span: Span, offset: int) -> int:
        """The byte that holds the character `offset` of an element's value."""
        known = self._dialect.fields[key]
        if known.encoding in ("ascii", "hex"):
            at = span.data + offset
        elif known.kind == "x+n":
            at = span.data + (offset + 1) // 2
        else:
            at = span.data + (offset + (key in self._odd)) // 2
        return min(at, max(span.end - 1, span.start))

    def _prologue(self, body: bytes, reading: Reading) -> Complaint | None:
        """MTI and bitmaps, read more strictly than pyiso8583 does."""
        size = self._mti_size
        head = body[:size]
        digits = head.hex() if size == 2 else head.decode(TEXT)
        if len(head) < size:
            return Complaint("t", len(head), f"{size} bytes", f"the end after {len(head)}")
        if not (digits.isascii() and digits.isdigit()):
            wrong = next(at for at, one in enumerate(digits) if not "0" <= one <= "9")
            place = wrong // 2 if size == 2 else wrong
            return Complaint("t", place, "4 digits", character_words(digits[wrong]))
        reading.values["t"] = digits
        reading.raw["t"] = {"len": b"", "data": head}
        trouble = self._bitmap(body, "p", size, reading)
        if trouble is None and self._bits(reading, "p") >> 63:
            trouble = self._bitmap(body, "1", size + self._bitmap_size, reading)
        return trouble

    def _bitmap(self, body: bytes, key: str, start: int, reading: Reading) -> Complaint | None:
        width = self._bitmap_size
        part = body[start : start + width]
        words = f"{width} {'bytes' if width == _BITMAP_BYTES else 'hexadecimal characters'}"
        if width != _BITMAP_BYTES and (bad := _NOT_HEX.search(part)) is not None:
            return Complaint(key, start + bad.start(), words, character_words(bad[0].decode(TEXT)))
        if len(part) < width:
            return Complaint(key, start + len(part), words, f"the end after {len(part)}")
        reading.raw[key] = {"len": b"", "data": part}
        unknown = self._bits(reading, key) & self._unknown[key]
        if not unknown:
            return None
        bit = 65 - unknown.bit_length()
        number = bit if key == "p" else 64 + bit
        found = "a tertiary bitmap (bit 65)" if number == 65 else f"bit {number}"
        expected = f"only elements of {self._dialect.name}"
        return Complaint(key, start + (bit - 1) * width // 64, expected, found)

    def _bits(self, reading: Reading, key: str) -> int:
        part = reading.raw[key]["data"]
        return int.from_bytes(part, "big") if len(part) == _BITMAP_BYTES else int(part, 16)

    def _cut(self, body: bytes, reading: Reading, key: str) -> Complaint:
        """Take the element that pyiso8583 stopped at, and what it made of it, out again."""
        reading.raw.pop(key, None)
        reading.values.pop(key, None)
        return self._trouble(body, self._dialect.fields[key], _end(reading))

    def _check_lengths(self, body: bytes, reading: Reading) -> None:
        """Find the first length that is not digits: int() takes "+1", " 6" and "1_0"."""
        if self._dialect.length != "ascii":
            return
        keys = list(reading.raw)
        lengths = (pieces["len"] for pieces in reading.raw.values())
        wrong = next((at for at, one in enumerate(lengths) if one and not one.isdigit()), None)
        if wrong is None:
            return
        for unread in keys[wrong:]:
            del reading.raw[unread], reading.values[unread]
        key = keys[wrong]
        reading.trouble = self._trouble(body, self._dialect.fields[key], _end(reading))

    def _convert(self, reading: Reading) -> None:
        """From pyiso8583's strings to the values of messages."""
        values = reading.values
        values.pop("p", None)
        values.pop("1", None)
        for key in self._odd & values.keys():
            if values[key][0] != "0":
                at, name = reading.spans()[key].start, self._dialect.name_of(key)
                found = character_words(values[key][0])
                reading.pads.append(Complaint(key, at, "a pad digit 0 in front", found, name))
            values[key] = values[key][1:]
        for key in self._converted & values.keys():
            values[key] = from_bcd(self._dialect.fields[key], values[key])

    def _trouble(self, body: bytes, known: Field, start: int) -> Complaint:
        """Why an element could not be located, from its first byte."""

        def complain(position: int, expected: str, found: str) -> Complaint:
            return Complaint(known.key, position, expected, found, known.name)

        spec = self._spec[known.key]
        width, longest = spec["len_type"], spec["max_len"]
        prefix = body[start : start + width]
        digits = prefix.hex() if self._dialect.length == "bcd" else prefix.decode(TEXT)
        if (wrong := re.search("[^0-9]", digits)) is not None:
            at = start + wrong.start() * len(prefix) // len(digits)
            expected = f"{width * len(digits) // len(prefix)} digits of length"
            return complain(at, expected, character_words(wrong[0]))
        if len(prefix) < width:
            found = f"the end of the message after {len(prefix)}"
            return complain(start + len(prefix), f"{width} bytes of length", found)
        size = int(digits) if width else longest
        if size > longest:
            return complain(start, f"a length of at most {longest}", f"{size}")
        needed = (size + 1) // 2 if spec["len_count"] == "nibbles" else size
        left = len(body) - start - width
        if left < needed:
            return complain(len(body), f"{needed} bytes", f"the end of the message after {left}")
        return complain(start + width + needed - 1, "a pad digit 0 behind", "another one")

    def _leftover(self, body: bytes, reading: Reading, last: str) -> Complaint:
        at = _end(reading)
        extra = len(body) - at
        found = f"{extra} more byte{'s' if extra > 1 else ''}"
        expected = "the end of the message"
        if last in ("p", "1"):
            return Complaint(last, at, f"{expected}, as no element is announced", found)
        return Complaint(last, at, f"{expected} behind it", found, self._dialect.name_of(last))


def _end(reading: Reading) -> int:
    return sum(len(pieces["len"]) + len(pieces["data"]) for pieces in reading.raw.values())
