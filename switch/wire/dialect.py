"""A dialect, compiled: what the codec, masking and descriptions read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from switch.wire.content import pattern_of
from switch.wire.dialect_file import DataEncoding, Format, Kind, Sensitive


@dataclass(frozen=True, slots=True)
class Part:
    """A sub-field at a fixed place; `length` in characters."""

    name: str
    length: int


@dataclass(frozen=True, slots=True)
class Positional:
    """Sub-fields one after the other, up to `entries` times. Messages keep them as flat text."""

    parts: tuple[Part, ...]
    entries: int = 1


@dataclass(frozen=True, slots=True)
class Tlv:
    """Text tags, decimal lengths in bytes, values. Messages carry them as an object."""

    tag_digits: int
    length_digits: int
    names: Mapping[str, str] = field(default_factory=dict)
    sensitive: Mapping[str, Sensitive] = field(default_factory=dict)


Structure = Positional | Tlv


@dataclass(frozen=True, slots=True)
class Field:
    """One data element.

    `shortest` and `longest` count digits or characters, and bytes for kind `b` (whose value is
    two hexadecimal characters a byte). `prefix` is the number of length digits, 0 when fixed.
    For kind `x+n` the length counts the sign.
    """

    number: int
    name: str
    kind: Kind
    shortest: int
    longest: int
    prefix: int
    encoding: DataEncoding
    format: Format | None = None
    structure: Structure | None = None
    sensitive: Sensitive | None = None
    pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pattern = pattern_of(self.kind, self.shortest, self.longest, self.format)
        object.__setattr__(self, "pattern", pattern)

    @property
    def key(self) -> str:
        """The number as messages use it."""
        return str(self.number)

    @property
    def length_words(self) -> str:
        """The length as a dialect file writes it."""
        if not self.prefix:
            return str(self.longest)
        low = "" if self.shortest == 1 else str(self.shortest)
        return f"{'L' * self.prefix} {low}..{self.longest}"


@dataclass(frozen=True, slots=True)
class Presence:
    """Elements that must and must not be in messages of some types."""

    messages: frozenset[str]
    must: tuple[str, ...]
    must_not: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dialect:
    """A compiled dialect. `fields` is keyed by the number as text."""

    name: str
    title: str
    fields: Mapping[str, Field]
    numeric: DataEncoding
    bitmap: DataEncoding
    length: DataEncoding
    presence: tuple[Presence, ...] = ()
    ancestry: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", MappingProxyType(dict(self.fields)))

    def __repr__(self) -> str:
        return f"Dialect({self.name!r}, {len(self.fields)} elements)"

    def name_of(self, path: str) -> str:
        """What an element or a sub-field (`48.05`) is called; empty when it is not known."""
        element, _, tag = path.partition(".")
        known = self.fields.get(element)
        if known is None:
            return ""
        if tag and isinstance(known.structure, Tlv):
            return known.structure.names.get(tag, known.name)
        return known.name
