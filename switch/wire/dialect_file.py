"""A dialect as its YAML file says it, before `extends` is resolved."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from switch.settings import Digits, Model, Text, Whole

KINDS = ("n", "a", "an", "ans", "b", "z", "x+n")
Kind = Literal["n", "a", "an", "ans", "b", "z", "x+n"]
DataEncoding = Literal["ascii", "bcd", "hex", "raw"]
Format = Literal[
    "MMDDhhmmss", "hhmmss", "MMDD", "YYMM", "YYMMDD", "track2", "currency", "not blank"
]
Sensitive = Literal["pan", "track", "pin", "chip", "key"]

LENGTH = re.compile(
    r"(?:(?P<fixed>[0-9]{1,3})|(?P<ls>L{1,3}) (?P<low>[0-9]{0,3})\.\.(?P<high>[0-9]{1,3}))"
)


def _length(text: str) -> str:
    match = LENGTH.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a length such as 6, LL ..19 or LLL 1..255, found {text!r}")
    if match["fixed"] is not None:
        if int(match["fixed"]) == 0:
            raise ValueError("a fixed length is at least 1")
        return text
    low, high = int(match["low"] or "1"), int(match["high"])
    if high >= 10 ** len(match["ls"]):
        raise ValueError(f"{high} does not fit into {len(match['ls'])} digits of length")
    if low > high:
        raise ValueError(f"the shortest length {low} is above the longest {high}")
    return text


def _element(text: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{0,2}", text) or not 2 <= int(text) <= 128 or text == "65":
        raise ValueError(f"expected a data element, 2 to 128 without 65, found {text!r}")
    return text


def _written(pattern: str) -> WithJsonSchema:
    """How editors should see a text that YAML users may write as a number."""
    return WithJsonSchema({"type": ["string", "integer"], "pattern": f"^(?:{pattern})$"})


Length = Annotated[str, AfterValidator(_length), _written(re.sub(r"\?P<\w+>", "", LENGTH.pattern))]
Element = Annotated[str, AfterValidator(_element), _written("[1-9][0-9]{0,2}")]
Mti = Annotated[str, Digits(4)]
Size = Annotated[Whole, Field(ge=1, le=999)]


class PartFile(Model):
    """One sub-field at a fixed place."""

    name: Text
    length: Size


class PositionalFile(Model):
    """Sub-fields one after the other; repeated when `entries` is above one."""

    type: Literal["positional"]
    parts: tuple[PartFile, ...]
    entries: Size = 1


class TagFile(Model):
    """What a tag is called, and whether it is cardholder data."""

    name: Text
    sensitive: Sensitive | None = None


class TlvFile(Model):
    """Tag, length, value, all of them text; unknown tags are kept."""

    type: Literal["tlv"]
    tag: Annotated[Whole, Field(ge=1, le=4)]
    length: Annotated[Whole, Field(ge=1, le=3)]
    tags: dict[Annotated[str, Digits(1, 4)], TagFile] = Field(default_factory=dict)


StructureFile = Annotated[PositionalFile | TlvFile, Field(discriminator="type")]


class FieldFile(Model):
    """One data element. In a file that extends another, what is left out is inherited."""

    name: Text | None = None
    kind: Kind | None = None
    length: Length | None = None
    encoding: DataEncoding | None = None
    format: Format | None = None
    structure: StructureFile | None = None
    sensitive: Sensitive | None = None


class EncodingFile(Model):
    """How bytes are used, unless an element says otherwise."""

    text: Literal["ascii"] | None = None
    numeric: Literal["ascii", "bcd"] | None = None
    binary: Literal["hex", "raw"] | None = None
    bitmap: Literal["hex", "raw"] | None = None
    length: Literal["ascii", "bcd"] | None = None


class PresenceFile(Model):
    """What must and must not be in some messages: the strict rules, not those of decoding."""

    messages: tuple[Mti, ...]
    must: tuple[Element, ...] = ()
    must_not: tuple[Element, ...] = ()


class DialectFile(Model):
    """A dialect: its elements, or how it differs from the one it extends."""

    title: Text
    extends: Text | None = None
    encoding: EncodingFile = EncodingFile()
    fields: dict[Element, FieldFile] = Field(default_factory=dict)
    presence: tuple[PresenceFile, ...] = ()
