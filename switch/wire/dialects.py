"""Where dialects come from: a name or a path, `extends` resolved, compiled once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from switch.settings import (
    Located,
    Problem,
    SettingsError,
    config_folder,
    find_config,
    json_schema,
    load_located,
)
from switch.wire.content import FORMATS
from switch.wire.dialect import Dialect, Field, Part, Positional, Presence, Structure, Tlv
from switch.wire.dialect_file import LENGTH, DialectFile, FieldFile, PositionalFile, TlvFile

# A dialect that extends a dialect that extends ... : deeper than this is a mistake.
EXTENDS_MAX = 8

_ENCODINGS = {
    "n": ("ascii", "bcd"),
    "z": ("ascii", "bcd"),
    "x+n": ("ascii", "bcd"),
    "b": ("hex", "raw"),
    "a": ("ascii",),
    "an": ("ascii",),
    "ans": ("ascii",),
}


def dialect_names() -> list[str]:
    """The names of the shipped dialects."""
    return sorted(path.stem for path in (config_folder() / "dialects").glob("*.yaml"))


def load_dialect(name_or_path: str) -> Dialect:
    """The dialect of that name or file, compiled; the same file is compiled once.

    Raises SettingsError with every problem of the file.
    """
    path = find_config(name_or_path, "dialects", ".yaml").resolve()
    chain = _chain(path)
    stamps = tuple((str(one), one.stat().st_mtime_ns, one.stat().st_size) for one in chain)
    return _compiled(stamps)


def dialect_schema() -> dict[str, Any]:
    """JSON Schema of a dialect file, for editors."""
    return json_schema(DialectFile, title="Guichet dialect", schema_id="dialect.json")


def _chain(path: Path) -> list[Path]:
    """The file and those it extends, itself first."""
    chain: list[Path] = []
    located: Located[DialectFile] | None = None
    while True:
        if path in chain or len(chain) >= EXTENDS_MAX:
            assert located is not None
            raise SettingsError((located.problem(("extends",), "extends itself in a circle"),))
        chain.append(path)
        located = _loaded(str(path), path.stat().st_mtime_ns)
        parent = located.value.extends
        if parent is None:
            return chain
        beside = path.parent / f"{parent}.yaml"
        try:
            found = beside if beside.exists() else find_config(parent, "dialects", ".yaml")
        except SettingsError as error:
            message = f"extends an unknown dialect {parent!r}"
            names = dialect_names()
            problem = located.problem(("extends",), message, near=parent, candidates=names)
            raise SettingsError((problem,)) from error
        path = found.resolve()


@lru_cache(maxsize=64)
def _loaded(path: str, _changed: int) -> Located[DialectFile]:
    return load_located(Path(path), DialectFile)


@lru_cache(maxsize=64)
def _compiled(stamps: tuple[tuple[str, int, int], ...]) -> Dialect:
    files = [_loaded(path, changed) for path, changed, _ in stamps]
    encoding: dict[str, Any] = {}
    merged: dict[str, tuple[FieldFile, Located[DialectFile]]] = {}
    presence: list[Presence] = []
    for located in reversed(files):
        given = located.value.encoding
        encoding |= {key: getattr(given, key) for key in given.model_fields_set}
        for number, one in located.value.fields.items():
            base = merged[number][0] if number in merged else FieldFile()
            changes = {key: getattr(one, key) for key in one.model_fields_set}
            merged[number] = (base.model_copy(update=changes), located)
        presence = _presence(located) or presence
    problems = _missing_encodings(files[0], encoding)
    fields: dict[str, Field] = {}
    for number in sorted(merged, key=int):
        one, located = merged[number]
        built = _field(number, one, located, encoding, problems)
        if built is not None:
            fields[number] = built
    if problems:
        raise SettingsError(tuple(problems))
    return Dialect(
        name=Path(stamps[0][0]).stem,
        title=files[0].value.title,
        fields=fields,
        numeric=encoding["numeric"],
        bitmap=encoding["bitmap"],
        length=encoding["length"],
        presence=tuple(presence),
        ancestry=tuple(Path(path).stem for path, _, _ in stamps[1:]),
    )


def _presence(located: Located[DialectFile]) -> list[Presence]:
    return [
        Presence(frozenset(one.messages), one.must, one.must_not) for one in located.value.presence
    ]


def _missing_encodings(file: Located[DialectFile], encoding: dict[str, Any]) -> list[Problem]:
    needed = ("text", "numeric", "binary", "bitmap", "length")
    return [
        file.problem(("encoding",), f"missing key {key!r} in the encoding")
        for key in needed
        if encoding.get(key) is None
    ]


def _field(
    number: str,
    one: FieldFile,
    located: Located[DialectFile],
    encoding: dict[str, Any],
    problems: list[Problem],
) -> Field | None:
    def complain(key: str | None, message: str) -> None:
        where = ("fields", number) if key is None else ("fields", number, key)
        problems.append(located.problem(where, message, on_key=key is None))

    if one.name is None or one.kind is None or one.length is None:
        for key in ("name", "kind", "length"):
            if getattr(one, key) is None:
                complain(None, f"field {number}: missing key {key!r}")
        return None
    shortest, longest, prefix = _lengths(one.length)
    if one.kind == "b":
        general = "binary"
    else:
        general = "numeric" if one.kind in ("n", "z", "x+n") else "text"
    data = one.encoding or encoding.get(general)
    if data not in _ENCODINGS[one.kind]:
        complain(
            "encoding", f"kind {one.kind} cannot be {data}: {' or '.join(_ENCODINGS[one.kind])}"
        )
        return None
    if one.format is not None and FORMATS[one.format][1] not in (0, longest):
        complain("format", f"{one.format} has {FORMATS[one.format][1]} characters, not {longest}")
        return None
    if data == "bcd" and one.kind == "x+n" and (prefix or longest % 2 == 0):
        complain("length", "in BCD, x+n is fixed and has an even number of digits behind its sign")
        return None
    if data == "bcd" and one.kind == "z" and not prefix:
        complain("length", "in BCD, kind z needs a variable length")
        return None
    structure = _structure(one)
    if isinstance(structure, Positional):
        size = sum(part.length for part in structure.parts) * structure.entries
        if size != longest:
            complain("structure", f"the parts have {size} characters in all, the element {longest}")
    return Field(
        number=int(number),
        name=one.name,
        kind=one.kind,
        shortest=shortest,
        longest=longest,
        prefix=prefix,
        encoding=data,
        format=one.format,
        structure=structure,
        sensitive=one.sensitive,
    )


def _lengths(text: str) -> tuple[int, int, int]:
    match = LENGTH.fullmatch(text)
    assert match is not None
    if match["fixed"] is not None:
        return int(match["fixed"]), int(match["fixed"]), 0
    return int(match["low"] or "1"), int(match["high"]), len(match["ls"])


def _structure(one: FieldFile) -> Structure | None:
    given = one.structure
    if isinstance(given, PositionalFile):
        parts = tuple(Part(part.name, part.length) for part in given.parts)
        return Positional(parts, given.entries)
    if isinstance(given, TlvFile):
        return Tlv(
            given.tag,
            given.length,
            {tag: known.name for tag, known in given.tags.items()},
            {tag: known.sensitive for tag, known in given.tags.items() if known.sensitive},
        )
    return None
