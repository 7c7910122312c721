"""What the migrations make is what the tables are said to be."""

from __future__ import annotations

from pathlib import Path

from switch.engine.tables import SCHEMA
from switch.store import SqliteDatabase
from switch.store.migrating import migrate


def test_the_migrations_lead_to_the_tables_as_they_are(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "new.db")
    migrate(database, SCHEMA)
    with database.engine().begin() as connection:
        differences = SCHEMA.differences(connection)
    assert differences == [], (
        "tables were changed without a migration: draft it with "
        'python -m switch.store.drafting switch.engine.tables "what changes"'
    )
