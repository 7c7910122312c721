"""How each element of a dialect looks in the bytes, as the writers of code need to know it.

Bytes are looked at in one of two media: `text`, the body decoded, and `nibbles`, the body in
lower-case hexadecimal, which is where BCD digits and binary elements can be read. An element
lies in one medium as a whole, its length prefix included.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from switch.wire.content import CHARACTERS, FORMATS
from switch.wire.dialect import Dialect, Field, Tlv
from switch.wire.spec import TEXT

Medium = Literal["text", "nibbles"]

# A variable element is read inside a regular expression, one branch a length, when it has at
# most this many lengths: tracks and account numbers do. More make it slow to compile.
BRANCHES_MAX = 40

_NIBBLES = {"n": "[0-9]", "z": "[0-9d]", "b": "[0-9a-f]"}
# Formats that hold nothing but digits, and so are content enough for an element of digits.
_DIGITS_ONLY = frozenset(("MMDDhhmmss", "hhmmss", "MMDD", "YYMM", "YYMMDD"))
# Formats that hold letters too, but nothing that these kinds do not allow.
_WITHIN = {"currency": ("an", "ans")}
_BLANK = "not blank"


@dataclass(frozen=True, slots=True)
class Shape:
    """One element in its medium.

    `sizes` maps each length prefix, as it looks in the medium, to the number of characters of
    the medium that follow, without a pad; an element of fixed length has the prefix "". `pad`
    is the side where an odd number of BCD digits has its 0. `content` is the expression of a
    value of fixed length, `character` that of one character of a variable one; where they are
    empty, anything is taken and the value must be checked by `field.pattern` afterwards.
    """

    field: Field
    medium: Medium
    codec: str
    sizes: Mapping[str, int]
    pad: Literal["", "left", "right"]
    content: str
    character: str

    @property
    def key(self) -> str:
        return self.field.key

    @property
    def composite(self) -> bool:
        """Whether messages hold an object in its place."""
        return isinstance(self.field.structure, Tlv)

    @property
    def checked_after(self) -> bool:
        """Whether the expressions leave something for `field.pattern` to refuse."""
        return not (self.character if self.field.prefix else self.content)

    @property
    def signed(self) -> bool:
        """Whether its first byte is the sign of an amount, and BCD digits follow."""
        return self.medium == "nibbles" and self.field.kind == "x+n"

    @property
    def alone(self) -> bool:
        """Whether it is read by itself, outside of a regular expression."""
        return len(self.sizes) > BRANCHES_MAX

    @property
    def scale(self) -> int:
        """Characters of the medium a byte."""
        return 2 if self.medium == "nibbles" else 1

    @property
    def prefix_size(self) -> int:
        """Characters of the medium that its length prefix takes."""
        return len(next(iter(self.sizes)))

    def padded(self, size: int) -> int:
        """Characters of the medium that a value of `size` takes with its pad."""
        return size + size % 2 if self.pad else size

    def any_of(self, size: int) -> str:
        """The expression of `size` characters of the medium."""
        return f"{self.character or '.'}{{{size}}}+" if size else ""


def shapes_of(dialect: Dialect) -> dict[str, Shape]:
    """Every element of a dialect, keyed by the number as text."""
    return {key: _shape(known, dialect) for key, known in dialect.fields.items()}


def text_codec(_dialect: Dialect) -> str:
    """How Python calls the character set of a dialect's text: one byte a character, all bytes."""
    return TEXT


def prefixes_in(body: bytes, shapes: Sequence[Shape], start: int) -> dict[str, str]:
    """The length prefixes in one body whose elements begin at byte `start`, by element.

    As far as it can be followed: nothing else about the body is looked at.
    """
    prefixes: dict[str, str] = {}
    if not shapes:
        return prefixes
    media = {one: in_medium(body, one, shapes[0].codec) for one in ("text", "nibbles")}
    at = start
    for shape in shapes:
        first = at * shape.scale
        prefix = media[shape.medium][first : first + shape.prefix_size]
        if prefix not in shape.sizes:
            break
        prefixes[shape.key] = prefix
        at += (len(prefix) + shape.padded(shape.sizes[prefix])) // shape.scale
    return prefixes


def in_medium(raw: bytes, medium: str, codec: str) -> str:
    """Bytes as they look in a medium."""
    return raw.decode(codec) if medium == "text" else raw.hex()


def literal(text: str) -> str:
    """The expression that matches `text` and nothing else, also where spaces are ignored."""
    return "".join(one if one.isalnum() and one.isascii() else f"\\x{ord(one):02x}" for one in text)


def value_expression(known: Field) -> str:
    """The expression of a whole value as messages hold it; empty when only its pattern knows."""
    if known.kind not in CHARACTERS and known.kind != "x+n":
        return ""
    if known.kind == "x+n":
        character, least, most = "[0-9]", max(known.shortest - 1, 0), known.longest - 1
    elif known.kind == "b":
        character, least, most = f"(?:{CHARACTERS['b']}{{2}})", known.shortest, known.longest
    else:
        character, least, most = CHARACTERS[known.kind], known.shortest, known.longest
    size = f"{{{least}}}" if least == most else f"{{{least},{most}}}"
    plain = f"{'[CD]' if known.kind == 'x+n' else ''}{character}{size}"
    if known.format is None:
        return plain
    expression, width, _ = FORMATS[known.format]
    if known.prefix:
        return ""
    if known.format == _BLANK and known.kind == "ans":
        return f"(?!\\x20{{{known.longest}}}){plain}"
    if width != known.longest:
        return ""
    if known.kind == "n" and known.format in _DIGITS_ONLY:
        return expression
    if known.kind in _WITHIN.get(known.format, ()):
        return f"(?:{expression})"
    return f"(?={plain})(?:{expression})"


def signs(codec: str) -> dict[str, str]:
    """The sign of an amount in BCD, a byte of text, in nibbles -> the sign."""
    return {sign.encode(codec).hex(): sign for sign in "CD"}


def _shape(known: Field, dialect: Dialect) -> Shape:
    codec = text_codec(dialect)
    packed = known.encoding in ("bcd", "raw")
    medium: Medium = "nibbles" if packed else "text"
    scale = 2 if known.encoding == "raw" else 1
    step = 2 if known.encoding == "hex" else 1
    first, last = step * known.shortest, step * known.longest
    if known.prefix:
        sizes = _announced(
            known.prefix, dialect.length, medium, codec, range(first, last + 1, step), scale
        )
    else:
        # The sign of x+n takes a whole byte.
        signed = packed and known.kind == "x+n"
        sizes = {"": scale * last + signed}
    pad: Literal["", "left", "right"] = ""
    if known.encoding == "bcd" and known.kind != "x+n":
        pad = "right" if known.prefix else "left" if known.longest % 2 else ""
    content = _content(known, packed, sizes, codec)
    return Shape(known, medium, codec, sizes, pad, content, _character(known, packed))


def _content(known: Field, packed: bool, sizes: Mapping[str, int], codec: str) -> str:
    if known.prefix:
        return ""
    if not packed or (known.kind == "n" and known.format in (None, *_DIGITS_ONLY)):
        return value_expression(known)
    if known.format is not None:
        return ""
    if known.kind == "x+n":
        return f"(?:{'|'.join(signs(codec))})[0-9]{{{known.longest - 1}}}"
    character = _NIBBLES.get(known.kind, "")
    return character and f"{character}{{{sizes['']}}}"


def _character(known: Field, packed: bool) -> str:
    if known.format is not None or known.kind == "x+n":
        return ""
    return (_NIBBLES if packed else CHARACTERS).get(known.kind, "")


@lru_cache(maxsize=256)
def _announced(
    digits: int, encoding: str, medium: Medium, codec: str, lengths: range, scale: int
) -> Mapping[str, int]:
    """Length prefix as it looks in the medium -> characters of the medium that follow."""
    return {
        in_medium(prefix_bytes(length, digits, encoding, codec), medium, codec): scale * length
        for length in lengths
    }


def prefix_bytes(length: int, digits: int, encoding: str, codec: str) -> bytes:
    """A length prefix of so many digits, in BCD (whole bytes) or in text.

    >>> prefix_bytes(16, 3, "ascii", "ascii"), prefix_bytes(16, 3, "bcd", "ascii")
    (b'016', b'\\x00\\x16')
    """
    if encoding == "bcd":
        return bytes.fromhex(f"{length:0{digits + digits % 2}}")
    return f"{length:0{digits}}".encode(codec)


def tidy(name: str) -> str:
    """A name from a dialect file as a comment of generated code may hold it.

    >>> tidy('Amount" # evil\\nimport os')
    'Amount  evil import os'
    """
    return re.sub(r"[^A-Za-z0-9 ,()+-]", "", re.sub(r"\s", " ", name))[:60]
