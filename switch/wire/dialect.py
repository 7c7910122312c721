"""A dialect, compiled: what the codec, masking and descriptions read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from switch.wire.content import pattern_of
from switch.wire.dialect_words import DataEncoding, Format, Kind, Pad, SecondBitmap, Sensitive
from switch.wire.lengths import Charset, LengthEncoding, codec_of
from switch.wire.rules import Presence, Rule, merged
from switch.wire.steps import path_steps
from switch.wire.structures import (
    BerTag,
    BerTlv,
    Mapped,
    Part,
    Positional,
    Structure,
    Tlv,
    child,
)

__all__ = [
    "BerTag",
    "BerTlv",
    "Dialect",
    "Field",
    "Mapped",
    "Part",
    "Positional",
    "Structure",
    "Tlv",
]

# Element 65 is the bit that announces the third bitmap.
THIRD_BITMAP_BIT = 65
ELEMENT_MAX = 192


@dataclass(frozen=True, slots=True)
class Field:
    """One data element.

    `shortest` and `longest` count digits or characters, and bytes for kind `b` (whose value is
    two hexadecimal characters a byte). `prefix` is the number of length digits, 0 when fixed.
    For kind `x+n` the length counts the sign. `codec` is the character set of whatever of it is
    text. With `counts_bytes` the length of BCD digits counts their bytes, so that only an even
    number of digits can be said. `pad` says where an odd number of BCD digits has its pad.
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
    codec: str = "latin-1"
    length_encoding: LengthEncoding = "ascii"
    counts_bytes: bool = False
    pad: Pad | None = None
    pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pattern = pattern_of(
            self.kind, self.shortest, self.longest, self.format, pairs=self.counts_bytes
        )
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

    @property
    def expanded(self) -> bool:
        """Whether messages hold what is inside it, not its flat text."""
        return self.structure is not None and self.structure.expanded

    @property
    def usual_pad(self) -> Pad:
        """Where most networks have the pad of an odd number of BCD digits."""
        return "right 0" if self.prefix else "left 0"


@dataclass(frozen=True, slots=True)
class Dialect:
    """A compiled dialect. `fields` is keyed by the number as text."""

    name: str
    title: str
    fields: Mapping[str, Field]
    numeric: DataEncoding
    bitmap: DataEncoding
    length: LengthEncoding
    text: Charset = "ascii"
    second_bitmap: SecondBitmap = "when needed"
    rules: tuple[Rule, ...] = ()
    ancestry: tuple[str, ...] = ()
    _presence: dict[str, Presence] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", MappingProxyType(dict(self.fields)))

    def __repr__(self) -> str:
        return f"Dialect({self.name!r}, {len(self.fields)} elements)"

    @property
    def codec(self) -> str:
        """How Python calls the character set of MTI, bitmaps and lengths in text."""
        return codec_of(self.text)

    @property
    def third_bitmap(self) -> bool:
        """Whether it has elements above 128, so that bit 65 announces a third bitmap."""
        return any(known.number > 128 for known in self.fields.values())

    @property
    def packed(self) -> bool:
        """Whether some bytes are not characters, and so may hold digits that look like none."""
        return any(known.encoding in ("bcd", "raw") for known in self.fields.values())

    def presence(self, mti: str) -> Presence | None:
        """Which elements must, may and must not be in messages of a type, and are echoed.

        None when the dialect has no rule for the type.
        """
        known = self._presence.get(mti)
        if known is None:
            known = merged(self.rules, mti)
            if known is not None:
                self._presence[mti] = known
        return known

    def echoed(self, mti: str) -> tuple[str, ...]:
        """The elements that an answer to a message of this type repeats, when they are there."""
        known = self.presence(mti)
        return known.echoed if known is not None else ()

    def name_of(self, path: str) -> str:
        """What an element or a sub-field (`48.05`, `54[0].5`) is called; empty when not known."""
        steps = path_steps(path)
        known = self.fields.get(str(steps[0])) if steps else None
        if known is None:
            return ""
        name, shape = known.name, known.structure
        for step in steps[1:]:
            inner = child(shape, step) if shape is not None else None
            if inner is None:
                break
            name, shape = inner.name or name, inner.structure
        return name
