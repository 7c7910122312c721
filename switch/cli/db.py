"""`guichet db`: how far a journal's tables are, and bringing them up to date."""

from __future__ import annotations

from pathlib import Path

import click

from switch.cli.audit import audited_network
from switch.cli.console import EXPECTATION_FAILED, PASSED, USAGE, Failed
from switch.cli.journal import journal_at, place_options


@click.group("db")
def db() -> None:
    """The database of a switch's journal.

    A switch upgrades its database when it starts; these commands do so beforehand, or only look.
    """


@db.command("current")
@place_options
def current(config: str, data_dir: Path | None, source: str | None) -> int:
    """Say how far the tables are. The exit code is 1 when an upgrade is due."""
    from switch.engine.tables import SCHEMA
    from switch.store import StoreFormatError, StoreUnavailableError
    from switch.store.migrating import standing

    database = journal_at(config, data_dir, source)
    try:
        where = standing(database, SCHEMA)
    except (StoreFormatError, StoreUnavailableError) as error:
        raise Failed(str(error), USAGE) from None
    click.echo(f"{database.shown}: {where.revision or 'empty'}")
    if where.lacks:
        click.echo(f"an upgrade is due: {', '.join(where.lacks)}")
        return EXPECTATION_FAILED
    return PASSED


@db.command("upgrade")
@place_options
def upgrade(config: str, data_dir: Path | None, source: str | None) -> int:
    """Bring the tables up to date, all or nothing. Stop the switch and keep a copy first."""
    from switch.engine.tables import SCHEMA
    from switch.store import StoreFormatError, StoreUnavailableError
    from switch.store.migrating import migrate

    database = journal_at(config, data_dir, source)
    with audited_network(config, data_dir, "db upgrade", source, database=database.shown):
        try:
            done = migrate(database, SCHEMA)
        except (StoreFormatError, StoreUnavailableError) as error:
            raise Failed(str(error), USAGE) from None
    click.echo(f"{database.shown}: {', '.join(done) or 'up to date already'}")
    return PASSED
