"""BER-TLV as chips use it: EMV book 3 annex B, rules of ISO/IEC 8825-1.

A tag has one byte, or more when its last five bits are ones; a length is one byte below 0x80, or
a byte 0x81, 0x82 or 0x83 and as many bytes. A tag with bit 6 set is constructed: its value is
tags again. The indefinite length (0x80) is not used by chips, and refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from switch.wire.structures import BerTag, BerTlv
from switch.wire.tlv import CompositeError, from_hex

TAG_BYTES_MAX = 4
"""EMV has two; three and four are seen in the tags of makers."""

DEPTH_MAX = 8
"""Templates in templates: chips use three levels at most."""

_LENGTH_BYTES_MAX = 3
_UNKNOWN = BerTag("")


class Item(NamedTuple):
    """A tag in hexadecimal, where it starts, where its value starts and ends."""

    tag: str
    at: int
    start: int
    end: int


def items(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Item]:
    """The tags between two places, not those inside them. Raises CompositeError.

    >>> data = bytes.fromhex("9A039912319F360200FF")
    >>> [(one.tag, data[one.start:one.end].hex()) for one in items(data)]
    [('9A', '991231'), ('9F36', '00ff')]
    """
    at = start
    stop = len(data) if end is None else end
    while at < stop:
        tag = _tag(data, at, stop)
        size_at = at + len(tag) // 2
        size, value_at = _size(data, size_at, stop, tag)
        if value_at + size > stop:
            found = f"the end after {stop - value_at}"
            raise CompositeError((tag,), value_at, f"{size} bytes", found)
        yield Item(tag, at, value_at, value_at + size)
        at = value_at + size


def constructed(tag: str, shape: BerTlv) -> bool:
    """Whether the value of a tag is tags again.

    >>> constructed("77", BerTlv()), constructed("9F26", BerTlv())
    (True, False)
    """
    return bool(int(tag[:2], 16) & 0x20) and shape.tags.get(tag, _UNKNOWN).nested


def unpack(data: bytes, shape: BerTlv) -> dict[str, Any]:
    """Tags and values in their order; unknown tags are kept. Raises CompositeError.

    >>> unpack(bytes.fromhex("7106860400000001"), BerTlv())
    {'71': {'86': '00000001'}}
    """
    return _unpacked(data, 0, len(data), shape, 1)


def pack(fields: Mapping[Any, Any], shape: BerTlv) -> bytes:
    """The bytes of tags and values, lengths in their shortest form. Raises CompositeError.

    >>> pack({"71": {"86": "00000001"}}, BerTlv()).hex()
    '7106860400000001'
    """
    return _packed(fields, shape, 1)


def well_formed_tag(tag: object) -> bool:
    """Whether this is one whole tag in capital hexadecimal.

    >>> well_formed_tag("9F26"), well_formed_tag("9F"), well_formed_tag("9f26")
    (True, False, False)
    """
    if not isinstance(tag, str) or len(tag) % 2 or not tag:
        return False
    if any(one not in "0123456789ABCDEF" for one in tag):
        return False
    raw = bytes.fromhex(tag)
    try:
        return _tag(raw, 0, len(raw)) == tag
    except CompositeError:
        return False


def _unpacked(data: bytes, start: int, end: int, shape: BerTlv, depth: int) -> dict[str, Any]:
    if depth > DEPTH_MAX:
        raise CompositeError((), start, f"at most {DEPTH_MAX} levels", "another one")
    fields: dict[str, Any] = {}
    last = ""
    for item in items(data, start, end):
        try:
            value: Any = (
                _unpacked(data, item.start, item.end, shape, depth + 1)
                if constructed(item.tag, shape)
                else data[item.start : item.end].hex().upper()
            )
        except CompositeError as error:
            wrong = error.inside(item.tag)
        else:
            if item.tag not in fields:
                fields[item.tag] = value
            elif last == item.tag:
                before = fields[item.tag]
                fields[item.tag] = [*before, value] if isinstance(before, list) else [before, value]
            else:
                expected = "what comes several times to come in a row"
                raise CompositeError((item.tag,), item.at, expected, f"tag {item.tag} again")
            last = item.tag
            continue
        raise wrong
    return fields


def _packed(fields: Mapping[Any, Any], shape: BerTlv, depth: int) -> bytes:
    if depth > DEPTH_MAX:
        raise CompositeError((), 0, f"at most {DEPTH_MAX} levels", "another one")
    raw = bytearray()
    for tag, given in fields.items():
        if not well_formed_tag(tag):
            raise CompositeError((), 0, "tags in capital hexadecimal", "another key")
        for place, value in enumerate(given if isinstance(given, list) else [given]):
            try:
                inner = _value(tag, value, shape, depth)
            except CompositeError as error:
                step = error.inside(place) if isinstance(given, list) else error
                wrong = step.inside(tag)
            else:
                raw += bytes.fromhex(tag) + _length(len(inner), tag) + inner
                continue
            raise wrong
    return bytes(raw)


def _value(tag: str, value: Any, shape: BerTlv, depth: int) -> bytes:
    if isinstance(value, Mapping):
        if not constructed(tag, shape):
            raise CompositeError((), 0, "hexadecimal in quotes", "an object")
        return _packed(value, shape, depth + 1)
    if not isinstance(value, str):
        raise CompositeError((), 0, "hexadecimal in quotes", f"a {type(value).__name__}")
    inner = from_hex(value)
    if constructed(tag, shape):
        _unpacked(inner, 0, len(inner), shape, depth + 1)
    return inner


def _tag(data: bytes, at: int, stop: int) -> str:
    end = at + 1
    if data[at] == 0:
        raise CompositeError((), at, "a tag", "0x00")
    if data[at] & 0x1F == 0x1F:
        while end < stop and data[end] & 0x80:
            end += 1
        end += 1
    if end - at > TAG_BYTES_MAX:
        raise CompositeError((), at, f"a tag of at most {TAG_BYTES_MAX} bytes", "a longer one")
    if end > stop:
        raise CompositeError((), at, "a whole tag", "the end inside it")
    return data[at:end].hex().upper()


def _size(data: bytes, at: int, stop: int, tag: str) -> tuple[int, int]:
    """The length at a place, and where the value starts."""
    if at >= stop:
        raise CompositeError((tag,), at, "a length", "the end")
    first = data[at]
    if first < 0x80:
        return first, at + 1
    if first == 0x80:
        raise CompositeError((tag,), at, "a definite length", "the indefinite one, 0x80")
    count = first & 0x7F
    if count > _LENGTH_BYTES_MAX:
        expected = f"a length of at most {_LENGTH_BYTES_MAX} bytes"
        raise CompositeError((tag,), at, expected, f"one of {count}")
    if at + 1 + count > stop:
        found = f"the end after {stop - at - 1}"
        raise CompositeError((tag,), at, f"{count} bytes of length", found)
    return int.from_bytes(data[at + 1 : at + 1 + count], "big"), at + 1 + count


def _length(size: int, tag: str) -> bytes:
    """A length in its shortest form."""
    if size < 0x80:
        return bytes((size,))
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    if len(raw) > _LENGTH_BYTES_MAX:
        raise CompositeError((tag,), 0, f"a length of {_LENGTH_BYTES_MAX} bytes", f"{len(raw)}")
    return bytes((0x80 | len(raw), *raw))
