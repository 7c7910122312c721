"""`guichet reconcile`: terminals, switch, issuer and core of one day, side by side."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from switch.cli.console import INVARIANT_BROKEN, PASSED, USAGE, Failed
from switch.cli.options import config_option, data_dir_option, data_folder

if TYPE_CHECKING:
    from simulator.oracle.places import Place
    from switch.store import Database


@click.command("reconcile")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD")
@config_option
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def reconcile(day: datetime, config: str, data_dir: Path | None, as_json: bool) -> int:
    """Compare the books of one day in Morocco, and list what to do about each exception.

    Terminal journals, the switch's journal and both ledgers are opened for reading only, while
    their owners run or after. The exit code is 5 when there is something to act on.
    """
    from simulator.network import load_network
    from simulator.network.books import CORE, FILES, ISSUER, SWITCH, TERMINALS
    from simulator.oracle import BookError, read_books
    from simulator.oracle.days import mismatches, read_entries
    from switch.service.places import database_of
    from switch.settings import SettingsError

    try:
        loaded = load_network(config)
    except SettingsError as error:
        raise Failed(str(error), USAGE) from None
    folder = data_folder(data_dir, loaded.name)
    places = {
        part: _place(database_of(url, folder / FILES[part][0]))
        for part, url in loaded.databases.items()
        if part == SWITCH or getattr(loaded.settings, part) is not None
    }
    ledgers = {part: place for part, place in places.items() if part in (CORE, ISSUER)}
    try:
        entries = read_entries(places[SWITCH])
        terminals = sorted((folder / FILES[TERMINALS][0]).glob("*"))
        books = read_books(terminals, ledgers, places[SWITCH])
    except BookError as error:
        raise Failed(str(error), USAGE) from None
    found = mismatches(books, entries, day.date())
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found]))
    else:
        for each in found:
            card = f", {each.card}" if each.card else ""
            click.echo(f"{each.weight}: {each.terminal}, STAN {each.stan}, RRN {each.rrn}{card}")
            click.echo(f"      {each.found}\n      {each.todo}")
        acts = sum(each.weight == "act" for each in found)
        waits = len(found) - acts
        click.echo(f"{day:%Y-%m-%d}: {acts} to act on, {waits} to wait for")
    return INVARIANT_BROKEN if any(each.weight == "act" for each in found) else PASSED


def _place(database: Database) -> Place:
    """A book as the oracle is told of it; raises Failed for a file that is not there."""
    from switch.store import PostgresDatabase, SqliteDatabase

    if isinstance(database, SqliteDatabase):
        if not database.path.is_file():
            raise Failed(f"there is no {database.path}: has this network run?", USAGE)
        return database.path
    assert isinstance(database, PostgresDatabase), "there are two kinds"
    return database
