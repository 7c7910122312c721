"""What a link may put up with: named options, each for one habit of real networks.

Strict is the default. A link that tolerates something also sends it, so that what was echoed or
passed on does not fail on the way out; what a codec let pass is counted by option.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from switch.wire.content import CHARACTERS, pattern_of
from switch.wire.dialect import Dialect, Field

TRAILING_BYTES = "trailing-bytes"
ANY_PAD = "any-pad"
EMPTY_ELEMENTS = "empty-elements"
IMPOSSIBLE_DATES = "impossible-dates"
UNSIGNED_AMOUNTS = "unsigned-amounts"
TRACK_SENTINELS = "track-sentinels"

TOLERANCES: Mapping[str, str] = {
    TRAILING_BYTES: "bytes behind the last element are dropped",
    ANY_PAD: "any digit may pad an odd number of BCD digits",
    EMPTY_ELEMENTS: "an element of variable length may be there and empty",
    IMPOSSIBLE_DATES: "dates and times may be any digits, such as month 00",
    UNSIGNED_AMOUNTS: "a fee may begin with the digit 0 in place of its sign C or D",
    TRACK_SENTINELS: "track 2 may keep its sentinels ; and ?",
}
"""Every option and what it lets pass."""

_DATES = frozenset(("MMDDhhmmss", "YYMMDDhhmmss", "hhmmss", "MMDD", "YYMM", "YYMMDD"))


def tolerances(names: Iterable[str]) -> frozenset[str]:
    """The options of these names. Raises ValueError for one that does not exist."""
    given = frozenset(names)
    for name in sorted(given - TOLERANCES.keys()):
        raise ValueError(f"unknown tolerance {name!r}; known are {', '.join(TOLERANCES)}")
    return given


def relaxed(dialect: Dialect, names: frozenset[str]) -> dict[str, list[tuple[str, Any]]]:
    """For each element that an option is about: the options and what then matches a value."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for key, known in dialect.fields.items():
        ways = [(name, _pattern(name, known)) for name in TOLERANCES if name in names]
        if matching := [(name, way.fullmatch) for name, way in ways if way is not None]:
            found[key] = matching
    return found


def _pattern(name: str, known: Field) -> re.Pattern[str] | None:
    """What an option lets an element hold; None when it is not about this element."""
    if name == EMPTY_ELEMENTS and known.prefix:
        return re.compile("")
    if name == IMPOSSIBLE_DATES and known.format in _DATES:
        return pattern_of(known.kind, known.shortest, known.longest, None)
    if name == UNSIGNED_AMOUNTS and known.kind == "x+n":
        return re.compile(f"0[0-9]{{{known.longest - 1}}}")
    if name == TRACK_SENTINELS and known.format == "track2":
        track = CHARACTERS["z"]
        size = f"(?=.{{1,{known.longest}}}\\Z)"
        return re.compile(f"{size};[0-9]{{12,19}}[=D]{track}{{4,}}\\?")
    return None
