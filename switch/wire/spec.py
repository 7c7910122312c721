"""A dialect as a pyiso8583 specification, and what pyiso8583 cannot say about BCD."""

from __future__ import annotations

from typing import NamedTuple, TypedDict

from switch.wire.dialect import Dialect, Field
from switch.wire.lengths import codec_of, prefix_width

# Text is read as latin-1, which takes every byte: what is not ASCII is an error of content,
# found later, and does not hide the elements behind it.
TEXT = "latin-1"

# ISO/IEC 7811-2: the characters of a track are 0x30 and four bits, so B is `;`, D `=` and F `?`.
_FROM_NIBBLES = str.maketrans("BDF", ";=?")
_TO_NIBBLES = str.maketrans(";=?", "BDF")


class FieldSpec(TypedDict):
    """One element as pyiso8583 wants it."""

    data_enc: str
    len_enc: str
    len_type: int
    len_count: str
    left_pad: str
    right_pad: str
    max_len: int
    desc: str


class FixedPad(NamedTuple):
    """The pad of a fixed BCD number with an odd number of digits: on which side, which digit."""

    left: bool
    digit: str


def spec_of(dialect: Dialect) -> dict[str, FieldSpec]:
    """The specification of a whole dialect: header (none), MTI, bitmaps, elements."""
    bitmap = _fixed("bitmap", dialect.bitmap == "raw", 8, 16, dialect.codec)
    spec = {
        "h": _fixed("header", False, 0, 0, dialect.codec),
        "t": _fixed("message type", dialect.numeric == "bcd", 2, 4, dialect.codec),
        "p": bitmap,
        "1": bitmap,
    }
    return spec | {key: _field_spec(known) for key, known in dialect.fields.items()}


def odd_fixed(dialect: Dialect) -> dict[str, FixedPad]:
    """The fixed BCD numbers with an odd number of digits.

    pyiso8583 reads them as whole bytes, so that a wrong pad digit does not end the reading.
    """
    return {
        key: FixedPad((known.pad or "left 0").startswith("left"), (known.pad or "left 0")[-1])
        for key, known in dialect.fields.items()
        if known.encoding == "bcd" and known.kind == "n" and not known.prefix and known.longest % 2
    }


def converted(dialect: Dialect) -> frozenset[str]:
    """BCD elements that are not digits alone: tracks, and amounts with a sign."""
    return frozenset(
        key
        for key, known in dialect.fields.items()
        if known.encoding == "bcd" and known.kind in ("z", "x+n")
    )


def from_bcd(known: Field, value: str, *, sentinels: bool = False) -> str:
    """pyiso8583's hexadecimal as a value: `D` becomes the separator, `43` in front the sign C.

    With `sentinels` the nibbles B and F are those of a track, `;` and `?`; without, letters that
    no track may hold.
    """
    if known.kind == "z":
        return value.translate(_FROM_NIBBLES) if sentinels else value.replace("D", "=")
    return bytes.fromhex(value[:2]).decode(known.codec) + value[2:]


def to_bcd(known: Field, value: str) -> str:
    """The reverse of `from_bcd`."""
    if known.kind == "z":
        return value.translate(_TO_NIBBLES)
    return value[0].encode(known.codec).hex().upper() + value[1:]


def _fixed(name: str, packed: bool, packed_size: int, text_size: int, codec: str) -> FieldSpec:
    size = packed_size if packed else text_size
    return _entry(name, "b" if packed else codec, len_type=0, len_enc=codec, max_len=size)


def _field_spec(known: Field) -> FieldSpec:
    size, count, pad = known.longest, "bytes", ""
    if known.encoding == "hex":
        size *= 2
    elif known.encoding == "bcd" and known.kind == "x+n":
        size = 1 + known.longest // 2
    elif known.encoding == "bcd" and (not known.prefix or known.counts_bytes):
        size = (known.longest + 1) // 2
    elif known.encoding == "bcd":
        count, pad = "nibbles", known.pad or known.usual_pad
    length = known.length_encoding
    return _entry(
        known.name,
        "b" if known.encoding in ("bcd", "raw") else known.codec,
        len_type=prefix_width(known.prefix, length),
        len_enc={"bcd": "bcd", "binary": "b"}.get(length) or codec_of(length),
        max_len=size,
        len_count=count,
        pad=pad,
    )


def _entry(
    name: str,
    encoding: str,
    *,
    len_type: int,
    len_enc: str,
    max_len: int,
    len_count: str = "bytes",
    pad: str = "",
) -> FieldSpec:
    side, _, digit = pad.partition(" ")
    return {
        "data_enc": encoding,
        "len_enc": len_enc,
        "len_type": len_type,
        "len_count": len_count,
        "left_pad": digit if side == "left" else "",
        "right_pad": digit if side == "right" else "",
        "max_len": max_len,
        "desc": name,
    }
