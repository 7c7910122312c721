"""Which files are meant by what a user gives: scenarios, folders of them, names of suites."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from switch.settings import Problem, SettingsError, suggest

_PACKAGE = Path(__file__).resolve().parent.parent
_LOOKS_LIKE_ONE = re.compile(r"^(scenario|steps)\s*:", re.MULTILINE)


def scenarios_folder() -> Path:
    """The `scenarios` folder: a checkout's own, or the copy that a wheel carries."""
    root = _PACKAGE.parent
    if (root / "scenarios").is_dir() and (root / "setup.py").is_file():
        return root / "scenarios"
    return _PACKAGE / "_shipped" / "scenarios"


def suite_names() -> list[str]:
    """The names of the shipped suites."""
    return sorted(path.name for path in scenarios_folder().glob("[!._]*") if path.is_dir())


def find_scenarios(paths: Iterable[str | Path]) -> list[Path]:
    """The scenario files meant, each once, in the order given; those of a folder by name.

    A path is a file, a folder (with all below it), or the name of a shipped suite such as
    `smoke`; what exists wins over a name. Raises SettingsError for each that is nothing.
    """
    found: dict[Path, None] = {}
    problems: list[Problem] = []
    for given in paths:
        try:
            found.update(dict.fromkeys(_files(given)))
        except SettingsError as error:
            problems += error.problems
    if problems:
        raise SettingsError(problems)
    return list(found)


def _files(given: str | Path) -> Sequence[Path]:
    path = Path(given)
    try:
        if not str(given):
            raise ValueError("nothing was given")
        if path.is_file():
            return [path]
        folder = path if path.is_dir() else scenarios_folder() / path
        if path.is_dir() or (str(given) in suite_names()):
            return _in_folder(folder, str(given))
    except (OSError, ValueError):
        pass  # a name that no file can have
    meant = suggest(str(given), suite_names())
    known = ", ".join(suite_names()) or "none"
    message = f"there is no such file or folder, and no suite of this name (suites: {known})"
    raise SettingsError([Problem(str(given), 0, 0, message, suggestion=meant)])


def _in_folder(folder: Path, given: str) -> Sequence[Path]:
    files = [
        path
        for pattern in ("*.yaml", "*.yml")
        for path in folder.rglob(pattern)
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    scenarios = sorted(path for path in files if _is_scenario(path))
    if not scenarios:
        raise SettingsError([Problem(given, 0, 0, "there is no scenario in this folder")])
    return scenarios


def _is_scenario(path: Path) -> bool:
    """Whether a file of a folder is meant to be one: networks and seeds may lie beside them."""
    return _LOOKS_LIKE_ONE.search(path.read_text(encoding="utf-8", errors="replace")) is not None
