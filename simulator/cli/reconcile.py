"""`guichet reconcile`: terminals, switch, issuer and core of one day, side by side."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from switch.cli.console import INVARIANT_BROKEN, PASSED, USAGE, Failed
from switch.cli.options import config_option, data_dir_option, data_folder


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
    from simulator.network.books import FILES, ISSUER, SWITCH, TERMINALS
    from simulator.oracle import BookError, read_books
    from simulator.oracle.days import mismatches, read_entries
    from switch.settings import SettingsError

    try:
        folder = data_folder(data_dir, load_network(config).name)
    except SettingsError as error:
        raise Failed(str(error), USAGE) from None
    journal = folder / FILES[SWITCH][0]
    ledgers = {name: folder / FILES[name][0] for name in ("core", ISSUER)}
    missing = [path for path in (journal, *ledgers.values()) if not path.is_file()]
    if missing:
        raise Failed(f"there is no {missing[0]}: has this network run?", USAGE)
    try:
        entries = read_entries(journal)
        books = read_books(sorted((folder / FILES[TERMINALS][0]).glob("*")), ledgers, journal)
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
