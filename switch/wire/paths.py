"""Paths to elements and sub-fields: `3.1`, `3.transaction`, `54[0].amount`, `48.05`, `55.9F26`.

A step is the number or the name of a part, a tag or its name, or the place of an entry in square
brackets, from 0. Names are those of the dialect; words may be left out of one as long as what is
left says which: `90.stan` is the part `original STAN`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from switch.settings import suggest
from switch.wire import ber, tlv
from switch.wire.composites import close_element, open_element, unpack
from switch.wire.dialect import Dialect, Field
from switch.wire.message import Message, Value, printable
from switch.wire.steps import Steps, path_steps, step_words
from switch.wire.structures import BerTlv, Mapped, Positional, Structure, child
from switch.wire.tlv import CompositeError

_PATH = re.compile(
    r"(?:t|[0-9]{1,3})(?:\[[0-9]{1,6}\])*(?:\.[^.\[\]]+(?:\[[0-9]{1,6}\])*)*", re.ASCII
)


class PathError(ValueError):
    """A path that leads nowhere in its dialect, or a value that cannot be put there."""


@dataclass(frozen=True, slots=True)
class Path:
    """The element (`t` or its number) and the steps inside it."""

    element: str
    steps: Steps = ()

    def __str__(self) -> str:
        return step_words((self.element, *self.steps))


def parse(text: str) -> Path:
    """The path that a text writes; names are not looked at. Raises PathError.

    >>> parse("54[0].amount")
    Path(element='54', steps=(0, 'amount'))
    """
    if _PATH.fullmatch(text) is None:
        raise PathError(
            f"{printable(text[:40])!r} is no path such as 3, 3.1, 54[0].amount or 55.9F26"
        )
    element, *steps = path_steps(text)
    return Path(str(element), tuple(steps))


def resolve(path: str | Path, dialect: Dialect) -> Path:
    """The path with names as opened elements are keyed. Raises PathError, with a suggestion.

    >>> from switch.wire import load_dialect
    >>> str(resolve("90.stan", load_dialect("gab87")))
    '90.original STAN'
    """
    path = parse(path) if isinstance(path, str) else path
    if path.element == "t":
        if path.steps:
            raise PathError(f"{path}: the message type has no sub-fields")
        return path
    known = _field(path, dialect)
    shape: Structure | None = known.structure
    steps: list[str | int] = []
    repeatable = False
    for step in path.steps:
        here = Path(path.element, tuple(steps))
        if repeatable and isinstance(step, int):
            steps.append(step)
            repeatable = False
            continue
        if shape is None:
            raise PathError(f"{path}: {here} has no sub-fields in {dialect.name}")
        key = _entry(step, shape, here) if isinstance(step, int) else _key(step, shape, here)
        inner = child(shape, key)
        if inner is None:
            raise PathError(f"{path}: {here} has no sub-field {step!r}")
        steps.append(key)
        repeatable = isinstance(shape, BerTlv)
        shape = inner.structure
    return Path(path.element, tuple(steps))


def get(message: Mapping[str, Value], path: str | Path, dialect: Dialect) -> Value | None:
    """What a path leads to in a message, opened or flat; None when it is not there.

    Raises PathError when the dialect knows no such thing, or when the element is there and does
    not hold what its structure says.

    >>> from switch.wire import load_dialect
    >>> get({"3": "010000"}, "3.transaction", load_dialect("gab87"))
    '01'
    """
    found = resolve(path, dialect)
    value: Any = message.get(found.element)
    if value is None:
        return None
    if not found.steps:
        return message[found.element]
    known = dialect.fields[found.element]
    shape: Structure | None = known.structure
    try:
        value = open_element(known, value) if isinstance(value, str) else value
        for step in found.steps:
            if isinstance(value, str) and shape is not None:
                value = unpack(value, shape)
            inner = child(shape, step) if shape is not None else None
            value = _step(value, step)
            shape = inner.structure if inner is not None else shape
            if value is None:
                return None
    except CompositeError as error:
        wrong = _cannot_open(known, error)
    else:
        result: Value = value
        return result
    raise wrong


def put(message: Mapping[str, Value], path: str | Path, value: Value, dialect: Dialect) -> Message:
    """The message with `value` where a path leads, its element packed again.

    An element that was text stays text; one that is absent begins empty. Raises PathError when
    the dialect knows no such thing or when the element would not hold together.

    >>> from switch.wire import load_dialect
    >>> put({"t": "0200", "3": "010000"}, "3.from", "20", load_dialect("gab87"))["3"]
    '012000'
    """
    found = resolve(path, dialect)
    changed = Message(message)
    if not found.steps:
        changed[found.element] = value
        return changed
    known = dialect.fields[found.element]
    before = message.get(found.element)
    try:
        opened: Any = open_element(known, before) if isinstance(before, str) else before
        opened = _with(opened, found.steps, value)
        flat = close_element(known, opened)
        if isinstance(before, str) or (before is None and not known.expanded):
            changed[found.element] = flat
        else:
            changed[found.element] = opened
    except CompositeError as error:
        wrong = _cannot_open(known, error)
    else:
        return changed
    raise wrong


def spread(message: Mapping[str, Value], dialect: Dialect) -> Message:
    """A message whose keys may be paths, with what they lead to put into its elements.

    Several paths of one element are put together before it is packed. Raises PathError.

    >>> from switch.wire import load_dialect
    >>> spread({"t": "0200", "3.1": "01", "3.2": "00", "3.3": "20"}, load_dialect("gab87"))["3"]
    '010020'
    """
    spread_out = Message((key, value) for key, value in message.items() if not _is_path(key))
    inside: dict[str, list[tuple[Steps, Value]]] = {}
    for key, value in message.items():
        if _is_path(key):
            found = resolve(key, dialect)
            inside.setdefault(found.element, []).append((found.steps, value))
    for element, parts in inside.items():
        known = dialect.fields[element]
        before = spread_out.get(element)
        wrong: PathError | None = None
        try:
            opened: Any = open_element(known, before) if isinstance(before, str) else before
            for steps, value in parts:
                opened = _with(opened, steps, value)
            flat = close_element(known, opened)
            spread_out[element] = opened if known.expanded else flat
        except CompositeError as error:
            wrong = _cannot_open(known, error)
        if wrong is not None:
            raise wrong
    return spread_out


def _is_path(key: object) -> bool:
    return isinstance(key, str) and ("." in key or "[" in key)


def _field(path: Path, dialect: Dialect) -> Field:
    known = dialect.fields.get(path.element)
    if known is None:
        raise PathError(f"{path}: no element {path.element} in {dialect.name}")
    return known


def _entry(step: int, shape: Structure, here: Path) -> int:
    if not (isinstance(shape, Positional) and shape.entries > 1):
        raise PathError(f"{here} has no entries to count: leave out [{step}]")
    if step >= shape.entries:
        raise PathError(f"{here} has at most {shape.entries} entries, [0] to [{shape.entries - 1}]")
    return step


def _key(step: str, shape: Structure, here: Path) -> str:
    """How an opened element keys what a step names."""
    if isinstance(shape, Positional):
        if shape.entries > 1:
            raise PathError(f"{here} has several entries: say which, such as {here}[0].{step}")
        if step.isascii() and step.isdigit():
            if 1 <= int(step) <= len(shape.parts):
                return shape.parts[int(step) - 1].name
            raise PathError(f"{here} has the parts 1 to {len(shape.parts)}, not {step}")
        return _named(step, {part.name: part.name for part in shape.parts}, here)
    if isinstance(shape, Mapped):
        if step in shape.parts:
            return step
        return _named(step, {key: part.name for key, part in shape.parts.items()}, here)
    if isinstance(shape, BerTlv):
        if ber.well_formed_tag(step.upper()):
            return step.upper()
    elif tlv.well_formed_tag(step, shape):
        return step
    return _named(step, shape.names, here)


def _named(step: str, names: Mapping[str, str], here: Path) -> str:
    """The key whose name a step says, whole or with words left out."""
    words = _words(step)
    whole = [key for key, name in names.items() if _words(name) == words]
    fitting = whole or [key for key, name in names.items() if words and words <= _words(name)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        known = ", ".join(f"{names[key]!r}" for key in fitting)
        raise PathError(f"{here}.{printable(step)} may be one of {known}")
    meant = suggest(step, (*names, *names.values()))
    hint = f", did you mean {meant!r}?" if meant else ""
    raise PathError(f"{here} has no sub-field {printable(step)!r}{hint}")


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall("[a-z0-9]+", name.lower()))


def _step(value: Any, step: str | int) -> Any:
    if isinstance(step, int):
        if isinstance(value, list):
            return value[step] if step < len(value) else None
        # A tag that came once is no list.
        return value if step == 0 else None
    return value.get(step) if isinstance(value, Mapping) else None


def _with(value: Any, steps: Steps, new: Value) -> Any:
    """A copy of an opened value with `new` where the steps lead."""
    if not steps:
        return new
    step, *rest = steps
    if isinstance(step, int):
        entries = list(value) if isinstance(value, list) else [] if value is None else [value]
        if step > len(entries):
            raise CompositeError((step,), 0, f"at most [{len(entries)}]", f"[{step}]")
        inner = entries[step] if step < len(entries) else None
        entries[step : step + 1] = [_with(inner, tuple(rest), new)]
        return entries
    fields = dict(value) if isinstance(value, Mapping) else {}
    fields[step] = _with(fields.get(step), tuple(rest), new)
    return fields


def _cannot_open(known: Field, error: CompositeError) -> PathError:
    where = step_words((known.key, *error.steps))
    return PathError(
        f"field {where} ({known.name}): expected {error.expected}, found {error.found}"
    )
