"""Definitions of a dialect file that say nothing, contradict each other or leave data unhidden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from switch.settings import Located, Problem, find_config, load_located
from switch.wire.dialect import Dialect
from switch.wire.dialect_file import DialectFile
from switch.wire.dialects import load_dialect
from switch.wire.mti import answer_mti, is_request
from switch.wire.rules import Presence
from switch.wire.structures import BerTlv, Part, Positional, Structure, Tlv

# Elements that hold cardholder data in every version, and what of it.
_SECRETS = {"2": "pan", "35": "track", "36": "track", "45": "track", "52": "pin"}

# Message types that may exist: version, class, function and origin as ISO 8583 numbers them.
_MTIS = tuple(
    f"{version}{group}{function}{origin}"
    for version in "012"
    for group in "12345678"
    for function in "01234567"
    for origin in "012345"
)
_KEYS = ("must", "may", "must_not", "echoed")


def lint_dialect(name_or_path: str) -> list[Problem]:
    """What a valid dialect file says that cannot be meant, each at its place in the file.

    Raises SettingsError when the file is not valid.
    """
    dialect = load_dialect(name_or_path)
    path = find_config(name_or_path, "dialects", ".yaml").resolve()
    located = load_located(path, DialectFile)
    parent = _parent(located, path)
    return [
        *_repeated(located, parent),
        *_unhidden(located, dialect),
        *_structures(located, dialect),
        *_unreachable_rules(located, dialect, len(parent.rules) if parent else 0),
        *_contradictions(located, dialect),
    ]


def _parent(located: Located[DialectFile], path: Path) -> Dialect | None:
    name = located.value.extends
    if name is None:
        return None
    beside = path.parent / (name if name.endswith(".yaml") else f"{name}.yaml")
    return load_dialect(str(beside) if beside.exists() else name)


def _repeated(located: Located[DialectFile], parent: Dialect | None) -> Iterator[Problem]:
    """Elements that say again what they inherit."""
    if parent is None:
        return
    compiled = load_dialect(str(located.path))
    same_encoding = (parent.numeric, parent.text, parent.length) == (
        compiled.numeric,
        compiled.text,
        compiled.length,
    )
    for number in located.value.fields:
        inherited = parent.fields.get(number)
        if same_encoding and inherited == compiled.fields[number]:
            message = f"element {number} says what {parent.name} says already"
            yield located.problem(("fields", number), message, on_key=True)


def _unhidden(located: Located[DialectFile], dialect: Dialect) -> Iterator[Problem]:
    for number, mark in _SECRETS.items():
        known = dialect.fields.get(number)
        if known is not None and known.sensitive is None:
            message = f"element {number} is shown in clear: mark it `sensitive: {mark}`"
            where = ("fields", number) if number in located.value.fields else ("fields",)
            yield located.problem(where, message, on_key=True)


def _structures(located: Located[DialectFile], dialect: Dialect) -> Iterator[Problem]:
    for number, written in located.value.fields.items():
        known = dialect.fields[number]
        if written.structure is None or known.structure is None:
            continue
        where = ("fields", number, "structure")
        room = known.longest * (2 if known.kind == "b" and not _binary(known.structure) else 1)
        for message in _inside(number, known.structure, room):
            yield located.problem(where, message, on_key=True)


def _inside(path: str, shape: Structure, room: int) -> Iterator[str]:
    """What is wrong in a structure that has `room` characters or bytes at most."""
    if isinstance(shape, BerTlv):
        yield from _same_names(path, {tag: one.name for tag, one in shape.tags.items()})
        return
    if isinstance(shape, Positional):
        parts = {str(at): part for at, part in enumerate(shape.parts, 1)}
        yield from _beyond(path, parts, room)
    else:
        parts = dict(shape.tags if isinstance(shape, Tlv) else shape.parts)
        yield from _same_names(path, {step: part.name for step, part in parts.items()})
        for step, part in parts.items():
            if part.checked and part.shortest > room:
                yield f"{path}.{step} has no room: {part.shortest} in an element of {room}"
    for step, part in parts.items():
        if part.structure is not None:
            yield from _inside(f"{path}.{step}", part.structure, min(part.longest, room))


def _beyond(path: str, parts: dict[str, Part], room: int) -> Iterator[str]:
    """Parts that begin where the element has always ended."""
    at = 0
    for step, part in parts.items():
        # An empty part fits anywhere.
        if at >= room and part.shortest:
            yield f"{path}.{step} cannot be reached: the element ends after {room}"
            return
        at += part.prefix + part.shortest


def _same_names(path: str, names: dict[str, str]) -> Iterator[str]:
    for name, times in Counter(names.values()).items():
        if name and times > 1:
            steps = " and ".join(f"{path}.{step}" for step, one in names.items() if one == name)
            yield f"{steps} have one name: {name}"


def _unreachable_rules(
    located: Located[DialectFile], dialect: Dialect, inherited: int
) -> Iterator[Problem]:
    """Rules about no message type, and those that later rules replace altogether."""
    replaced: dict[str, set[str]] = {key: set() for key in _KEYS}
    own = list(enumerate(dialect.rules[inherited:]))
    found: list[Problem] = []
    for at, rule in reversed(own):
        where = ("presence", at)
        covered = {mti for mti in _MTIS if rule.covers(mti)}
        said = [key for key in _KEYS if getattr(rule, key) is not None]
        if not said:
            found.append(located.problem(where, "this rule says nothing"))
        elif not covered:
            found.append(located.problem((*where, "messages"), "there are no such message types"))
        elif all(covered <= replaced[key] for key in said):
            found.append(located.problem(where, "later rules replace all of this one"))
        for key in said:
            replaced[key] |= covered
    yield from reversed(found)


def _contradictions(located: Located[DialectFile], dialect: Dialect) -> Iterator[Problem]:
    """What the rules say together and cannot be: each once, with the first type concerned."""
    told: set[str] = set()
    if not located.value.presence:
        return
    for mti in _MTIS:
        presence = dialect.presence(mti)
        if presence is None:
            continue
        for message, reason in _conflicts(mti, presence, dialect):
            if reason not in told:
                told.add(reason)
                yield located.problem(("presence",), message, on_key=True)


def _conflicts(mti: str, presence: Presence, dialect: Dialect) -> Iterator[tuple[str, str]]:
    for element in presence.must:
        if element in presence.must_not:
            yield f"in {mti} element {element} must be and must not be", f"both {element}"
    for element in presence.may or ():
        if element in presence.must_not:
            yield f"in {mti} element {element} may be and must not be", f"may {element}"
    if not is_request(mti):
        return
    answer = answer_mti(mti)
    answered = dialect.presence(answer)
    if answered is None:
        return
    for element in presence.echoed:
        if element in presence.must and element in answered.must_not:
            message = f"{answer} repeats element {element} of {mti} and must not have it"
            yield message, f"echo {element}"


def _binary(shape: Structure) -> bool:
    return not isinstance(shape, Tlv | BerTlv) or shape.binary
