"""What an element may hold: characters by kind, length, and the formats of dates and tracks.

One regular expression per element decides; only when it refuses is the reason searched.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

from switch.wire.dialect_words import Format, Kind


class Held(Protocol):
    """An element or a part of one: what must be known of it to judge a value."""

    @property
    def kind(self) -> Kind: ...
    @property
    def shortest(self) -> int: ...
    @property
    def longest(self) -> int: ...
    @property
    def prefix(self) -> int: ...
    @property
    def format(self) -> Format | None: ...
    @property
    def counts_bytes(self) -> bool: ...


# The characters of each kind. `an` keeps the space: it pads DE37, 38 and 39 to their length.
CHARACTERS = {
    "n": "[0-9]",
    "a": "[A-Za-z ]",
    "an": "[A-Za-z0-9 ]",
    "ans": r"[\x20-\x7e]",
    "b": "[0-9A-Fa-f]",
    "z": "[0-9=D]",
}
UNITS = {
    "n": "digits",
    "a": "letters",
    "an": "letters or digits",
    "ans": "printable characters",
    "b": "bytes in hexadecimal",
    "z": "track characters (digits and a separator = or D)",
    "x+n": "characters, C or D and digits",
}

SHORTEST_PAN = 12

# What most days match stands first.
_DAY = (
    "(?:(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])"
    "|(?:0[13-9]|1[0-2])(?:29|30)|0229|(?:0[13578]|1[02])31)"
)
_TIME = "(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"
_TRACK2 = re.compile("([0-9]*)([=D]?)(.*)", re.DOTALL)

# Format -> (expression, length or 0 when the element's own counts, what it is in words).
FORMATS: dict[Format, tuple[str, int, str]] = {
    "MMDDhhmmss": (_DAY + _TIME, 10, "a date and time MMDDhhmmss"),
    "MMDD": (_DAY, 4, "a date MMDD"),
    "YYMMDDhhmmss": ("[0-9]{2}" + _DAY + _TIME, 12, "a date and time YYMMDDhhmmss"),
    "hhmmss": (_TIME, 6, "a time hhmmss"),
    "YYMM": ("[0-9]{2}(?:0[1-9]|1[0-2])", 4, "a year and month YYMM"),
    "YYMMDD": ("[0-9]{2}" + _DAY, 6, "a date YYMMDD"),
    # The month is not looked at: an expired or odd track is for the issuer to judge.
    "track2": (
        "(?=.{1,37}$)[0-9]{12,19}[=D][0-9]{4,}",
        0,
        "a track 2: PAN of 12 to 19 digits, = or D, YYMM and the rest",
    ),
    "currency": ("[0-9]{3}|[A-Z]{3}", 3, "a currency: 3 digits or 3 capital letters"),
    "not blank": (r"[\x20-\x7e]*[\x21-\x7e][\x20-\x7e]*", 0, "something else than spaces"),
}


class Fault(NamedTuple):
    """Where in a value (offset in characters), what was expected and what was found, in words."""

    offset: int
    expected: str
    found: str


def pattern_of(
    kind: Kind, shortest: int, longest: int, form: Format | None, *, pairs: bool = False
) -> re.Pattern[str]:
    """The expression that a whole value of an element must match; `pairs` of characters only."""
    if pairs:
        size = f"(?:{CHARACTERS[kind]}{{2}}){{{(shortest + 1) // 2},{(longest + 1) // 2}}}"
    elif kind == "x+n":
        size = f"[CD][0-9]{{{max(shortest - 1, 0)},{longest - 1}}}"
    elif kind == "b":
        size = f"(?:{CHARACTERS['b']}{{2}}){{{shortest},{longest}}}"
    else:
        size = f"{CHARACTERS[kind]}{{{shortest},{longest}}}"
    if form is None:
        return re.compile(size)
    expression = FORMATS[form][0]
    return re.compile(f"(?={size}\\Z)(?:{expression})")


def explain(field: Held, value: str) -> Fault:
    """Why `field.pattern` refuses `value`. Never quotes a value that may be cardholder data."""
    return (
        _length_fault(field, value) or _character_fault(field, value) or _format_fault(field, value)
    )


def character_words(character: str) -> str:
    """One character as an error shows it.

    >>> character_words("X"), character_words(" "), character_words("\\n")
    ("'X'", 'a space', 'the control character 0x0A')
    """
    code = ord(character)
    if character == " ":
        return "a space"
    if code < 0x20 or code == 0x7F:
        return f"the control character 0x{code:02X}"
    return (
        f"'{character}'"
        if code < 0x7F
        else f"the byte 0x{code:02X}"
        if code < 256
        else ascii(character)
    )


def length_words(field: Held) -> str:
    """The length an element must have, in words.

    A variable element may be as short as its dialect says, one character unless it says less.
    """
    unit = UNITS[field.kind]
    if field.shortest == field.longest:
        return f"{field.longest} {unit}"
    return f"{field.shortest} to {field.longest} {unit}"


def _length_fault(field: Held, value: str) -> Fault | None:
    if field.kind == "b" and len(value) % 2:
        return Fault(0, length_words(field), f"{len(value)} hexadecimal characters, an odd number")
    size = len(value) // 2 if field.kind == "b" else len(value)
    if field.shortest <= size <= field.longest + field.counts_bytes * (field.longest % 2):
        if field.counts_bytes and size % 2:
            return Fault(0, "an even number of digits, as the length counts bytes", f"{size}")
        return None
    if size == 0:
        return Fault(0, length_words(field), "nothing")
    hint = ": pad it with spaces" if field.kind in ("an", "ans") and not field.prefix else ""
    return Fault(0, length_words(field), f"{size}{hint if size < field.shortest else ''}")


def _character_fault(field: Held, value: str) -> Fault | None:
    if field.kind == "x+n" and value[:1] not in ("C", "D"):
        return Fault(0, "a sign, C or D", character_words(value[0]))
    allowed = re.compile("[0-9]" if field.kind == "x+n" else CHARACTERS[field.kind])
    for offset in range(1 if field.kind == "x+n" else 0, len(value)):
        if allowed.match(value[offset]) is None:
            return Fault(offset, length_words(field), character_words(value[offset]))
    return None


def _format_fault(field: Held, value: str) -> Fault:
    # Reached only when characters and length are right, so a format it is.
    if field.format is None:
        return Fault(0, length_words(field), "something else")
    words = FORMATS[field.format][2]
    if field.format == "track2":
        return _track_fault(value, words)
    if len(value) >= SHORTEST_PAN:
        # Whatever stands where a date should be: it may be a PAN.
        return Fault(0, words, f"'{value[:6]}' and {len(value) - 6} more")
    return Fault(0, words, "only spaces" if not value.strip() else f"'{value}'")


def _track_fault(value: str, words: str) -> Fault:
    pan, separator, rest = _TRACK2.fullmatch(value).groups()  # type: ignore[union-attr]
    if not separator:
        return Fault(0, words, "no separator")
    if not 12 <= len(pan) <= 19:
        return Fault(0, words, f"{len(pan)} digits before the separator")
    if (second := re.search("[=D]", rest)) is not None:
        return Fault(len(pan) + 1 + second.start(), words, "a second separator")
    return Fault(len(pan) + 1, words, f"{len(rest)} digits after the separator")
