"""Text tags, decimal lengths, values: DE48 between an object and its flat text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from switch.wire.dialect import Tlv


class TlvError(ValueError):
    """Text that is not well-formed tag-length-value, or a value that cannot be.

    `offset` is the character where it is seen, `tag` the tag concerned or nothing.
    """

    def __init__(self, tag: str, offset: int, expected: str, found: str) -> None:
        super().__init__(f"{f'tag {tag}: ' if tag else ''}expected {expected}, found {found}")
        self.tag = tag
        self.offset = offset
        self.expected = expected
        self.found = found


def unpack(text: str, shape: Tlv) -> dict[str, str]:
    """The sub-fields of `text` in their order; unknown tags are kept. Raises TlvError.

    >>> from switch.wire.dialect import Tlv
    >>> unpack("0100410010200201", Tlv(2, 3))
    {'01': '1001', '02': '01'}
    """
    fields: dict[str, str] = {}
    at = 0
    while at < len(text):
        tag = text[at : at + shape.tag_digits]
        if len(tag) < shape.tag_digits or not _digits(tag):
            raise TlvError("", at, f"a tag of {shape.tag_digits} digits", _shown(tag))
        if tag in fields:
            raise TlvError(tag, at, "each tag once", f"tag {tag} again")
        size_at = at + shape.tag_digits
        size = text[size_at : size_at + shape.length_digits]
        if len(size) < shape.length_digits or not _digits(size):
            raise TlvError(tag, size_at, f"a length of {shape.length_digits} digits", _shown(size))
        value_at = size_at + shape.length_digits
        value = text[value_at : value_at + int(size)]
        if len(value) < int(size):
            raise TlvError(tag, value_at, f"{int(size)} bytes", f"the end after {len(value)}")
        fields[tag] = value
        at = value_at + int(size)
    return fields


def pack(fields: Mapping[Any, Any], shape: Tlv) -> str:
    """The flat text of sub-fields, in the order given. Raises TlvError.

    >>> from switch.wire.dialect import Tlv
    >>> pack({"01": "1001", "02": "01"}, Tlv(2, 3))
    '0100410010200201'
    """
    parts: list[str] = []
    for tag, value in fields.items():
        if not isinstance(tag, str) or len(tag) != shape.tag_digits or not _digits(tag):
            raise TlvError("", 0, f"tags of {shape.tag_digits} digits", "another key")
        if not isinstance(value, str):
            raise TlvError(tag, 0, "text in quotes", f"a {type(value).__name__}")
        if not value.isascii():
            raise TlvError(tag, 0, "ASCII (percent-encode the rest)", "other characters")
        if len(value) >= 10**shape.length_digits:
            longest = 10**shape.length_digits - 1
            raise TlvError(tag, 0, f"at most {longest} bytes", f"{len(value)}")
        parts.append(f"{tag}{len(value):0{shape.length_digits}}{value}")
    return "".join(parts)


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _shown(text: str) -> str:
    return ascii(text) if text else "the end"
