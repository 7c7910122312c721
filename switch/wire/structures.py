"""What lies inside a composite element, compiled from a dialect: parts, tags, nested maps.

Structures nest to any depth. Inside text they cut text; inside an element of kind b they cut
bytes (`binary` is true), and then each part says how its own bytes are written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from switch.wire.content import pattern_of
from switch.wire.dialect_words import DataEncoding, Kind, Sensitive
from switch.wire.lengths import LengthEncoding

TAG_VALUE_MAX = 9999
"""A value behind a tag whose own length is not given: no frame is longer."""


@dataclass(frozen=True, slots=True)
class Part:
    """A sub-field. `shortest` and `longest` count what `Field`'s do.

    With a `prefix` its length stands in front; without one it is fixed, or, when `shortest` and
    `longest` differ, it takes what is left.
    """

    name: str
    shortest: int
    longest: int
    prefix: int = 0
    kind: Kind = "ans"
    encoding: DataEncoding = "ascii"
    length_encoding: LengthEncoding = "ascii"
    structure: Structure | None = None
    sensitive: Sensitive | None = None
    checked: bool = True
    format: None = field(default=None, init=False, repr=False)
    counts_bytes: bool = field(default=False, init=False, repr=False)
    pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pattern = pattern_of(self.kind, self.shortest, self.longest, None)
        object.__setattr__(self, "pattern", pattern)

    @property
    def length(self) -> int:
        """Its length when it is fixed."""
        return self.longest


@dataclass(frozen=True, slots=True)
class Positional:
    """Sub-fields one after the other, up to `entries` times.

    Opened, one entry is an object keyed by the names of the parts, several are a list of them.
    """

    parts: tuple[Part, ...]
    entries: int = 1
    expanded: bool = False


@dataclass(frozen=True, slots=True)
class Tlv:
    """Tags, lengths in bytes, values. Opened, an object keyed by tag; unknown tags are kept.

    A tag has `tag_digits` characters, or bytes when `tag_kind` is `b` (then it is shown in
    hexadecimal). With `length_first` the length stands before the tag and counts it.
    """

    tag_digits: int
    length_digits: int
    tags: Mapping[str, Part] = field(default_factory=dict)
    tag_kind: Literal["n", "an", "b"] = "n"
    encoding: Literal["ascii", "cp500", "cp037"] = "ascii"
    length_encoding: LengthEncoding = "ascii"
    length_first: bool = False
    binary: bool = False
    expanded: bool = False

    @property
    def names(self) -> dict[str, str]:
        """What its known tags are called."""
        return {tag: part.name for tag, part in self.tags.items()}

    @property
    def sensitive(self) -> dict[str, Sensitive]:
        """Which of its known tags are cardholder data."""
        return {tag: part.sensitive for tag, part in self.tags.items() if part.sensitive}

    @property
    def plain(self) -> bool:
        """Whether it is digits for tags and lengths in text, and nothing inside a value."""
        return (
            self.tag_kind == "n"
            and self.encoding == self.length_encoding == "ascii"
            and not (self.length_first or self.binary)
            and all(part.structure is None and not part.checked for part in self.tags.values())
        )


@dataclass(frozen=True, slots=True)
class BerTlv:
    """BER-TLV (ISO/IEC 8825-1) as EMV book 3 annex B uses it.

    Opened, an object keyed by tag in hexadecimal; values are hexadecimal, constructed tags are
    objects unless the dialect says that they hold something else, and a tag that comes several
    times in a row is a list. In text (`binary` is false) the bytes are written in hexadecimal.
    """

    tags: Mapping[str, BerTag] = field(default_factory=dict)
    binary: bool = True
    expanded: bool = False

    @property
    def names(self) -> dict[str, str]:
        """What its known tags are called."""
        return {tag: known.name for tag, known in self.tags.items()}


@dataclass(frozen=True, slots=True)
class BerTag:
    """What a BER tag is called; `nested` is false for one that is constructed in name only."""

    name: str
    sensitive: Sensitive | None = None
    nested: bool = True


@dataclass(frozen=True, slots=True)
class Mapped:
    """A bitmap of `size` bytes and the sub-fields it announces. Opened, an object by number."""

    size: int
    bitmap: Literal["hex", "raw"]
    parts: Mapping[str, Part]
    encoding: Literal["ascii", "cp500", "cp037"] = "ascii"
    expanded: bool = False


Structure = Positional | Tlv | BerTlv | Mapped


@dataclass(frozen=True, slots=True)
class Child:
    """What one step of a path leads to."""

    name: str
    structure: Structure | None = None
    sensitive: Sensitive | None = None


def child(shape: Structure, step: str | int) -> Child | None:
    """What a step leads to: the number of an entry, the number or name of a part, a tag.

    None when the structure has no such thing; any well-formed tag is something.
    """
    if isinstance(step, int):
        repeated = isinstance(shape, Positional) and shape.entries > 1
        if isinstance(shape, Positional) and repeated and step < shape.entries:
            return Child("", replace(shape, entries=1))
        return None
    if isinstance(shape, Positional):
        return _child_of_part(_part_at(shape, step))
    if isinstance(shape, Mapped):
        return _child_of_part(shape.parts.get(step))
    if isinstance(shape, Tlv):
        return _child_of_part(shape.tags.get(step)) or Child("")
    known = shape.tags.get(step)
    if known is None:
        return Child("", shape)
    return Child(known.name, shape if known.nested else None, known.sensitive)


def _part_at(shape: Positional, step: str) -> Part | None:
    if step.isascii() and step.isdigit():
        place = int(step)
        return shape.parts[place - 1] if 1 <= place <= len(shape.parts) else None
    return next((part for part in shape.parts if part.name == step), None)


def _child_of_part(part: Part | None) -> Child | None:
    return None if part is None else Child(part.name, part.structure, part.sensitive)
