"""Elements that messages may hold as objects: their own packers, called by generated code.

Tags and lengths of plain text have packers of their own, for they are in every bill. What these
do not take raises ValueError, LookupError or TypeError, and the reference finds the words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from switch.wire.composites import check_element, close_element
from switch.wire.dialect import Field, Tlv
from switch.wire.message import Value

# A table of all lengths of so many digits is small.
_TABLED_DIGITS_MAX = 3


def opener(known: Field) -> Callable[[str], Value]:
    """From the flat text of an element to what messages hold. Raises as this module says."""
    inside = _tags_opener(known)

    def opened(flat: str) -> Value:
        if not flat:
            return flat
        return check_element(known, flat) if inside is None else inside(flat)

    return opened


def closer(known: Field) -> Callable[[Value], str]:
    """From what a message holds to the flat text of an element. Raises as this module says."""
    inside = _tags_opener(known)
    joined = None if inside is None else _tags_closer(known)

    def closed(value: Value) -> str:
        if joined is not None and isinstance(value, dict):
            return joined(value)
        flat = close_element(known, value) if isinstance(value, Mapping | list) else value
        if not isinstance(flat, str):
            raise ValueError("an element is text, an object or a list")
        if known.expanded and flat:
            check_element(known, flat)
        return flat

    return closed


def _tags_shape(known: Field) -> Tlv | None:
    """The structure of an element that is nothing but tags, lengths and values in plain text."""
    shape = known.structure
    if not isinstance(shape, Tlv) or not shape.plain or not known.expanded or known.kind == "b":
        return None
    if shape.length_digits > _TABLED_DIGITS_MAX:
        return None
    return shape if all(part.encoding == "ascii" for part in shape.tags.values()) else None


def _tags_opener(known: Field) -> Callable[[str], Value] | None:
    """Cuts plain tags, whose text always comes back as it was: there is one way to write them."""
    shape = _tags_shape(known)
    if shape is None:
        return None
    tag_digits, head = shape.tag_digits, shape.tag_digits + shape.length_digits
    sizes = _sizes(shape.length_digits)

    def opened(flat: str) -> Value:
        fields: dict[str, Value] = {}
        at, end = 0, len(flat)
        while at < end:
            start = at + head
            tag = flat[at : at + tag_digits]
            at = start + sizes[flat[at + tag_digits : start]]
            if at > end or tag in fields or not (tag.isascii() and tag.isdigit()):
                raise ValueError("not tags, lengths and values")
            fields[tag] = flat[start:at]
        return fields

    return opened


def _tags_closer(known: Field) -> Callable[[dict[str, Value]], str]:
    shape = _tags_shape(known)
    assert shape is not None
    tag_digits = shape.tag_digits
    lengths = tuple(_sizes(shape.length_digits))

    def closed(fields: dict[str, Value]) -> str:
        texts: list[str] = []
        for tag, value in fields.items():
            if not (isinstance(tag, str) and isinstance(value, str) and value.isascii()):
                raise ValueError("not plain text")
            if len(tag) != tag_digits or not (tag.isascii() and tag.isdigit()):
                raise ValueError("not a tag")
            texts += (tag, lengths[len(value)], value)
        return "".join(texts)

    return closed


def _sizes(digits: int) -> dict[str, int]:
    """Every length of so many digits."""
    return {f"{size:0{digits}d}": size for size in range(10**digits)}
