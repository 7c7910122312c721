"""A database is brought to the newest state of its tables, or refused and left as it is."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, inspect, text

from switch.store import Database, Schema, SqliteDatabase, StoreFormatError, StoreUnavailableError
from switch.store.drafting import draft, main
from switch.store.migrating import migrate, standing


def notes(*more: Column[str]) -> MetaData:
    metadata = MetaData()
    Table("notes", metadata, Column("id", Integer, primary_key=True), *more)
    return metadata


def subject() -> Column[str]:
    return Column("subject", String, nullable=False, server_default="none")


class Bench:
    """A schema in two states, and a database."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder / "migrations"
        self.folder.mkdir()
        self.first = Schema("notes", notes(), self.folder)
        draft(self.first, "the first tables")
        self.database = database

    def grown(self) -> Schema:
        """The program after its next release."""
        schema = Schema("notes", notes(subject()), self.folder)
        draft(schema, "Notes have a subject!")
        return schema

    def read(self, sql: str) -> list[tuple[object, ...]]:
        engine = self.database.engine(read_only=True)
        with engine.begin() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def columns(self) -> list[str]:
        engine = self.database.engine(read_only=True)
        with engine.begin() as connection:
            return [column["name"] for column in inspect(connection).get_columns("notes")]

    def write(self, *statements: str) -> None:
        with self.database.engine().begin() as connection:
            for sql in statements:
                connection.execute(text(sql))


@pytest.fixture
def bench(tmp_path: Path, database: Database) -> Bench:
    return Bench(tmp_path, database)


@pytest.fixture
def files(tmp_path: Path) -> Bench:
    """For what only a file can be."""
    return Bench(tmp_path, SqliteDatabase(tmp_path / "notes.db"))


def test_a_new_database_is_laid_whole_and_for_its_owner_only(files: Bench) -> None:
    migrate(files.database, files.first)
    assert files.read("SELECT version_num FROM alembic_version") == [("notes_0001",)]
    assert stat.S_IMODE(files.database.path.stat().st_mode) == 0o600
    assert not list(files.database.path.parent.glob("*.new"))


def test_an_upgrade_keeps_what_is_there(bench: Bench) -> None:
    migrate(bench.database, bench.first)
    bench.write("INSERT INTO notes VALUES (7)")
    assert migrate(bench.database, bench.grown()) == ["notes_0002"]
    assert bench.read("SELECT id, subject FROM notes") == [(7, "none")]


def test_an_upgrade_that_was_done_is_not_done_again(bench: Bench) -> None:
    migrate(bench.database, bench.first)
    assert migrate(bench.database, bench.first) == []


def test_an_upgrade_that_fails_changes_nothing(bench: Bench) -> None:
    migrate(bench.database, bench.first)
    grown = bench.grown()
    script = next(bench.folder.glob("v0002*"))
    script.write_text(script.read_text() + '    op.execute("INSERT INTO nowhere VALUES (1)")\n')
    with pytest.raises(StoreFormatError, match="cannot be brought up to date"):
        migrate(bench.database, grown)
    assert standing(bench.database, bench.first).revision == "notes_0001"
    assert bench.columns() == ["id"]


def test_a_database_of_a_newer_program_is_refused_and_left_alone(bench: Bench) -> None:
    migrate(bench.database, bench.grown())
    next(bench.folder.glob("v0002*")).unlink()
    with pytest.raises(StoreFormatError, match=r"was written by a newer version .*0002"):
        migrate(bench.database, bench.first)
    assert bench.columns() == ["id", "subject"]


def test_a_database_of_another_kind_is_refused(bench: Bench) -> None:
    migrate(bench.database, bench.first)
    others = bench.folder.with_name("letters")
    others.mkdir()
    letters = Schema("letters", notes(), others)
    draft(letters, "the first tables")
    with pytest.raises(StoreFormatError, match="holds the tables of 'notes', not of 'letters'"):
        migrate(bench.database, letters)


def test_tables_of_somebody_else_are_refused(bench: Bench) -> None:
    bench.write("CREATE TABLE theirs (id INTEGER)")
    with pytest.raises(StoreFormatError, match="holds tables that are not ours"):
        migrate(bench.database, bench.first)


def test_a_database_from_before_migrations_is_taken_on(files: Bench) -> None:
    files.write(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY)",
        "INSERT INTO notes VALUES (7)",
        "PRAGMA user_version=1",
    )
    assert standing(files.database, files.first).revision == "notes_0001"
    assert migrate(files.database, files.grown()) == ["notes_0002"]
    assert files.read("SELECT * FROM notes") == [(7, "none")]


def test_tables_that_went_missing_are_told(bench: Bench) -> None:
    migrate(bench.database, bench.first)
    bench.write("DROP TABLE notes")
    with pytest.raises(StoreFormatError, match="has no table notes"):
        migrate(bench.database, bench.first)


def test_the_standing_of_a_database_says_what_it_lacks(bench: Bench) -> None:
    migrate(bench.database, bench.first)
    grown = bench.grown()
    assert standing(bench.database, grown).lacks == ("notes_0002",)
    migrate(bench.database, grown)
    assert standing(bench.database, grown).lacks == ()


def test_the_standing_of_a_file_that_is_missing_is_an_error(files: Bench) -> None:
    with pytest.raises(StoreUnavailableError, match="unable to open"):
        standing(files.database, files.first)
    assert not files.database.path.exists()


def test_the_standing_of_an_empty_database_is_none(bench: Bench) -> None:
    bench.write("SELECT 1")
    assert standing(bench.database, bench.first).revision is None


def test_tables_and_migrations_that_differ_are_seen(bench: Bench) -> None:
    migrate(bench.database, bench.first)
    with bench.database.engine().begin() as connection:
        assert bench.first.differences(connection) == []
        changed = Schema("notes", notes(subject()), bench.folder).differences(connection)
    assert "add_column" in str(changed)


def test_a_draft_without_a_change_is_none(bench: Bench) -> None:
    assert draft(bench.first, "nothing at all") is None


def test_drafting_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["only one"]) == 2
    assert "usage" in capsys.readouterr().err
