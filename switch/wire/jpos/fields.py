"""One field of a packager file as one element of a dialect file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from switch.wire.jpos.classes import Coding, coding_of
from switch.wire.jpos.xml import Element
from switch.wire.lengths import largest_length
from switch.wire.structure_file import LENGTH_MAX

# Python has no cp1047, the EBCDIC of the classes. cp500 has its letters and digits, and its ^ of
# track 1, which cp037 has not.
EBCDIC = "cp500"

# Packager files do not say what must not be shown: these numbers hold it in every version.
SENSITIVE = {2: "pan", 34: "pan", 35: "track", 36: "track", 45: "track"}
SENSITIVE |= {52: "pin", 55: "chip", 96: "key"}

_TRACKS = (35, 36)
_READ = frozenset(("id", "length", "name", "class", "pad", "packager", "emitBitmap", "token"))

Leave = Callable[[str], None]
"""Told what could not be carried over, in words."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What most elements have: `encoding` of the dialect file, so that each need not say it."""

    text: str
    numeric: str
    binary: str
    length: str

    def of(self, kind: str) -> str:
        """The encoding of data of a kind."""
        if kind == "b":
            return self.binary
        return self.numeric if kind in ("n", "z", "x+n") else self.text


def charset(encoding: str) -> str:
    """An encoding in the words of a dialect file."""
    return EBCDIC if encoding == "ebcdic" else encoding


def element(node: Element, number: int, usual: Usual, leave: Leave) -> dict[str, Any] | None:
    """An element of a dialect file, without what lies inside it; None when it cannot be one."""
    coding = coding_of(node.get("class"))
    if coding is None:
        known = node.get("class") or "none"
        leave(f"element {number} is left out: class {known.rpartition('.')[2]} is not known")
        return None
    if coding.kind == "nothing":
        return None
    if coding.kind == "bitmap":
        leave(f"element {number} is left out: it is a bitmap")
        return None
    length = length_words(node, f"element {number}", coding, leave)
    if length is None:
        return None
    # A class for digits takes anything: tracks have a separator.
    kind = "z" if number in _TRACKS and coding.kind in ("n", "ans") else coding.kind
    encoding = charset(coding.encoding)
    if kind == "z" and encoding == "bcd" and not coding.digits:
        kind = "n"
    made: dict[str, Any] = {"name": node.get("name") or f"Element {number}", "kind": kind}
    made["length"] = length
    if encoding != usual.of(kind):
        made["encoding"] = encoding
    if coding.digits and charset(coding.length_encoding) != usual.length:
        made["length_encoding"] = charset(coding.length_encoding)
    if coding.encoding == "bcd" and kind in ("n", "z"):
        pad = "left 0" if node.get("pad") == "true" else "right 0"
        if pad != ("right 0" if coding.digits else "left 0") and (coding.digits or _odd(length)):
            made["pad"] = pad
    if kind == "x+n" and encoding == "bcd" and not _odd(length):
        leave(f"element {number} is left out: an odd number of BCD digits behind a sign")
        return None
    if number in SENSITIVE:
        made["sensitive"] = SENSITIVE[number]
    for name in sorted(node.attributes.keys() - _READ):
        leave(f"element {number}: attribute {name} ({node.get(name)})")
    return made


def length_words(node: Element, called: str, coding: Coding, leave: Leave) -> str | None:
    """The length as a dialect file writes it; None when there is none."""
    text = node.get("length")
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) == 0:
        leave(f"{called} is left out: its length is {text or 'missing'}")
        return None
    length = int(text)
    longest = LENGTH_MAX
    if coding.digits:
        longest = min(longest, largest_length(coding.digits, charset(coding.length_encoding)))
    if length > longest:
        leave(f"{called}: a length of {length}; {longest} is the longest there can be")
        length = longest
    return f"{'L' * coding.digits} ..{length}" if coding.digits else str(length)


def _odd(length: str) -> bool:
    return int(length.rpartition("..")[2] or length) % 2 == 1
