"""`guichet lint`: scenarios, networks, dialects and seeds checked, nothing run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from simulator.cli.kinds import KINDS, kind_of
from switch.cli.console import PASSED, USAGE
from switch.settings import Problem, SettingsError
from switch.settings.source import read_source

NAMES = ", ".join(KINDS)


@click.command()
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
def lint(paths: tuple[Path, ...]) -> int:
    """Check files, and all files of folders, without running anything.

    What a file is, its `$schema` line says, else its content: a scenario, a network, a dialect,
    the seed of a core or of an issuer. Other YAML in a folder is left alone, but for what looks
    like a slip. Every problem of every file is told; the exit code is then 2.
    """
    problems: dict[Problem, None] = {}
    checked, skipped = 0, 0
    for path, asked_for in _files(paths, problems):
        try:
            done = _check(path, asked_for)
        except SettingsError as error:
            checked += 1
            problems.update(dict.fromkeys(error.problems))
        else:
            checked += done
            skipped += not done
    if not checked and not problems:
        problems[Problem(str(paths[0]), 0, 0, f"there is nothing to check here ({NAMES})")] = None
    if problems:
        click.echo(str(SettingsError(problems)), err=True)
        click.echo(
            f"{_count(checked, 'file')} checked, {_count(len(problems), 'problem')}", err=True
        )
        return USAGE
    left = f" ({_count(skipped, 'file')} of other kinds left alone)" if skipped else ""
    click.echo(f"{_count(checked, 'file')} checked, no problem{left}")
    return PASSED


def _check(path: Path, asked_for: bool) -> bool:
    """Check one file; False for one of another kind. Raises SettingsError."""
    source = read_source(path)
    guess = kind_of(source)
    if guess.kind is not None:
        guess.kind.check(path)
        return True
    if guess.meant is not None:
        at = max(0, source.text.find(guess.key))
        message = f"unknown key '{guess.key}', and nothing else says what this file is"
        raise SettingsError(
            [source.problem(at, at + len(guess.key), message, suggestion=guess.meant)]
        )
    if asked_for:
        raise SettingsError([source.whole(f"this is none of: {NAMES}")])
    return False


def _files(paths: tuple[Path, ...], problems: dict[Problem, None]) -> Iterator[tuple[Path, bool]]:
    """Each file once, and whether it was asked for by its own name."""
    seen: set[Path] = set()
    for given in paths:
        if given.is_dir():
            found = sorted([*given.rglob("*.yaml"), *given.rglob("*.yml")])
            files = [
                path
                for path in found
                if path.is_file()
                and not any(part.startswith(".") for part in path.relative_to(given).parts)
            ]
        elif given.exists():
            files = [given]
        else:
            problems[Problem(str(given), 0, 0, "there is no such file or folder")] = None
            continue
        for path in files:
            if path.resolve() not in seen:
                seen.add(path.resolve())
                yield path, not given.is_dir()


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
