"""A dialect as its YAML file says it, before `extends` is resolved."""

from __future__ import annotations

import re
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from switch.settings import Model, Text
from switch.wire.dialect import ELEMENT_MAX, THIRD_BITMAP_BIT
from switch.wire.dialect_words import DataEncoding, Format, Kind, Pad, SecondBitmap, Sensitive
from switch.wire.lengths import Charset, LengthEncoding
from switch.wire.structure_file import LENGTH, StructureFile, check_length, written

KINDS = get_args(Kind)


def _element(text: str) -> str:
    fine = re.fullmatch(r"[1-9][0-9]{0,2}", text) and 2 <= int(text) <= ELEMENT_MAX
    if not fine or int(text) == THIRD_BITMAP_BIT:
        raise ValueError(f"expected a data element, 2 to {ELEMENT_MAX} without 65, found {text!r}")
    return text


def _mti(text: str) -> str:
    if not re.fullmatch("[0-9x]{4}", text):
        raise ValueError(f"expected 4 digits, or x for any digit, such as 0200 or 02xx: {text!r}")
    return text


Length = Annotated[
    str, AfterValidator(check_length), written(re.sub(r"\?P<\w+>", "", LENGTH.pattern))
]
Element = Annotated[str, AfterValidator(_element), written("[1-9][0-9]{0,2}")]
Mti = Annotated[str, AfterValidator(_mti), written("[0-9x]{4}")]


class FieldFile(Model):
    """One data element. In a file that extends another, what is left out is inherited."""

    name: Text | None = None
    kind: Kind | None = None
    """n digits, a letters, an both, ans printable, b bytes in hexadecimal, z track, x+n signed."""
    length: Length | None = None
    """`6` is fixed; `LL ..19` has two digits of length in front."""
    encoding: DataEncoding | None = None
    length_encoding: LengthEncoding | None = None
    length_counts: Literal["digits", "bytes"] | None = None
    """What the length of BCD digits counts; digits unless it says bytes."""
    pad: Pad | None = None
    """Where an odd number of BCD digits is padded, and with what."""
    format: Format | None = None
    structure: StructureFile | None = None
    sensitive: Sensitive | None = None


class EncodingFile(Model):
    """How bytes are used, unless an element says otherwise."""

    text: Charset | None = None
    numeric: Literal["ascii", "cp500", "cp037", "bcd"] | None = None
    """Also of the MTI."""
    binary: Literal["hex", "raw"] | None = None
    bitmap: Literal["hex", "raw"] | None = None
    length: LengthEncoding | None = None
    second_bitmap: SecondBitmap | None = None
    fixed_pad: Pad | None = None
    """Of an odd number of BCD digits of fixed length; left 0 unless it says otherwise."""
    variable_pad: Pad | None = None
    """The same behind a length; right 0 unless it says otherwise."""


class PresenceFile(Model):
    """Rules about some message types, not those of decoding: what each rule says replaces that.

    `x` stands for any digit: `02xx` is every financial message.
    """

    messages: Annotated[tuple[Mti, ...], Field(min_length=1)]
    must: tuple[Element, ...] | None = None
    may: tuple[Element, ...] | None = None
    """When given, nothing else than these and `must` may be there."""
    must_not: tuple[Element, ...] | None = None
    echoed: tuple[Element, ...] | None = None
    """What an answer to such a message repeats of it."""


class DialectFile(Model):
    """A dialect: its elements, or how it differs from the one it extends."""

    title: Text
    extends: Text | None = None
    """The name of a shipped dialect, or of a file beside this one."""
    encoding: EncodingFile = EncodingFile()
    fields: dict[Element, FieldFile] = Field(default_factory=dict)
    without: tuple[Element, ...] = ()
    """Elements of the dialect it extends that this one does not have."""
    presence: tuple[PresenceFile, ...] = ()


__all__ = [
    "KINDS",
    "LENGTH",
    "DataEncoding",
    "DialectFile",
    "EncodingFile",
    "FieldFile",
    "Format",
    "Kind",
    "PresenceFile",
    "Sensitive",
]
