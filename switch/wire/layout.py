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

from switch.wire.content import character_words
from switch.wire.dialect import Dialect, Field
from switch.wire.errors import Complaint

# Text is read as latin-1, which takes every byte: what is not ASCII is an error of content,
# found later, and does not hide the elements behind it.
_TEXT = "latin-1"
_HEX16 = re.compile(rb"[0-9A-Fa-f]{16}")
_MTI_TEXT = re.compile(rb"[0-9]{4}")
_BITMAP_BYTES = 8


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes of one element: [start, data) is its length prefix, [data, end) its value."""

    start: int
    data: int
    end: int


@dataclass(slots=True)
class Reading:
    """What was read: values as messages hold them, where they were, and what went wrong.

    `trouble` ends the reading: nothing behind it can be located. `pads` are wrong pad digits.
    """

    values: dict[str, str] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)
    trouble: Complaint | None = None
    pads: list[Complaint] = field(default_factory=list)


class Layout:
    """The bytes of one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._spec = _spec(dialect)
        self._mti_size = 2 if dialect.numeric == "bcd" else 4
        self._bitmap_size = _BITMAP_BYTES if dialect.bitmap == "raw" else 2 * _BITMAP_BYTES
        self._odd = _odd_fixed(dialect)
        self._converted = _converted(dialect)

    def read(self, body: bytes) -> Reading:
        """Every element that can be located. Never raises."""
        reading = Reading()
        reading.trouble = self._prologue(body, reading)
        if reading.trouble is not None:
            return reading
        stopped_at: str | None = None
        try:
            values, raw = iso8583.decode(body, self._spec)
        except iso8583.DecodeError as error:
            values, raw, stopped_at = error.doc_dec, error.doc_enc, error.field
            leftover = error.msg.startswith("Extra data")
        else:
            leftover = False
        self._collect(body, values, raw, None if leftover else stopped_at, reading)
        if leftover and reading.trouble is None:
            reading.trouble = self._leftover(body, reading, stopped_at or "p")
        return reading

    def write(self, values: Mapping[str, str]) -> bytes:
        """The bytes of values that were checked. Raises ValueError, without data, if it cannot."""
        prepared = dict(values)
        for key in self._odd & prepared.keys():
            prepared[key] = "0" + prepared[key]
        for key in self._converted & prepared.keys():
            prepared[key] = _to_bcd(self._dialect.fields[key], prepared[key])
        try:
            body, _ = iso8583.encode(prepared, self._spec)
        except iso8583.EncodeError as error:
            refused = f"field {error.field} does not fit its layout"
        else:
            return bytes(body)
        raise ValueError(refused)

    def byte_of(self, key: str, span: Span, offset: int) -> int:
        """The byte that holds the character `offset` of an element's value."""
        known = self._dialect.fields.get(key)
        if known is None or known.encoding in ("ascii", "hex"):
            at = span.data + offset
        elif known.kind == "x+n":
            at = (
                span.data
                if offset == 0
                else span.data + 1 + (offset - 1 + known.longest % 2 * 0) // 2
            )
        else:
            at = span.data + (offset + (key in self._odd)) // 2
        return min(at, max(span.end - 1, span.start))

    def _prologue(self, body: bytes, reading: Reading) -> Complaint | None:
        """MTI and bitmaps, read more strictly than pyiso8583 does."""
        size = self._mti_size
        head = body[:size]
        digits = head.hex() if size == 2 else head.decode(_TEXT)
        if len(head) < size:
            return Complaint("t", 0, f"{size} bytes", f"the end after {len(head)}")
        if not (digits.isascii() and digits.isdigit()):
            wrong = next(i for i, c in enumerate(digits) if not ("0" <= c <= "9"))
            at = wrong // 2 if size == 2 else wrong
            return Complaint("t", at, "4 digits", character_words(digits[wrong]))
        reading.values["t"] = digits
        reading.spans["t"] = Span(0, 0, size)
        trouble = self._bitmap(body, "p", size, reading)
        if trouble is None and self._bits(body, size) >> 63:
            trouble = self._bitmap(body, "1", size + self._bitmap_size, reading)
        return trouble

    def _bitmap(self, body: bytes, key: str, start: int, reading: Reading) -> Complaint | None:
        width = self._bitmap_size
        part = body[start : start + width]
        words = f"{width} {'bytes' if width == _BITMAP_BYTES else 'hexadecimal characters'}"
        if width != _BITMAP_BYTES and (bad := re.search(rb"[^0-9A-Fa-f]", part)) is not None:
            found = character_words(chr(part[bad.start()]))
            return Complaint(key, start + bad.start(), words, found)
        if len(part) < width:
            return Complaint(key, start + len(part), words, f"the end after {len(part)}")
        reading.spans[key] = Span(start, start, start + width)
        base = 0 if key == "p" else 64
        bits = self._bits(body, start)
        for bit in range(1, 65):
            if not bits >> (64 - bit) & 1 or base + bit == 1:
                continue
            if str(base + bit) not in self._dialect.fields:
                at = start + (bit - 1) * width // 64
                named = "a tertiary bitmap (bit 65)" if base + bit == 65 else f"bit {base + bit}"
                expected = f"only elements that {self._dialect.name} has"
                return Complaint(key, at, expected, named)
        return None

    def _bits(self, body: bytes, start: int) -> int:
        part = body[start : start + self._bitmap_size]
        return int.from_bytes(part, "big") if len(part) == _BITMAP_BYTES else int(part, 16)

    def _collect(
        self,
        body: bytes,
        values: Mapping[str, str],
        raw: Mapping[str, Mapping[str, bytes]],
        stopped_at: str | None,
        reading: Reading,
    ) -> None:
        """Take what pyiso8583 read, up to the first thing that is wrong."""
        at = 0
        text_lengths = self._dialect.length == "ascii"
        for key, pieces in raw.items():
            prefix, data = pieces["len"], pieces["data"]
            # int() takes "+1", " 6" and "1_0" for lengths.
            bad_prefix = text_lengths and prefix and not prefix.isdigit()
            if key == stopped_at or bad_prefix:
                reading.trouble = self._trouble(body, self._dialect.fields[key], at)
                return
            end = at + len(prefix) + len(data)
            if key in self._dialect.fields:
                reading.spans[key] = Span(at, at + len(prefix), end)
                reading.values[key] = self._value(key, values[key], at, reading)
            at = end

    def _value(self, key: str, value: str, at: int, reading: Reading) -> str:
        if key in self._odd:
            if value[0] != "0":
                name = self._dialect.name_of(key)
                complaint = Complaint(
                    key, at, "a pad digit 0 in front", character_words(value[0]), name
                )
                reading.pads.append(complaint)
            return value[1:]
        return _from_bcd(self._dialect.fields[key], value) if key in self._converted else value

    def _trouble(self, body: bytes, known: Field, start: int) -> Complaint:
        """Why an element could not be located, from its first byte."""

        def complain(position: int, expected: str, found: str) -> Complaint:
            return Complaint(known.key, position, expected, found, known.name)

        width = self._spec[known.key]["len_type"]
        prefix = body[start : start + width]
        digits = prefix.hex() if self._dialect.length == "bcd" else prefix.decode(_TEXT)
        wrong = re.search("[^0-9]", digits)
        if wrong is not None:
            at = start + wrong.start() * width // max(len(digits), 1)
            return complain(at, f"{len(digits)} digits of length", character_words(wrong[0]))
        if len(prefix) < width:
            found = f"the end of the message after {len(prefix)}"
            return complain(start + len(prefix), f"{width} bytes of length", found)
        size = int(digits) if width else self._spec[known.key]["max_len"]
        if width and size > self._spec[known.key]["max_len"]:
            return complain(
                start, f"a length of at most {self._spec[known.key]['max_len']}", f"{size}"
            )
        if self._spec[known.key]["len_count"] == "nibbles":
            needed = (size + 1) // 2
        else:
            needed = size
        left = len(body) - start - width
        if left < needed:
            found = f"the end of the message after {left}"
            return complain(len(body), f"{needed} bytes", found)
        return complain(start + width + needed - 1, "a pad digit 0 behind", "another one")

    def _leftover(self, body: bytes, reading: Reading, last: str) -> Complaint:
        at = max(span.end for span in reading.spans.values())
        expected = "the end of the message"
        extra = len(body) - at
        found = f"{extra} more byte{'s' if extra > 1 else ''}"
        if last in ("p", "1"):
            return Complaint("p", at, f"{expected}: no element is announced", found)
        return Complaint(last, at, f"{expected} behind it", found, self._dialect.name_of(last))


def _spec(dialect: Dialect) -> dict[str, dict[str, Any]]:
    bitmap = {"data_enc": "b" if dialect.bitmap == "raw" else _TEXT, "len_enc": _TEXT}
    bitmap |= {"len_type": 0, "max_len": 8 if dialect.bitmap == "raw" else 16, "desc": "bitmap"}
    mti = {"data_enc": "b" if dialect.numeric == "bcd" else _TEXT, "len_enc": _TEXT, "len_type": 0}
    mti |= {"max_len": 2 if dialect.numeric == "bcd" else 4, "desc": "message type"}
    header = {"data_enc": _TEXT, "len_enc": _TEXT, "len_type": 0, "max_len": 0, "desc": "header"}
    spec: dict[str, dict[str, Any]] = {"h": header, "t": mti, "p": bitmap, "1": bitmap}
    for key, known in dialect.fields.items():
        spec[key] = _field_spec(known, dialect)
    return spec


def _field_spec(known: Field, dialect: Dialect) -> dict[str, Any]:
    packed = known.encoding in ("bcd", "raw")
    size, count, pad = known.longest, "bytes", ""
    if known.encoding == "hex":
        size *= 2
    elif known.encoding == "bcd" and known.kind == "x+n":
        size = 1 + known.longest // 2
    elif known.encoding == "bcd" and not known.prefix:
        size = (known.longest + 1) // 2
    elif known.encoding == "bcd":
        count, pad = "nibbles", "0"
    bcd_length = dialect.length == "bcd"
    return {
        "data_enc": "b" if packed else _TEXT,
        "len_enc": "bcd" if bcd_length else _TEXT,
        "len_type": (known.prefix + 1) // 2 if bcd_length else known.prefix,
        "len_count": count,
        "right_pad": pad,
        "max_len": size,
        "desc": known.name,
    }


def _odd_fixed(dialect: Dialect) -> frozenset[str]:
    """Fixed BCD numbers with an odd number of digits: one pad digit in front."""
    return frozenset(
        key
        for key, known in dialect.fields.items()
        if known.encoding == "bcd" and known.kind == "n" and not known.prefix and known.longest % 2
    )


def _converted(dialect: Dialect) -> frozenset[str]:
    """BCD elements whose nibbles are not all digits."""
    return frozenset(
        key
        for key, known in dialect.fields.items()
        if known.encoding == "bcd" and known.kind in ("z", "x+n")
    )


def _from_bcd(known: Field, value: str) -> str:
    if known.kind == "z":
        return value.replace("D", "=")
    return chr(int(value[:2], 16)) + value[2:]


def _to_bcd(known: Field, value: str) -> str:
    if known.kind == "z":
        return value.replace("=", "D")
    return f"{ord(value[0]):02X}{value[1:]}"
