"""Composite elements opened and closed: flat value <-> objects and lists, to any depth.

Inside, everything is text with one character a byte: the flat text itself, or the bytes of an
element of kind b read as latin-1. What is opened and closed again is the same, character for
character.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from switch.wire import ber, tlv
from switch.wire.leaves import bytes_of, kind_of, leaf_text, leaf_value
from switch.wire.lengths import (
    all_digits,
    codec_of,
    largest_length,
    length_digits,
    prefix_width,
    write_length,
)
from switch.wire.structures import BerTlv, Mapped, Part, Positional, Structure, Tlv
from switch.wire.tlv import CompositeError, from_hex

if TYPE_CHECKING:
    from switch.wire.dialect import Field
    from switch.wire.message import Value

_VALUE = Part("", 0, 9999, checked=False)
_BYTES = Part("", 0, 9999, kind="b", encoding="raw", checked=False)


def open_element(field: Field, flat: str) -> Value:
    """The objects and lists inside the flat value of an element with a structure.

    Raises CompositeError; its offset counts characters of `flat`.
    """
    assert field.structure is not None
    scale = 2 if field.kind == "b" else 1
    try:
        text = from_hex(flat).decode("latin-1") if scale == 2 else flat
        value: Value = unpack(text, field.structure)
    except CompositeError as error:
        wrong = CompositeError(error.steps, scale * error.offset, error.expected, error.found)
    else:
        return value
    raise wrong


def close_element(field: Field, value: Value) -> str:
    """The flat value of an element from what is inside it. Raises CompositeError.

    Text is taken for the flat value itself.
    """
    assert field.structure is not None
    if isinstance(value, str):
        return value
    text = pack(value, field.structure)
    return text.encode("latin-1").hex().upper() if field.kind == "b" else text


def check_element(field: Field, flat: str) -> Value:
    """What `open_element` gives, when closing it gives the same text again.

    BER-TLV can say one thing in several ways: only the shortest lengths and capital hexadecimal
    come back as they were. Raises CompositeError.
    """
    value = open_element(field, flat)
    again = close_element(field, value)
    if again == flat:
        return value
    pairs = enumerate(zip(again, flat, strict=False))
    at = next((at for at, (one, other) in pairs if one != other), min(len(again), len(flat)))
    expected = "each length in its shortest form and capital hexadecimal"
    raise CompositeError((), at, expected, "another way to say the same")


def unpack(text: str, shape: Structure) -> Any:
    """What lies inside `text`. Raises CompositeError with its offset in `text`."""
    match shape:
        case Positional():
            return _unpack_positional(text, shape)
        case Tlv():
            return _unpack_tlv(text, shape)
        case BerTlv():
            return _unpack_ber(text, shape)
        case Mapped():
            return _unpack_mapped(text, shape)


def pack(value: Any, shape: Structure) -> str:
    """The text that `unpack` would open to `value`. Raises CompositeError."""
    match shape:
        case Positional(entries=1):
            return _pack_entry(value, shape)
        case Positional():
            return _pack_entries(value, shape)
        case Tlv():
            return _pack_tlv(_object(value), shape)
        case BerTlv():
            raw = ber.pack(_object(value), shape)
            return raw.decode("latin-1") if shape.binary else raw.hex().upper()
        case Mapped():
            return _pack_mapped(_object(value), shape)


def part_of(shape: Tlv, tag: str) -> Part:
    """What stands behind a tag, as the dialect says it or as for any tag."""
    return shape.tags.get(tag) or (_BYTES if shape.binary else _VALUE)


def _unpack_positional(text: str, shape: Positional) -> Any:
    found: list[dict[str, Any]] = []
    at = 0
    while at < len(text) or not found:
        if len(found) == shape.entries:
            expected = "its end" if shape.entries == 1 else f"at most {shape.entries} entries"
            raise CompositeError((), at, expected, f"{len(text) - at} more")
        entry: dict[str, Any] = {}
        for place, part in enumerate(shape.parts, 1):
            try:
                entry[part.name], at = _read(text, at, part)
            except CompositeError as error:
                inner = error.inside(str(place))
                wrong = inner if shape.entries == 1 else inner.inside(len(found))
            else:
                continue
            raise wrong
        found.append(entry)
    return found[0] if shape.entries == 1 else found


def _pack_entries(value: Any, shape: Positional) -> str:
    if not isinstance(value, list):
        raise CompositeError((), 0, "a list of objects", kind_of(value))
    if not 1 <= len(value) <= shape.entries:
        raise CompositeError((), 0, f"1 to {shape.entries} entries", f"{len(value)}")
    parts = []
    for place, entry in enumerate(value):
        try:
            parts.append(_pack_entry(entry, shape))
        except CompositeError as error:
            wrong = error.inside(place)
        else:
            continue
        raise wrong
    return "".join(parts)


def _pack_entry(value: Any, shape: Positional) -> str:
    given = dict(_object(value))
    text = ""
    for place, part in enumerate(shape.parts, 1):
        if part.name not in given:
            raise CompositeError((str(place),), 0, f"the part {part.name!r}", "nothing")
        text += _within(str(place), given.pop(part.name), part)
    if given:
        names = ", ".join(repr(part.name) for part in shape.parts)
        raise CompositeError((), 0, f"only the parts {names}", "another key")
    return text


def _unpack_tlv(text: str, shape: Tlv) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for tag, _, start, end in tlv.entries(text, shape):
        try:
            fields[tag] = _opened(text[start:end], part_of(shape, tag))
        except CompositeError as error:
            wrong = error.inside(tag, start)
        else:
            continue
        raise wrong
    return fields


def _pack_tlv(fields: Mapping[Any, Any], shape: Tlv) -> str:
    text = ""
    for tag, value in fields.items():
        tlv.joined(tag, "", shape)
        text += tlv.joined(tag, _within(tag, value, part_of(shape, tag)), shape)
    return text


def _unpack_ber(text: str, shape: BerTlv) -> dict[str, Any]:
    if shape.binary:
        return ber.unpack(text.encode("latin-1"), shape)
    try:
        return ber.unpack(from_hex(text), shape)
    except CompositeError as error:
        wrong = CompositeError(error.steps, 2 * error.offset, error.expected, error.found)
    raise wrong


def _unpack_mapped(text: str, shape: Mapped) -> dict[str, Any]:
    width = shape.size if shape.bitmap == "raw" else 2 * shape.size
    head = text[:width].encode("latin-1")
    if len(head) < width:
        raise CompositeError((), len(head), f"a bitmap of {width} bytes", "the end")
    if shape.bitmap == "raw":
        bits = int.from_bytes(head, "big")
    else:
        digits = head.decode(codec_of(shape.encoding))
        if (bad := next((at for at, one in enumerate(digits) if one not in _HEX), -1)) >= 0:
            raise CompositeError((), bad, "a bitmap in hexadecimal", "another character")
        bits = int(digits, 16)
    fields: dict[str, Any] = {}
    at, total = width, 8 * shape.size
    for number in range(1, total + 1):
        if not bits >> (total - number) & 1:
            continue
        key = str(number)
        if key not in shape.parts:
            where = (number - 1) * width // total
            raise CompositeError((), where, "a bitmap of known sub-fields", f"bit {number}")
        try:
            fields[key], at = _read(text, at, shape.parts[key])
        except CompositeError as error:
            wrong = error.inside(key)
        else:
            continue
        raise wrong
    if at < len(text):
        raise CompositeError((), at, "its end", f"{len(text) - at} more")
    return fields


def _pack_mapped(fields: Mapping[Any, Any], shape: Mapped) -> str:
    total = 8 * shape.size
    if unknown := [key for key in fields if key not in shape.parts]:
        raise CompositeError((), 0, "only its sub-fields", f"{len(unknown)} unknown")
    numbers = sorted(int(key) for key in fields)
    bits = sum(1 << (total - number) for number in numbers)
    raw = bits.to_bytes(shape.size, "big")
    if shape.bitmap == "hex":
        raw = raw.hex().upper().encode(codec_of(shape.encoding))
    inner = (_within(str(one), fields[str(one)], shape.parts[str(one)]) for one in numbers)
    return raw.decode("latin-1") + "".join(inner)


_HEX = frozenset("0123456789ABCDEF")


def _read(text: str, at: int, part: Part) -> tuple[Any, int]:
    """One sub-field, its length in front included, and where the next one starts."""
    size = bytes_of(part, part.longest)
    start = at
    if part.prefix:
        width = prefix_width(part.prefix, part.length_encoding)
        digits = length_digits(text[at : at + width].encode("latin-1"), part.length_encoding)
        start = at + width
        if len(text) < start or not all_digits(digits):
            found = ascii(digits) if digits else "the end"
            raise CompositeError((), at, f"a length of {part.prefix} digits", found)
        size = bytes_of(part, int(digits))
        if int(digits) > part.longest:
            raise CompositeError((), at, f"a length of at most {part.longest}", f"{int(digits)}")
        odd = part.encoding == "bcd" and int(digits) % 2
    elif part.shortest != part.longest:
        size, odd = len(text) - at, False
    else:
        odd = part.encoding == "bcd" and part.longest % 2
    left = len(text) - start
    if left < size:
        raise CompositeError((), start, f"{size} bytes", f"the end after {max(left, 0)}")
    try:
        return _opened(text[start : start + size], part, bool(odd)), start + size
    except CompositeError as error:
        wrong = CompositeError(error.steps, start + error.offset, error.expected, error.found)
    raise wrong


def _opened(text: str, part: Part, odd: bool = False) -> Any:
    """The value of a sub-field from its own bytes."""
    if part.structure is not None:
        return unpack(text, part.structure)
    return leaf_value(text, part, odd)


def _within(step: str, value: Any, part: Part) -> str:
    """One sub-field to write, its length in front included; errors say which."""
    try:
        return _written(value, part)
    except CompositeError as error:
        wrong = error.inside(step)
    raise wrong


def _written(value: Any, part: Part) -> str:
    if part.structure is not None:
        text = value if isinstance(value, str) else pack(value, part.structure)
        unpack(text, part.structure)
        size = len(text)
        if part.prefix == 0 and part.checked and not part.shortest <= size <= part.longest:
            raise CompositeError((), 0, f"{part.longest} in all", f"{size}")
    else:
        text, size = leaf_text(value, part)
    if not part.prefix:
        return text
    if size > min(part.longest, largest_length(part.prefix, part.length_encoding)):
        raise CompositeError((), 0, f"at most {part.longest}", f"{size}")
    return write_length(size, part.prefix, part.length_encoding).decode("latin-1") + text


def _object(value: Any) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise CompositeError((), 0, "an object", kind_of(value))
    return value
