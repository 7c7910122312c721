"""What the migrations make is what the tables are said to be."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import MetaData, inspect

from switch.engine.tables import SCHEMA
from switch.store import Database, Schema, SqliteDatabase
from switch.store.migrating import migrate


def test_the_migrations_lead_to_the_tables_as_they_are(database: Database) -> None:
    migrate(database, SCHEMA)
    with database.engine().begin() as connection:
        differences = SCHEMA.differences(connection)
    assert differences == [], (
        "tables were changed without a migration: draft it with "
        'python -m switch.store.drafting switch.engine.tables "what changes"'
    )


def test_what_was_owed_before_there_were_legs_and_advices_is_owed_still(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "old.db")
    first = Schema("switch", MetaData(), tmp_path / "migrations")
    first.migrations.mkdir()
    script = SCHEMA.migrations / "v0001_the_first_tables.py"
    (first.migrations / script.name).write_text(script.read_text())
    migrate(database, first)
    with database.engine().begin() as connection:
        names = [c["name"] for c in inspect(connection).get_columns("transactions")]
        values = ", ".join("'1'" for _ in names)
        connection.exec_driver_sql(
            f"INSERT INTO transactions ({', '.join(names)}) VALUES ({values})"
        )
        connection.exec_driver_sql(
            "INSERT INTO reversals_owed VALUES (7, 1, 'issuer', 0, 'silence', 3, 'now')"
        )
    migrate(database, SCHEMA)
    with database.engine().begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO owed (transaction_id, kind, destination, status, note, retained_minor,"
            " reason, attempts, queued_at)"
            " VALUES (1, 'reversal', 'core', 'queued', '', 0, 'silence', 0, 'now')"
        )
        owed = connection.exec_driver_sql("SELECT kind, destination, status, attempts FROM owed")
        assert [tuple(row) for row in owed] == [
            ("reversal", "issuer", "queued", 3),
            ("reversal", "core", "queued", 0),
        ]
        assert connection.exec_driver_sql("SELECT second FROM transactions").scalar_one() == ""
