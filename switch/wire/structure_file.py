"""What a dialect file says about the inside of an element."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from switch.settings import Flag, Model, Text, Whole
from switch.wire.dialect_words import DataEncoding, Kind, Sensitive
from switch.wire.lengths import Charset, LengthEncoding

PREFIX_MAX = 6
LENGTH_MAX = 9999
"""No frame is longer, so no element is."""

LENGTH = re.compile(
    rf"(?:(?P<fixed>[0-9]{{1,4}})"
    rf"|(?P<ls>L{{1,{PREFIX_MAX}}}) (?P<low>[0-9]{{0,4}})\.\.(?P<high>[0-9]{{1,4}}))"
)
REST = re.compile(r"(?P<low>[0-9]{0,4})\.\.(?P<high>[0-9]{1,4})")


def check_length(text: str) -> str:
    """A length as it may be written: `6`, `LL ..19`, `LLL 1..255`. Raises ValueError."""
    match = LENGTH.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a length such as 6, LL ..19 or LLL 1..255, found {text!r}")
    if match["fixed"] is not None:
        if int(match["fixed"]) == 0:
            raise ValueError("a fixed length is at least 1")
        return text
    return _in_order(text, int(match["low"] or "1"), int(match["high"]))


def _part_length(text: str) -> str:
    match = REST.fullmatch(text)
    if match is None:
        return check_length(text)
    return _in_order(text, int(match["low"] or "1"), int(match["high"]))


def _in_order(text: str, low: int, high: int) -> str:
    if low > high:
        raise ValueError(f"the shortest length {low} is above the longest {high}")
    return text


def lengths(text: str) -> tuple[int, int, int]:
    """Shortest, longest and digits of the length in front, of a length that was checked.

    >>> lengths("6"), lengths("LL ..19"), lengths("0..4")
    ((6, 6, 0), (1, 19, 2), (0, 4, 0))
    """
    match = LENGTH.fullmatch(text)
    if match is None:
        low, _, high = text.partition("..")
        return int(low or "1"), int(high), 0
    if match["fixed"] is not None:
        return int(match["fixed"]), int(match["fixed"]), 0
    return int(match["low"] or "1"), int(match["high"]), len(match["ls"])


def written(pattern: str) -> WithJsonSchema:
    """How editors should see a text that YAML users may write as a number."""
    return WithJsonSchema({"type": ["string", "integer"], "pattern": f"^(?:{pattern})$"})


def _without_names(pattern: re.Pattern[str]) -> str:
    return re.sub(r"\?P<\w+>", "", pattern.pattern)


def _part_name(text: str) -> str:
    if re.search(r"[.\[\]]", text) or text.isdigit():
        raise ValueError(f"a name without '.', '[' and ']' that is no number, found {text!r}")
    return text


def _number(text: str) -> str:
    if not re.fullmatch("[1-9][0-9]{0,2}", text):
        raise ValueError(f"expected a number of the bitmap, found {text!r}")
    return text


def _tag(text: str) -> str:
    if not re.fullmatch("[0-9A-Za-z]{1,8}", text):
        raise ValueError(f"expected a tag of letters and digits, found {text!r}")
    return text


def _ber_tag(text: str) -> str:
    if not re.fullmatch("(?:[0-9A-F]{2}){1,4}", text):
        raise ValueError(f"expected a tag in capital hexadecimal such as 9F26, found {text!r}")
    return text


PartLength = Annotated[
    str,
    AfterValidator(_part_length),
    written(f"{_without_names(LENGTH)}|{_without_names(REST)}"),
]
Size = Annotated[Whole, Field(ge=1, le=LENGTH_MAX)]
PartName = Annotated[Text, AfterValidator(_part_name)]
Number = Annotated[str, AfterValidator(_number), written("[1-9][0-9]{0,2}")]
Tag = Annotated[str, AfterValidator(_tag), written("[0-9A-Za-z]{1,8}")]
HexTag = Annotated[str, AfterValidator(_ber_tag), written("(?:[0-9A-F]{2}){1,4}")]


class PartFile(Model):
    """One sub-field. Inside an element of kind b each part says how its bytes are written."""

    name: PartName
    length: PartLength
    """`2` is fixed, `LL ..9` has its length in front, `..9` takes what is left."""
    kind: Kind | None = None
    encoding: DataEncoding | None = None
    length_encoding: LengthEncoding | None = None
    structure: StructureFile | None = None
    sensitive: Sensitive | None = None


class PositionalFile(Model):
    """Sub-fields one after the other; repeated when `entries` is above one."""

    type: Literal["positional"]
    parts: Annotated[tuple[PartFile, ...], Field(min_length=1)]
    entries: Size = 1
    expanded: Flag = False
    """Whether messages hold an object (a list when repeated) in place of the text."""


class TagFile(Model):
    """What a tag is called, what its value is, and whether that is cardholder data."""

    name: PartName
    kind: Kind | None = None
    length: PartLength | None = None
    encoding: DataEncoding | None = None
    structure: StructureFile | None = None
    sensitive: Sensitive | None = None


class TlvFile(Model):
    """Tag, length, value; unknown tags are kept."""

    type: Literal["tlv"]
    tag: Annotated[Whole, Field(ge=1, le=4)]
    """How many characters a tag has, or bytes when `tag_kind` is b."""
    length: Annotated[Whole, Field(ge=1, le=4)]
    """How many digits a length has. It counts bytes."""
    tag_kind: Literal["n", "an", "b"] = "n"
    encoding: Charset | None = None
    length_encoding: LengthEncoding | None = None
    order: Literal["tag length value", "length tag value"] = "tag length value"
    """When the length comes first it counts the tag too."""
    expanded: Flag = False
    tags: dict[Tag, TagFile] = Field(default_factory=dict)


class BerTagFile(Model):
    """What a BER tag is called; `nested: false` for one that is constructed in name only."""

    name: PartName
    sensitive: Sensitive | None = None
    nested: Flag = True


class BerTlvFile(Model):
    """BER-TLV; the tags of EMV are known, others are kept and may be named here."""

    type: Literal["ber-tlv"]
    expanded: Flag = False
    tags: dict[HexTag, BerTagFile] = Field(default_factory=dict)


class MappedFile(Model):
    """A bitmap of its own, and the sub-fields that it announces."""

    type: Literal["bitmap"]
    size: Annotated[Whole, Field(ge=1, le=16)]
    """Bytes of the bitmap; in hexadecimal it takes twice as many."""
    bitmap: Literal["hex", "raw"]
    encoding: Charset | None = None
    expanded: Flag = False
    fields: dict[Number, PartFile] = Field(min_length=1)


StructureFile = Annotated[
    PositionalFile | TlvFile | BerTlvFile | MappedFile, Field(discriminator="type")
]

PartFile.model_rebuild()
TagFile.model_rebuild()
