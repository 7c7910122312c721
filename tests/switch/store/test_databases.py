"""A database is named by a URL, whose password nobody is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from switch.engine.tables import SCHEMA
from switch.store import PostgresDatabase, SqliteDatabase, StoreUnavailableError, database_at
from switch.store.migrating import migrate

SECRET = "postgresql://guichet:s3cret@db.bank.test:5432/journal"


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
def test_a_server_is_reached_through_one_driver(scheme: str) -> None:
    database = database_at(f"{scheme}://guichet@db.bank.test/journal")
    assert database.shown == "postgresql+psycopg://guichet@db.bank.test/journal"


def test_a_relative_file_lies_in_the_folder_of_the_books(tmp_path: Path) -> None:
    assert database_at("sqlite:///other.db", tmp_path) == SqliteDatabase(tmp_path / "other.db")


def test_an_absolute_file_lies_where_it_says(tmp_path: Path) -> None:
    assert database_at("sqlite:////var/j.db", tmp_path) == SqliteDatabase(Path("/var/j.db"))


def test_a_password_is_shown_nowhere() -> None:
    database = database_at(SECRET)
    assert isinstance(database, PostgresDatabase)
    assert "s3cret" not in f"{database!r} {database} {database.shown} {database.engine()!r}"
    assert "guichet:***@db.bank.test" in database.shown


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("oracle://x:s3cret@y/z", "oracle is no database that is known"),
        ("postgresql://x:s3cret@host", "names no database"),
        ("s3cret", "not a URL"),
        ("sqlite://", "sqlite is no database"),
    ],
)
def test_a_url_of_no_use_is_told_without_its_password(url: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as raised:
        database_at(url)
    assert "s3cret" not in str(raised.value)


def test_a_server_that_is_not_there_is_told_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://guichet:s3cret@/journal?host={tmp_path}"
    with pytest.raises(StoreUnavailableError, match="connection") as raised:
        migrate(database_at(url), SCHEMA)
    assert "s3cret" not in str(raised.value)


def test_a_reader_of_a_server_cannot_write(postgres: Any) -> None:
    database = database_at(postgres.new_database())
    migrate(database, SCHEMA)
    with (
        pytest.raises(Exception, match="read-only transaction"),
        database.engine(read_only=True).begin() as connection,
    ):
        connection.exec_driver_sql("DELETE FROM transactions")


def test_commits_wait_for_the_disk_whatever_the_server_is_set_to(postgres: Any) -> None:
    url = f"{postgres.new_database()}%20-csynchronous_commit%3Doff"
    with database_at(url).engine().begin() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"


def test_a_file_whose_name_looks_like_a_query_is_that_file(tmp_path: Path) -> None:
    path = tmp_path / "a?mode=memory#%41.db"
    migrate(SqliteDatabase(path), SCHEMA)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
