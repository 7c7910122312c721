"""Where a journal is: the database of a URL, or a file in the folder of the books."""

from __future__ import annotations

from pathlib import Path

from switch.store import Database, SqliteDatabase, database_at

JOURNAL_NAME = "switch.db"


def database_of(url: str | None, file: Path) -> Database:
    """The database that settings name, else the SQLite file `file`; a relative one lies beside it.

    Raises ValueError for a URL of no kind that is known.
    """
    return SqliteDatabase(file) if url is None else database_at(url, file.parent)


def is_file(url: str | None) -> bool:
    """Whether a fresh start may remove it: a file of ours, never a server's database."""
    return url is None or isinstance(database_at(url), SqliteDatabase)
