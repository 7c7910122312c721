"""`guichet run --watch`: the scenarios again whenever a file that they are made of changes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from simulator.scenario.finding import find_scenarios
from switch.cli.console import INTERRUPTED
from switch.settings import SettingsError, config_folder

LOOK_EVERY_MS = 200
FILES = (".yaml", ".yml", ".csv", ".pem")


def watch(paths: Sequence[str], arguments: Sequence[str]) -> int:
    """Run at once, and again after each change, until interrupted.

    A scenario that changed is run alone; a change of anything else (a network, a seed, a
    dialect, an included file) may concern them all. Each run is a process of its own, so that it
    begins as a command does.
    """
    from watchfiles import watch as changes_of

    looking = changes_of(
        *_folders(paths),
        watch_filter=_concerns,
        raise_interrupt=True,
        rust_timeout=LOOK_EVERY_MS,
        yield_on_timeout=True,
    )
    try:
        # From the first look on nothing is missed, not even what changes during a run.
        next(looking)
        _run(paths, arguments)
        for changes in looking:
            if not changes:
                continue
            changed = sorted({Path(name).resolve() for _, name in changes})
            click.echo(f"\nchanged: {', '.join(path.name for path in changed)}", err=True)
            _run(_concerned(paths, changed), arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    return INTERRUPTED


def _run(paths: Iterable[str], arguments: Sequence[str]) -> None:
    command = [sys.executable, "-m", "simulator.cli.main", "run", *paths, *arguments]
    code = subprocess.run(command, check=False).returncode
    click.echo(f"exit code {code}; waiting for changes (Ctrl-C ends)", err=True)


def _concerned(paths: Sequence[str], changed: Sequence[Path]) -> list[str]:
    try:
        scenarios = {path.resolve() for path in find_scenarios(paths)}
    except SettingsError:
        return list(paths)
    alone = [path for path in changed if path in scenarios]
    return [str(path) for path in alone] if len(alone) == len(changed) else list(paths)


def _folders(paths: Sequence[str]) -> list[Path]:
    """What is looked at: the folders of the scenarios, and our networks and dialects."""
    folders = {config_folder()}
    for scenario in find_scenarios(paths):
        folders.add(scenario.resolve().parent)
    for path in map(Path, paths):
        if path.is_dir():
            folders.add(path.resolve())
    return sorted(folders)


def _concerns(change: object, path: str) -> bool:
    return path.endswith(FILES)
