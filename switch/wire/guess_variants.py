"""Dialects that differ from a known one in how some of their bytes are written.

Banks mix: binary bitmaps with ASCII elements, ASCII lengths with BCD numbers. Each variant is
what a dialect file says with `extends` and one or two keys of `encoding`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from switch.wire.codec import ReferenceCodec
from switch.wire.dialect import Dialect, Field
from switch.wire.emv_tags import EMV_TAGS
from switch.wire.lengths import CHARSETS, Charset, LengthEncoding, codec_of
from switch.wire.structures import BerTlv
from switch.wire.tolerance import TOLERANCES, TRAILING_BYTES

_ONE_CHANGE = 1.2
_CHIP = "55"

# What is left over at the end is found otherwise, and told by its number of bytes.
_TOLERATED = [name for name in TOLERANCES if name != TRAILING_BYTES]

_ALIKE = {"ascii": "ASCII", "bcd": "BCD", "cp500": "EBCDIC", "cp037": "EBCDIC"}
_PAIRS = (
    ("bitmap", "binary"),
    ("bitmap", "length"),
    ("text", "length"),
    ("second_bitmap", "chip"),
    ("bitmap", "chip"),
)


class Change(NamedTuple):
    """One key of a dialect file that extends another: `encoding`, `bitmap`, `raw`."""

    section: str
    key: str
    value: str


@dataclass(frozen=True)
class Variant:
    """A dialect to try. `odd` says how it is mixed, `changes` how a dialect file says that.

    `lenient` decodes with everything tolerated that some network does. `versions` are the first
    digits of the message types that the dialect has rules about.
    """

    dialect: Dialect
    codec: ReferenceCodec
    lenient: ReferenceCodec
    cost: float
    odd: tuple[str, ...]
    changes: tuple[Change, ...]
    versions: frozenset[str]


def variants(dialect: Dialect) -> list[Variant]:
    """The dialect itself, and then its usual mixtures."""
    single = {key: made for key, change in _CHANGES.items() if (made := change(dialect))}
    found = [_variant(dialect, dialect, ())]
    found += [_variant(dialect, made, (key,)) for key, made in single.items()]
    for first, second in _PAIRS:
        if first in single and (made := _CHANGES[second](single[first])):
            found.append(_variant(dialect, made, (first, second)))
    return found


def _variant(base: Dialect, made: Dialect, keys: tuple[str, ...]) -> Variant:
    return Variant(
        dialect=made,
        codec=ReferenceCodec(made),
        lenient=ReferenceCodec(made, tolerate=_TOLERATED),
        cost=_ONE_CHANGE * len(keys),
        odd=tuple(_words(key, base, made) for key in keys),
        changes=tuple(_change(key, made) for key in keys),
        versions=frozenset(mti[0] for rule in base.rules for mti in rule.messages) - {"x"},
    )


def _other_bitmap(dialect: Dialect) -> Dialect:
    return replace(dialect, bitmap="raw" if dialect.bitmap == "hex" else "hex")


def _other_length(dialect: Dialect) -> Dialect:
    other: LengthEncoding = dialect.text if dialect.length == "bcd" else "bcd"

    def change(one: Field) -> Field:
        usual = one.prefix and one.length_encoding == dialect.length
        return replace(one, length_encoding=other) if usual else one

    return _changed(replace(dialect, length=other), change)


def _other_binary(dialect: Dialect) -> Dialect | None:
    kinds = {one.encoding for one in dialect.fields.values() if one.kind == "b"}
    if len(kinds) != 1:
        return None

    def change(one: Field) -> Field:
        if one.kind != "b":
            return one
        return replace(one, encoding="raw" if one.encoding == "hex" else "hex")

    return _changed(dialect, change)


def _other_text(dialect: Dialect) -> Dialect | None:
    """Only where numbers are packed: otherwise the whole dialect is in one character set."""
    if dialect.numeric != "bcd":
        return None
    other: Charset = "cp500" if dialect.text == "ascii" else "ascii"

    def change(one: Field) -> Field:
        if one.kind not in ("a", "an", "ans") or one.encoding not in CHARSETS:
            return one
        return replace(one, encoding=other, codec=codec_of(other))

    return _changed(replace(dialect, text=other), change)


def _changed(dialect: Dialect, change: Callable[[Field], Field]) -> Dialect:
    return replace(dialect, fields={key: change(one) for key, one in dialect.fields.items()})


def _second_bitmap(dialect: Dialect) -> Dialect | None:
    if dialect.second_bitmap == "always unannounced":
        return None
    return replace(dialect, second_bitmap="always unannounced")


def _raw_chip(dialect: Dialect) -> Dialect | None:
    known = dialect.fields.get(_CHIP)
    if known is None or known.kind == "b":
        return None
    raw = replace(known, kind="b", encoding="raw", structure=BerTlv(EMV_TAGS))
    return replace(dialect, fields={**dialect.fields, _CHIP: raw})


_CHANGES: dict[str, Callable[[Dialect], Dialect | None]] = {
    "bitmap": _other_bitmap,
    "length": _other_length,
    "binary": _other_binary,
    "text": _other_text,
    "second_bitmap": _second_bitmap,
    "chip": _raw_chip,
}


def _change(key: str, made: Dialect) -> Change:
    if key == "chip":
        return Change("fields", _CHIP, "{kind: b, encoding: raw}")
    return Change("encoding", key, _told(key, made))


def _told(key: str, made: Dialect) -> str:
    """The value of that key of `encoding`."""
    if key == "binary":
        return next(one.encoding for one in made.fields.values() if one.kind == "b")
    return str(getattr(made, key))


def _words(key: str, base: Dialect, made: Dialect) -> str:
    rest = _ALIKE[base.numeric]
    if key == "chip":
        return f"chip data is raw bytes but the rest is {rest}"
    value = _told(key, made)
    if key == "bitmap":
        bitmap = "binary" if value == "raw" else "hexadecimal"
        return f"the bitmap is {bitmap} but the rest is {rest}"
    if key == "length":
        return f"lengths are {_ALIKE[value]} but numbers are {rest}"
    if key == "binary":
        bytes_words = "raw bytes" if value == "raw" else "hexadecimal text"
        return f"binary elements are {bytes_words} but the rest is {rest}"
    if key == "second_bitmap":
        return "a second bitmap is there that the first does not announce"
    return f"text is {_ALIKE[value]} but numbers are {rest}"
