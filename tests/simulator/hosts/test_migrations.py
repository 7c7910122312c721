"""What the migrations make is what the tables are said to be."""

from __future__ import annotations

from simulator.hosts.tables import SCHEMA
from switch.store import Database
from switch.store.migrating import migrate


def test_the_migrations_lead_to_the_tables_as_they_are(database: Database) -> None:
    migrate(database, SCHEMA)
    with database.engine().begin() as connection:
        differences = SCHEMA.differences(connection)
    assert differences == [], (
        "tables were changed without a migration: draft it with "
        'python -m switch.store.drafting simulator.hosts.tables "what changes"'
    )
