"""A dialect as a pyiso8583 specification, and what pyiso8583 cannot say about BCD."""

from __future__ import annotations

from typing import TypedDict

from switch.wire.dialect import Dialect, Field

# Text is read as latin-1, which takes every byte: what is not ASCII is an error of content,
# found later, and does not hide the elements behind it.
TEXT = "latin-1"


class FieldSpec(TypedDict):
    """One element as pyiso8583 wants it."""

    data_enc: str
    len_enc: str
    len_type: int
    len_count: str
    right_pad: str
    max_len: int
    desc: str


def spec_of(dialect: Dialect) -> dict[str, FieldSpec]:
    """The specification of a whole dialect: header (none), MTI, bitmaps, elements."""
    bitmap = _fixed("bitmap", dialect.bitmap == "raw", 8, 16)
    spec = {
        "h": _fixed("header", False, 0, 0),
        "t": _fixed("message type", dialect.numeric == "bcd", 2, 4),
        "p": bitmap,
        "1": bitmap,
    }
    return spec | {key: _field_spec(known, dialect) for key, known in dialect.fields.items()}


def odd_fixed(dialect: Dialect) -> frozenset[str]:
    """Fixed BCD numbers with an odd number of digits: one pad digit in front.

    pyiso8583 reads them as whole bytes, so that a wrong pad digit does not end the reading.
    """
    return frozenset(
        key
        for key, known in dialect.fields.items()
        if known.encoding == "bcd" and known.kind == "n" and not known.prefix and known.longest % 2
    )


def converted(dialect: Dialect) -> frozenset[str]:
    """BCD elements that are not digits alone: tracks, and amounts with a sign."""
    return frozenset(
        key
        for key, known in dialect.fields.items()
        if known.encoding == "bcd" and known.kind in ("z", "x+n")
    )


def from_bcd(known: Field, value: str) -> str:
    """pyiso8583's hexadecimal as a value: `D` becomes the separator, `43` in front the sign C."""
    if known.kind == "z":
        return value.replace("D", "=")
    return chr(int(value[:2], 16)) + value[2:]


def to_bcd(known: Field, value: str) -> str:
    """The reverse of `from_bcd`."""
    if known.kind == "z":
        return value.replace("=", "D")
    return f"{ord(value[0]):02X}{value[1:]}"


def _fixed(name: str, packed: bool, packed_size: int, text_size: int) -> FieldSpec:
    size = packed_size if packed else text_size
    return _entry(name, packed, len_type=0, len_enc=TEXT, max_len=size)


def _field_spec(known: Field, dialect: Dialect) -> FieldSpec:
    size, count, pad = known.longest, "bytes", ""
    if known.encoding == "hex":
        size *= 2
    elif known.encoding == "bcd" and known.kind == "x+n":
        size = 1 + known.longest // 2
    elif known.encoding == "bcd" and not known.prefix:
        size = (known.longest + 1) // 2
    elif known.encoding == "bcd":
        count, pad = "nibbles", "0"
    packed_length = dialect.length == "bcd"
    return _entry(
        known.name,
        known.encoding in ("bcd", "raw"),
        len_type=(known.prefix + 1) // 2 if packed_length else known.prefix,
        len_enc="bcd" if packed_length else TEXT,
        max_len=size,
        len_count=count,
        right_pad=pad,
    )


def _entry(
    name: str,
    packed: bool,
    *,
    len_type: int,
    len_enc: str,
    max_len: int,
    len_count: str = "bytes",
    right_pad: str = "",
) -> FieldSpec:
    return {
        "data_enc": "b" if packed else TEXT,
        "len_enc": len_enc,
        "len_type": len_type,
        "len_count": len_count,
        "right_pad": right_pad,
        "max_len": max_len,
        "desc": name,
    }
