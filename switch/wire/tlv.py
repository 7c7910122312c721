"""Tags, lengths and values one after the other: cut apart and put together.

Everything here is text with one character a byte: what is bytes is read as latin-1 first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from switch.wire.lengths import (
    all_digits,
    codec_of,
    largest_length,
    length_digits,
    prefix_width,
    write_length,
)
from switch.wire.steps import Steps, step_words
from switch.wire.structures import Tlv


class CompositeError(ValueError):
    """An element that does not hold what its structure says, or a value that cannot be in it.

    `steps` lead to the sub-field concerned (numbers of parts, tags, entries); `offset` is the
    character, or the byte of a binary element, where it is seen.
    """

    def __init__(self, steps: Steps, offset: int, expected: str, found: str) -> None:
        where = f"{step_words(steps)}: " if steps else ""
        super().__init__(f"{where}expected {expected}, found {found}")
        self.steps = steps
        self.offset = offset
        self.expected = expected
        self.found = found

    def inside(self, step: str | int, offset: int = 0, scale: int = 1) -> CompositeError:
        """The same error seen from one level further out."""
        steps = (step, *self.steps)
        return CompositeError(steps, offset + scale * self.offset, self.expected, self.found)


class TlvError(CompositeError):
    """One of tags, lengths and values. `tag` is the tag concerned, or nothing."""

    def __init__(self, tag: str, offset: int, expected: str, found: str) -> None:
        super().__init__((tag,) if tag else (), offset, expected, found)
        self.tag = tag
        if tag:
            self.args = (f"tag {tag}: expected {expected}, found {found}",)


class Entry(NamedTuple):
    """One tag and where it is, where its value starts and ends."""

    tag: str
    at: int
    start: int
    end: int


def entries(text: str, shape: Tlv) -> Iterator[Entry]:
    """The entries of `text` in their order. Raises TlvError where it stops making sense."""
    seen = set()
    size_width = prefix_width(shape.length_digits, shape.length_encoding)
    at = 0
    while at < len(text):
        tag_at = at + size_width if shape.length_first else at
        tag = _tag(text, tag_at, shape)
        if tag in seen:
            raise TlvError(tag, tag_at, "each tag once", f"tag {tag} again")
        seen.add(tag)
        size_at = at if shape.length_first else at + shape.tag_digits
        size = _size(text[size_at : size_at + size_width], tag, size_at, shape)
        start = at + size_width + shape.tag_digits
        if shape.length_first:
            size -= shape.tag_digits
            if size < 0:
                expected = f"a length of at least {shape.tag_digits}, as it counts the tag"
                raise TlvError(tag, at, expected, str(size + shape.tag_digits))
        left = len(text) - start
        if left < size:
            raise TlvError(tag, start, f"{size} bytes", f"the end after {left}")
        yield Entry(tag, at, start, start + size)
        at = start + size


def joined(tag: str, value: str, shape: Tlv) -> str:
    """One entry: tag, length and `value`. Raises TlvError for a tag or a size that cannot be."""
    raw = _raw_tag(tag, shape)
    size = len(value) + (shape.tag_digits if shape.length_first else 0)
    longest = largest_length(shape.length_digits, shape.length_encoding)
    if size > longest:
        raise TlvError(tag, 0, f"at most {longest} bytes", f"{size}")
    length = write_length(size, shape.length_digits, shape.length_encoding).decode("latin-1")
    return f"{length}{raw}{value}" if shape.length_first else f"{raw}{length}{value}"


def unpack(text: str, shape: Tlv) -> dict[str, str]:
    """The sub-fields of `text` in their order; unknown tags are kept. Raises TlvError.

    >>> from switch.wire.dialect import Tlv
    >>> unpack("0100410010200201", Tlv(2, 3))
    {'01': '1001', '02': '01'}
    """
    return {tag: text[start:end] for tag, _, start, end in entries(text, shape)}


def pack(fields: Mapping[Any, Any], shape: Tlv) -> str:
    """The flat text of sub-fields, in the order given. Raises TlvError.

    >>> from switch.wire.dialect import Tlv
    >>> pack({"01": "1001", "02": "01"}, Tlv(2, 3))
    '0100410010200201'
    """
    parts: list[str] = []
    for tag, value in fields.items():
        _raw_tag(tag, shape)
        if not isinstance(value, str):
            raise TlvError(tag, 0, "text in quotes", f"a {type(value).__name__}")
        if not value.isascii():
            raise TlvError(tag, 0, "ASCII (percent-encode the rest)", "other characters")
        parts.append(joined(tag, value, shape))
    return "".join(parts)


def well_formed_tag(tag: object, shape: Tlv) -> bool:
    """Whether a tag looks as the tags of this structure do."""
    if not isinstance(tag, str) or not tag.isascii():
        return False
    if shape.tag_kind == "b":
        return len(tag) == 2 * shape.tag_digits and _hexadecimal(tag)
    fine = tag.isdigit() if shape.tag_kind == "n" else tag.isalnum()
    return fine and len(tag) == shape.tag_digits


def from_hex(text: str) -> bytes:
    """Bytes from hexadecimal, without the spaces `bytes.fromhex` takes. Raises CompositeError."""
    for at, one in enumerate(text):
        if one not in "0123456789ABCDEFabcdef":
            raise CompositeError((), at // 2, "bytes in hexadecimal", "another character")
    if len(text) % 2:
        raise CompositeError((), len(text) // 2, "bytes in hexadecimal", "half a byte")
    return bytes.fromhex(text)


def _tag(text: str, at: int, shape: Tlv) -> str:
    raw = text[at : at + shape.tag_digits]
    if shape.tag_kind == "b":
        tag = raw.encode("latin-1").hex().upper()
    elif shape.encoding != "ascii":
        tag = raw.encode("latin-1").decode(codec_of(shape.encoding))
    else:
        tag = raw
    if not well_formed_tag(tag, shape):
        raise TlvError("", at, f"a tag of {_tag_words(shape)}", _shown(tag))
    return tag


def _raw_tag(tag: object, shape: Tlv) -> str:
    if not isinstance(tag, str) or not well_formed_tag(tag, shape):
        raise TlvError("", 0, f"tags of {_tag_words(shape)}", "another key")
    if shape.tag_kind == "b":
        return bytes.fromhex(tag).decode("latin-1")
    return tag.encode(codec_of(shape.encoding)).decode("latin-1")


def _size(piece: str, tag: str, at: int, shape: Tlv) -> int:
    digits = length_digits(piece.encode("latin-1"), shape.length_encoding)
    if len(piece) < prefix_width(shape.length_digits, shape.length_encoding) or not all_digits(
        digits
    ):
        found = _shown(digits) if piece else "the end"
        raise TlvError(tag, at, f"a length of {shape.length_digits} digits", found)
    return int(digits)


def _tag_words(shape: Tlv) -> str:
    unit = {"n": "digits", "an": "letters or digits", "b": "bytes in hexadecimal"}
    return f"{shape.tag_digits} {unit[shape.tag_kind]}"


def _hexadecimal(text: str) -> bool:
    return all(one in "0123456789ABCDEF" for one in text)


def _shown(text: str) -> str:
    return ascii(text) if text else "the end"
