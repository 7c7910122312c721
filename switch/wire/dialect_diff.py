"""Two dialects told apart: every element, sub-field and rule that is not the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from switch.wire.dialect import Dialect
from switch.wire.dialect_table import Line, head, lines
from switch.wire.mti import CLASSES, FUNCTIONS
from switch.wire.rules import Presence

_MTIS = tuple(
    f"{version}{group}{function}{origin}"
    for version in "012"
    for group in CLASSES
    for function in FUNCTIONS
    for origin in "0123"
)


class Difference(NamedTuple):
    """One thing that is not the same. `left` or `right` is empty where one lacks it."""

    path: str
    what: str
    left: str
    right: str


def differences(left: Dialect, right: Dialect) -> list[Difference]:
    """Everything by which two dialects differ, the general first, then elements by number.

    How an element is written is told where one of the two makes an exception for it: what all
    elements share is told once.
    """
    found = [
        Difference("", what, ours, theirs)
        for (what, ours), theirs in zip(head(left).items(), head(right).values(), strict=True)
        if ours != theirs
    ]
    found += _elements(left, right)
    found += _rules(left, right)
    return found


def _elements(left: Dialect, right: Dialect) -> Iterator[Difference]:
    ours = {line.path: line for line in lines(left)}
    theirs = {line.path: line for line in lines(right)}
    missing: set[str] = set()
    for path in sorted({*ours, *theirs}, key=_place):
        if any(path.startswith(f"{one}.") for one in missing):
            # Whoever lacks an element lacks what is inside it.
            continue
        one, other = ours.get(path), theirs.get(path)
        if one is None or other is None:
            missing.add(path)
            what = "sub-field" if "." in path else "element"
            yield Difference(path, what, _short(one), _short(other))
        else:
            yield from _columns(one, other)


def _columns(one: Line, other: Line) -> Iterator[Difference]:
    pairs = [
        ("name", one.name, other.name),
        ("kind", one.kind, other.kind),
        ("length", one.length, other.length),
        ("notes", ", ".join(one.notes), ", ".join(other.notes)),
    ]
    if not (one.usual and other.usual) or one.kind == "b" or one.depth:
        pairs.append(("written", one.written, other.written))
        if one.length_written and other.length_written:
            pairs.append(("its length", one.length_written, other.length_written))
    for what, ours, theirs in pairs:
        if ours != theirs:
            yield Difference(one.path, what, ours, theirs)


def _rules(left: Dialect, right: Dialect) -> Iterator[Difference]:
    """Differences of presence, message types with the same difference told together."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for mti in _MTIS:
        ours, theirs = left.presence(mti), right.presence(mti)
        for what in ("must", "may", "must_not", "echoed"):
            one, other = _elements_of(ours, what), _elements_of(theirs, what)
            if one != other:
                alike.setdefault((what, _only(one, other), _only(other, one)), []).append(mti)
    for (what, only_ours, only_theirs), mtis in alike.items():
        yield Difference(_together(mtis), what.replace("_", " "), only_ours, only_theirs)


def _elements_of(presence: Presence | None, what: str) -> tuple[str, ...] | None:
    elements: tuple[str, ...] | None = None if presence is None else getattr(presence, what)
    return elements


def _only(one: Iterable[str] | None, other: Iterable[str] | None) -> str:
    """What one says and the other does not."""
    if one is None:
        return "no rule"
    return ", ".join(sorted(set(one) - set(other or ()), key=int)) or "nothing else"


def _together(mtis: list[str]) -> str:
    """Message types as a list, cut when it is long."""
    shown = ", ".join(mtis[:8])
    return shown if len(mtis) <= 8 else f"{shown} and {len(mtis) - 8} more"


def _short(line: Line | None) -> str:
    if line is None:
        return ""
    return " ".join(part for part in (line.name, line.kind, line.length) if part)


def _place(path: str) -> tuple[tuple[int, str], ...]:
    return tuple(
        (int(step), "") if step.isascii() and step.isdigit() else (1_000, step)
        for step in path.split(".")
    )
