"""Where each element lies in the bytes: pyiso8583 reads and writes, we watch it.

The only module that knows pyiso8583. Its exceptions carry the whole message, so they end here:
what is wrong is worked out again from the bytes and leaves as a `Complaint`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import iso8583

from switch.wire.bitmaps import Bitmaps
from switch.wire.content import character_words
from switch.wire.dialect import Dialect, Field
from switch.wire.errors import Complaint
from switch.wire.lengths import all_digits, length_digits
from switch.wire.spec import converted, from_bcd, odd_fixed, spec_of, to_bcd
from switch.wire.tolerance import ANY_PAD, TRACK_SENTINELS, TRAILING_BYTES


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes of one element: [start, data) is its length prefix, [data, end) its value."""

    start: int
    data: int
    end: int


@dataclass(slots=True)
class Reading:
    """What was read: values as messages hold them, and what went wrong.

    `trouble` ended the reading: nothing behind it can be located. `pads` are wrong pad digits,
    `tolerated` the options that let something pass.
    """

    values: dict[str, str] = field(default_factory=dict)
    raw: dict[str, dict[str, bytes]] = field(default_factory=dict)
    trouble: Complaint | None = None
    pads: list[Complaint] = field(default_factory=list)
    tolerated: list[str] = field(default_factory=list)

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
    """The bytes of one dialect; `tolerate` are options of `switch.wire.tolerance`."""

    def __init__(self, dialect: Dialect, tolerate: frozenset[str] = frozenset()) -> None:
        self._dialect = dialect
        self._tolerate = tolerate
        self._spec = spec_of(dialect)
        self._mti_size = 2 if dialect.numeric == "bcd" else 4
        self._bitmaps = Bitmaps(dialect, self._mti_size)
        self._odd = odd_fixed(dialect)
        self._converted = converted(dialect)
        self._sentinels = TRACK_SENTINELS in tolerate
        self._text_lengths = any(
            known.prefix and known.length_encoding not in ("bcd", "binary")
            for known in dialect.fields.values()
        )

    def read(self, body: bytes) -> Reading:
        """Every element that can be located. Never raises."""
        reading = Reading()
        reading.trouble = self._prologue(body, reading)
        if reading.trouble is not None:
            return reading
        announced = self._bitmaps.announced(body)
        stopped_at, leftover = self._decode(announced, reading)
        while ANY_PAD in self._tolerate and stopped_at and not leftover:
            repadded = self._repadded(announced, reading, stopped_at)
            if repadded is None:
                break
            announced = repadded
            reading.tolerated.append(ANY_PAD)
            stopped_at, leftover = self._decode(announced, reading)
        if not leftover and stopped_at:
            reading.trouble = self._cut(body, reading, stopped_at)
        if self._text_lengths:
            self._check_lengths(body, reading)
        if leftover and reading.trouble is None:
            if TRAILING_BYTES in self._tolerate:
                reading.tolerated.append(TRAILING_BYTES)
            else:
                reading.trouble = self._leftover(body, reading, stopped_at)
        self._convert(reading)
        return reading

    def write(self, values: Mapping[str, str]) -> bytes:
        """The bytes of values that were checked. Raises ValueError, without data, if it cannot."""
        body, _ = self._encode(values)
        return body

    def pieces(self, values: Mapping[str, str]) -> dict[str, bytes]:
        """The bytes of the MTI (`t`), of the bitmaps (`p`) and of each element, in their order."""
        body, encoded = self._encode(values)
        elements = {
            key: bytes(encoded[key]["len"]) + bytes(encoded[key]["data"])
            for key in sorted((key for key in encoded if key in self._dialect.fields), key=int)
        }
        head = len(body) - sum(map(len, elements.values()))
        mti, size = body[: self._mti_size], self._mti_size
        return {"t": mti, "p": body[size:head], **elements}

    def _encode(self, values: Mapping[str, str]) -> tuple[bytes, dict[str, Any]]:
        prepared = dict(values)
        for key in self._odd.keys() & prepared.keys():
            left, digit = self._odd[key]
            prepared[key] = digit + prepared[key] if left else prepared[key] + digit
        for key in self._converted & prepared.keys():
            prepared[key] = to_bcd(self._dialect.fields[key], prepared[key])
        try:
            body, encoded = iso8583.encode(prepared, self._spec)
            return self._bitmaps.sent(bytes(body)), dict(encoded)
        except iso8583.EncodeError as error:
            refused = f"field {error.field} does not fit its layout"
        raise ValueError(refused)

    def byte_of(self, key: str, span: Span, offset: int, value: str) -> int:
        """The byte that holds the character `offset` of an element's value."""
        known = self._dialect.fields[key]
        if known.encoding not in ("bcd", "raw"):
            at = span.data + offset
        elif known.kind == "x+n":
            at = span.data + (offset + 1) // 2
        else:
            pad = known.pad or known.usual_pad
            shifted = known.encoding == "bcd" and pad.startswith("left") and len(value) % 2
            at = span.data + (offset + shifted) // 2
        return min(at, max(span.end - 1, span.start))

    def _decode(self, body: bytes, reading: Reading) -> tuple[str, bool]:
        """Let pyiso8583 read: where it stopped, and whether only bytes were left over there."""
        try:
            reading.values, reading.raw = iso8583.decode(body, self._spec)
        except iso8583.DecodeError as error:
            reading.values, reading.raw = error.doc_dec, error.doc_enc
            return error.field, error.msg.startswith("Extra data")
        return "", False

    def _prologue(self, body: bytes, reading: Reading) -> Complaint | None:
        """MTI and bitmaps, read more strictly than pyiso8583 does."""
        size = self._mti_size
        head = body[:size]
        digits = head.hex() if size == 2 else head.decode(self._dialect.codec)
        if len(head) < size:
            return Complaint("t", len(head), f"{size} bytes", f"the end after {len(head)}")
        if not all_digits(digits):
            wrong = next(at for at, one in enumerate(digits) if not "0" <= one <= "9")
            place = wrong // 2 if size == 2 else wrong
            return Complaint("t", place, "4 digits", character_words(digits[wrong]))
        reading.values["t"] = digits
        reading.raw["t"] = {"len": b"", "data": head}
        pieces, trouble = self._bitmaps.read(body)
        reading.raw |= {key: {"len": b"", "data": piece} for key, piece in pieces.items()}
        return trouble

    def _cut(self, body: bytes, reading: Reading, key: str) -> Complaint:
        """Take the element that pyiso8583 stopped at, and what it made of it, out again."""
        reading.raw.pop(key, None)
        reading.values.pop(key, None)
        return self._trouble(body, self._dialect.fields[key], _end(reading))

    def _check_lengths(self, body: bytes, reading: Reading) -> None:
        """Find the first length that is not digits: int() takes "+1", " 6" and "1_0"."""
        fields = self._dialect.fields

        def wrong(key: str, raw: bytes) -> bool:
            return bool(raw) and not all_digits(length_digits(raw, fields[key].length_encoding))

        key = next((one for one, pieces in reading.raw.items() if wrong(one, pieces["len"])), None)
        if key is None:
            return
        keys = list(reading.raw)
        for unread in keys[keys.index(key) :]:
            del reading.raw[unread], reading.values[unread]
        reading.trouble = self._trouble(body, fields[key], _end(reading))

    def _convert(self, reading: Reading) -> None:
        """From pyiso8583's strings to the values of messages."""
        values = reading.values
        values.pop("p", None)
        values.pop("1", None)
        for key in self._odd.keys() & values.keys():
            left, digit = self._odd[key]
            pad = values[key][0] if left else values[key][-1]
            if pad != digit:
                self._wrong_pad(key, pad, reading)
            values[key] = values[key][1:] if left else values[key][:-1]
        for key in self._converted & values.keys():
            known = self._dialect.fields[key]
            values[key] = from_bcd(known, values[key], sentinels=self._sentinels)

    def _wrong_pad(self, key: str, pad: str, reading: Reading) -> None:
        if ANY_PAD in self._tolerate:
            reading.tolerated.append(ANY_PAD)
            return
        left, digit = self._odd[key]
        span = reading.spans()[key]
        expected = f"a pad digit {digit} {'in front' if left else 'behind'}"
        at = span.start if left else span.end - 1
        name = self._dialect.name_of(key)
        reading.pads.append(Complaint(key, at, expected, character_words(pad), name))

    def _repadded(self, body: bytes, reading: Reading, key: str) -> bytes | None:
        """The body with the pad that pyiso8583 wants, when that is why it stopped."""
        known = self._dialect.fields.get(key)
        at = _end(reading)
        if known is None or reading.raw[key]["data"] == b"":
            return None
        size = len(reading.raw[key]["data"])
        spec = self._spec[key]
        digits = length_digits(reading.raw[key]["len"], known.length_encoding)
        if spec["len_count"] != "nibbles" or not all_digits(digits) or not int(digits) % 2:
            return None
        if size != (int(digits) + 1) // 2:
            return None
        if spec["left_pad"]:
            byte = at - size
            fixed = int(spec["left_pad"], 16) << 4 | body[byte] & 0x0F
        else:
            byte = at - 1
            fixed = body[byte] & 0xF0 | int(spec["right_pad"], 16)
        if fixed == body[byte]:
            return None
        return body[:byte] + bytes((fixed,)) + body[byte + 1 :]

    def _trouble(self, body: bytes, known: Field, start: int) -> Complaint:
        """Why an element could not be located, from its first byte."""

        def complain(position: int, expected: str, found: str) -> Complaint:
            return Complaint(known.key, position, expected, found, known.name)

        spec = self._spec[known.key]
        width, longest = spec["len_type"], spec["max_len"]
        prefix = body[start : start + width]
        digits = length_digits(prefix, known.length_encoding) if prefix else ""
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
        if digit := spec["left_pad"]:
            return complain(start + width, f"a pad digit {digit} in front", "another one")
        at = start + width + needed - 1
        return complain(at, f"a pad digit {spec['right_pad']} behind", "another one")

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
