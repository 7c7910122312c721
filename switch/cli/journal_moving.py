"""`guichet journal archive` and `purge`: what is old leaves the journal of a switch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from switch.cli.audit import audited_network
from switch.cli.console import EXPECTATION_FAILED, PASSED, Failed
from switch.cli.journal import journal, now, opened, place_options
from switch.cli.values import duration

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from switch.engine.archive import Moved

F = TypeVar("F", bound=Callable[..., Any])

DAY_S = 86400.0
PAUSE_S = 0.05


def age_option(command: F) -> F:
    """How old."""
    return click.option(
        "--older-than",
        callback=duration,
        required=True,
        metavar="90d",
        help="The age of what is meant, at least 1d.",
    )(command)


@journal.command("archive")
@place_options
@age_option
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="The folder of the archives: a file for each local day.",
)
def archive(
    config: str, data_dir: Path | None, source: str | None, older_than: float, folder: Path
) -> int:
    """Move what is final and old into archives, which `guichet journal --from FILE` reads."""
    return _move(config, data_dir, source, older_than, folder)


@journal.command("purge")
@place_options
@age_option
@click.option("--yes", is_flag=True, help="It is gone for good: do it without asking.")
def purge(
    config: str, data_dir: Path | None, source: str | None, older_than: float, yes: bool
) -> int:
    """Remove what is final and old for good. What is not final stays, whatever its age."""
    if not yes:
        click.confirm("These transactions will be in no archive. Remove them?", abort=True)
    return _move(config, data_dir, source, older_than, None)


def _move(
    config: str, data_dir: Path | None, source: str | None, older_than: float, folder: Path | None
) -> int:
    from switch.engine.archive import ArchiveError

    if older_than < DAY_S:
        raise click.BadParameter("--older-than: at least 1d, for repeats may still come")
    what = "journal purge" if folder is None else "journal archive"
    facts = {"older than": f"{older_than:g} s", "to": folder}
    with (
        audited_network(config, data_dir, what, source, **facts),
        opened(config, data_dir, source) as engine,
    ):
        try:
            removed, archived = _chunks(engine, older_than, folder)
        except ArchiveError as error:
            told = f"nothing more was removed: {error}"
            raise Failed(told, EXPECTATION_FAILED) from None
    into = "" if folder is None else f", {archived} of them new in {folder}"
    click.echo(f"{removed} transactions left the journal{into}")
    return PASSED


def _chunks(engine: Engine, older_than: float, folder: Path | None) -> tuple[int, int]:
    """Move chunk after chunk, letting the switch go first; how many left and were archived."""
    import threading

    from switch.engine.archive import move

    before = now() - timedelta(seconds=older_than)
    pause = threading.Event()
    removed = archived = 0
    with engine.connect() as connection:
        while True:
            moved = _one(connection, lambda c: move(c, before, folder))
            removed += moved.removed
            archived += moved.archived
            if not moved.more:
                break
            pause.wait(PAUSE_S)
        if removed and connection.dialect.name == "sqlite":
            # What was deleted is overwritten; let no copy of it stay in the log either.
            raw: Any = connection.connection.driver_connection
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return removed, archived


def _one(connection: Connection, work: Callable[[Connection], Moved]) -> Moved:
    with connection.begin():
        return work(connection)
