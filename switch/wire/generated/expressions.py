"""Regular expressions of whole values, and pieces of generated text."""

from __future__ import annotations

import re

from switch.wire.content import CHARACTERS, FORMATS
from switch.wire.dialect import Field

# Formats that hold nothing but digits, and so are content enough for an element of digits.
DIGITS_ONLY = frozenset(("MMDDhhmmss", "YYMMDDhhmmss", "hhmmss", "MMDD", "YYMM", "YYMMDD"))
# Formats that hold letters too, but nothing that these kinds do not allow.
_WITHIN = {"currency": ("an", "ans")}
_BLANK = "not blank"


def value_expression(known: Field) -> str:
    """The expression of a whole value as messages hold it; empty when only its pattern knows."""
    plain = _plain(known)
    if known.format is None or not plain:
        return plain
    if known.prefix:
        return ""
    expression, width, _ = FORMATS[known.format]
    if known.format == _BLANK and known.kind == "ans":
        return f"(?!\\x20{{{known.longest}}}){plain}"
    if width != known.longest:
        return ""
    if known.kind == "n" and known.format in DIGITS_ONLY:
        return expression
    if known.kind in _WITHIN.get(known.format, ()):
        return f"(?:{expression})"
    return f"(?={plain})(?:{expression})"


def _plain(known: Field) -> str:
    """The expression of a value by its kind and length alone."""
    shortest, longest = known.shortest, known.longest
    if known.kind == "x+n":
        return f"[CD]{_times('[0-9]', max(shortest - 1, 0), longest - 1)}"
    character = CHARACTERS.get(known.kind, "")
    if not character:
        return ""
    if known.counts_bytes:
        return _times(f"(?:{character}{{2}})", (shortest + 1) // 2, (longest + 1) // 2)
    if known.kind == "b":
        # Whole bytes are seen to by the length: it is fixed, or a table refuses half a byte.
        return _times(character, 2 * shortest, 2 * longest)
    return _times(character, shortest, longest)


def _times(expression: str, least: int, most: int) -> str:
    """A repetition that gives nothing back: what follows is of fixed place or a separator."""
    times = f"{least}" if least == most else f"{least},{most}"
    return f"{expression}{{{times}}}+"


def literal(text: str) -> str:
    r"""The expression that matches `text` and nothing else, also where spaces are ignored.

    >>> literal("1 #")
    '1\\x20\\x23'
    """
    return "".join(one if one.isalnum() and one.isascii() else f"\\x{ord(one):02x}" for one in text)


def tidy(name: str) -> str:
    r"""A name from a dialect file as a comment of generated code may hold it.

    >>> tidy('Amount" # evil\nimport os')
    'Amount  evil import os'
    """
    return re.sub(r"[^A-Za-z0-9 ,()+-]", "", re.sub(r"\s", " ", name))[:60]
