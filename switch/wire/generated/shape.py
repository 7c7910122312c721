"""How each element of a dialect looks in the bytes, as the writers of code need to know it.

Bytes are looked at in several media: as nibbles, which is the whole body in lower-case
hexadecimal, where BCD digits and binary elements can be read, and as text in each character set
that the dialect uses. An element lies in one medium as a whole, its length prefix included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from switch.wire.content import CHARACTERS
from switch.wire.dialect import Dialect, Field
from switch.wire.generated.expressions import DIGITS_ONLY, value_expression
from switch.wire.lengths import write_length

# The name of a character set as Python has it, or this.
NIBBLES = "nibbles"

# A variable element is read inside a regular expression, one branch a length, when it has at
# most this many lengths: tracks and account numbers do. More make it slow to compile.
BRANCHES_MAX = 40

_NIBBLES = {"n": "[0-9]", "z": "[0-9d]", "b": "[0-9a-f]"}


@dataclass(frozen=True, slots=True)
class Shape:
    """One element in its medium.

    `sizes` maps each length prefix, as it looks in the medium, to the number of characters of
    the medium that follow, without a pad; an element of fixed length has the prefix "". `pad` is
    the character that an odd number of BCD digits is padded with, on the left or not. `content`
    is the expression of a value of fixed length, `character` that of one character of a variable
    one; where they are empty, anything is taken and `field.pattern` must judge the value.
    """

    field: Field
    medium: str
    sizes: Mapping[str, int]
    pad: str
    pad_left: bool
    content: str
    character: str

    @property
    def key(self) -> str:
        return self.field.key

    @property
    def checked_after(self) -> bool:
        """Whether the expressions leave something for `field.pattern` to refuse."""
        return not (self.character if self.field.prefix else self.content)

    @property
    def signed(self) -> bool:
        """Whether its first byte is the sign of an amount, and BCD digits follow."""
        return self.medium == NIBBLES and self.field.kind == "x+n"

    @property
    def alone(self) -> bool:
        """Whether it is read by itself, outside of a regular expression."""
        return len(self.sizes) > BRANCHES_MAX

    @property
    def scale(self) -> int:
        """Characters of the medium a byte."""
        return 2 if self.medium == NIBBLES else 1

    @property
    def prefix_size(self) -> int:
        """Characters of the medium that its length prefix takes."""
        return len(next(iter(self.sizes)))

    def padded(self, size: int, expression: str) -> str:
        """The expression of a value of `size` characters with the pad that it needs."""
        pad = self.pad if size % 2 else ""
        return pad + expression if self.pad_left else expression + pad

    def taken(self, size: int) -> int:
        """Characters of the medium that a value of `size` takes with its pad."""
        return size + size % 2 if self.pad else size

    def cut(self, element: str) -> str:
        """The value of a whole element as it lies in the medium: without prefix and pad."""
        start = self.prefix_size
        size = self.sizes[element[:start]]
        if self.pad_left and size % 2:
            start += 1
        return element[start : start + size]

    def any_of(self, size: int) -> str:
        """The expression of `size` characters of the medium."""
        return f"{self.character or '.'}{{{size}}}+" if size else ""


def shapes_of(dialect: Dialect) -> dict[str, Shape]:
    """Every element of a dialect, keyed by the number as text."""
    return {key: _shape(known) for key, known in dialect.fields.items()}


def in_medium(raw: bytes, medium: str) -> str:
    """Bytes as they look in a medium."""
    return raw.hex() if medium == NIBBLES else raw.decode(medium)


def signs(codec: str) -> dict[str, str]:
    """The sign of an amount in BCD, a byte of text, in nibbles -> the sign."""
    return {sign.encode(codec).hex(): sign for sign in "CD"}


def prefixes_in(body: bytes, shapes: Sequence[Shape], start: int) -> dict[str, str]:
    """The length prefixes in one body whose elements begin at byte `start`, by element.

    As far as it can be followed: nothing else about the body is looked at.
    """
    media = {shape.medium: in_medium(body, shape.medium) for shape in shapes}
    prefixes: dict[str, str] = {}
    at = start
    for shape in shapes:
        first = at * shape.scale
        prefix = media[shape.medium][first : first + shape.prefix_size]
        if prefix not in shape.sizes:
            break
        prefixes[shape.key] = prefix
        at += (len(prefix) + shape.taken(shape.sizes[prefix])) // shape.scale
    return prefixes


def _shape(known: Field) -> Shape:
    packed = known.encoding in ("bcd", "raw")
    medium = NIBBLES if packed else known.codec
    sizes = _sizes(known, medium)
    padded = known.encoding == "bcd" and known.kind != "x+n" and not known.counts_bytes
    side, _, pad = (known.pad or known.usual_pad).partition(" ") if padded else ("", "", "")
    return Shape(
        field=known,
        medium=medium,
        sizes=sizes,
        pad=pad.lower(),
        pad_left=side == "left",
        content=_content(known, packed, sizes),
        character=_character(known, packed),
    )


def _sizes(known: Field, medium: str) -> Mapping[str, int]:
    shortest, longest = known.shortest, known.longest
    if not known.prefix:
        if known.encoding == "bcd" and known.kind == "x+n":
            # The sign takes a whole byte.
            return {"": longest + 1}
        return {"": longest * (2 if known.kind == "b" else 1)}
    if known.encoding == "hex":
        # The length counts characters.
        lengths, scale = range(2 * shortest, 2 * longest + 1, 2), 1
    elif known.counts_bytes:
        lengths, scale = range((shortest + 1) // 2, (longest + 1) // 2 + 1), 2
    else:
        lengths, scale = range(shortest, longest + 1), 2 if known.encoding == "raw" else 1
    return _announced(known.prefix, known.length_encoding, medium, lengths, scale)


@lru_cache(maxsize=256)
def _announced(
    digits: int, encoding: str, medium: str, lengths: range, scale: int
) -> Mapping[str, int]:
    """Length prefix as it looks in the medium -> characters of the medium that follow."""
    return {
        in_medium(write_length(length, digits, encoding), medium): scale * length
        for length in lengths
    }


def _content(known: Field, packed: bool, sizes: Mapping[str, int]) -> str:
    if known.prefix:
        return ""
    if not packed or (known.kind == "n" and known.format in (None, *DIGITS_ONLY)):
        return value_expression(known)
    if known.format is not None:
        return ""
    if known.kind == "x+n":
        return f"(?:{'|'.join(signs(known.codec))})[0-9]{{{known.longest - 1}}}+"
    character = _NIBBLES.get(known.kind, "")
    return character and f"{character}{{{sizes['']}}}+"


def _character(known: Field, packed: bool) -> str:
    if known.format is not None or known.kind == "x+n":
        return ""
    return (_NIBBLES if packed else CHARACTERS).get(known.kind, "")
