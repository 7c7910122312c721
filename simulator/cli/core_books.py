"""`guichet core books`: the books of one day, printed, checked, and settled with creditors."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from switch.cli.console import INVARIANT_BROKEN, PASSED, USAGE, Failed
from switch.cli.options import config_option, data_dir_option, data_folder


@click.command("books")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD")
@config_option
@data_dir_option
@click.option("--check", is_flag=True, help="Print only what does not add up.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option(
    "--settle",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write the settlement file of each creditor there.",
)
def books(
    day: datetime,
    config: str,
    data_dir: Path | None,
    check: bool,
    as_json: bool,
    settle: Path | None,
) -> int:
    """The core's books of one day in Morocco, while it runs or after.

    They are summed from the ledger's entries alone. The exit code is 5 when they do not add up;
    then no settlement file is written.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from simulator.network import load_network
    from simulator.network.books import CORE, FILES
    from simulator.payment_core.day_books import read_day
    from simulator.payment_core.day_pages import document, page, settlement_file
    from switch.service.places import database_of
    from switch.settings import SettingsError
    from switch.store import SqliteDatabase

    try:
        loaded = load_network(config)
    except SettingsError as error:
        raise Failed(str(error), USAGE) from None
    file = data_folder(data_dir, loaded.name) / FILES[CORE][0]
    database = database_of(loaded.databases[CORE], file)
    if isinstance(database, SqliteDatabase) and not database.path.is_file():
        raise Failed(f"there is no {database.path}: has this network run?", USAGE)
    try:
        engine = database.engine(read_only=True)
        with engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                # One moment for all that is read; a read transaction of SQLite has that anyway.
                connection.execution_options(isolation_level="REPEATABLE READ")
            read = read_day(connection, day.date())
        engine.dispose()
    except SQLAlchemyError as error:
        # Its text quotes the statement and where the database is.
        raise Failed(
            f"{database.shown} cannot be read as the books of a core: {type(error).__name__}", USAGE
        ) from None
    if as_json:
        click.echo(json.dumps(document(read), ensure_ascii=False))
    elif check:
        for problem in read.problems:
            click.echo(f"WRONG: {problem}")
        if not read.problems:
            click.echo(f"{read.day}: the books add up")
    else:
        click.echo(page(read))
    if read.problems:
        return INVARIANT_BROKEN
    if settle is not None:
        try:
            settle.mkdir(parents=True, exist_ok=True)
            for statement in read.statements:
                path = settle / f"{statement.creditor}-{read.day}.csv"
                path.write_text(settlement_file(read, statement), encoding="utf-8")
                click.echo(f"written: {path}", err=True)
        except OSError as error:
            raise Failed(f"{settle}: {error.strerror}", USAGE) from None
    return PASSED
