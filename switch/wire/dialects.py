"""Where dialects come from: a name or a path, `extends` resolved, compiled once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from switch.wire.compiling import compiled_field
from switch.wire.dialect import Dialect, Field
from switch.wire.dialect_file import DialectFile, FieldFile
from switch.wire.rules import Rule

# A dialect that extends a dialect that extends ... : deeper than this is a mistake.
EXTENDS_MAX = 8

_RULE_KEYS = ("must", "may", "must_not", "echoed")


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
        beside = path.parent / (parent if parent.endswith(".yaml") else f"{parent}.yaml")
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
    problems: list[Problem] = []
    for located in reversed(files):
        _leave_out(located, merged, problems)
        given = located.value.encoding
        encoding |= {key: getattr(given, key) for key in given.model_fields_set}
        for number, one in located.value.fields.items():
            base = merged[number][0] if number in merged else FieldFile()
            changes = {key: getattr(one, key) for key in one.model_fields_set}
            merged[number] = (base.model_copy(update=changes), located)
    problems += _missing_encodings(files[0], encoding)
    fields: dict[str, Field] = {}
    for number in sorted(merged, key=int):
        one, located = merged[number]
        built = compiled_field(number, one, located, encoding, problems)
        if built is not None:
            fields[number] = built
    rules = _all_rules(files, fields, problems)
    if problems:
        raise SettingsError(tuple(problems))
    return Dialect(
        name=Path(stamps[0][0]).stem,
        title=files[0].value.title,
        fields=fields,
        numeric=encoding["numeric"],
        bitmap=encoding["bitmap"],
        length=encoding["length"],
        text=encoding["text"],
        second_bitmap=encoding.get("second_bitmap") or "when needed",
        rules=tuple(rules),
        ancestry=tuple(Path(path).stem for path, _, _ in stamps[1:]),
    )


def _leave_out(
    located: Located[DialectFile], merged: dict[str, Any], problems: list[Problem]
) -> None:
    """Take out of what was inherited the elements that one file goes without."""
    for at, number in enumerate(located.value.without):
        if merged.pop(number, None) is None:
            message = f"no element {number} to go without: it is not inherited"
            problems.append(located.problem(("without", at), message))
        elif number in located.value.fields:
            message = f"element {number} is also among the fields"
            problems.append(located.problem(("without", at), message))


def _all_rules(
    files: Sequence[Located[DialectFile]], fields: Mapping[str, Field], problems: list[Problem]
) -> list[Rule]:
    """The rules of a file and of those it extends, which come first.

    An element that a file goes without goes from the rules it inherits too.
    """
    rules: list[Rule] = []
    gone: set[str] = set()
    for located in files:
        rules = _rules(located, fields, gone - fields.keys(), problems) + rules
        gone |= set(located.value.without)
    return rules


def _rules(
    located: Located[DialectFile],
    fields: Mapping[str, Field],
    gone: set[str],
    problems: list[Problem],
) -> list[Rule]:
    """The rules of one file; those about elements that the dialect lacks are problems."""
    rules = []
    for place, one in enumerate(located.value.presence):
        given = {key: _kept(getattr(one, key), gone) for key in _RULE_KEYS}
        for key, elements in given.items():
            for at, element in enumerate(elements or ()):
                if element not in fields:
                    where = ("presence", place, key, at)
                    problems.append(located.problem(where, f"no element {element} in the dialect"))
        for element in sorted(set(one.must or ()) & set(one.must_not or ())):
            message = f"element {element} must and must not be there"
            problems.append(located.problem(("presence", place, "must_not"), message))
        rules.append(Rule(one.messages, **given))
    return rules


def _kept(elements: tuple[str, ...] | None, gone: set[str]) -> tuple[str, ...] | None:
    if elements is None or gone.isdisjoint(elements):
        return elements
    return tuple(element for element in elements if element not in gone)


def _missing_encodings(file: Located[DialectFile], encoding: dict[str, Any]) -> list[Problem]:
    needed = ("text", "numeric", "binary", "bitmap", "length")
    return [
        file.problem(("encoding",), f"missing key {key!r} in the encoding")
        for key in needed
        if encoding.get(key) is None
    ]
