"""`guichet settlement`: business dates and reconciliations of a switch, running or not.

Listing opens the journal for reading only. An order is a row that a running switch finds within
two seconds; the command waits for what came of it.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from switch.cli.audit import audited_network
from switch.cli.console import PASSED
from switch.cli.journal import place_options, reader
from switch.cli.orders import give_order

if TYPE_CHECKING:
    from sqlalchemy import Connection

_DAY = click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The business date.",
)


@click.group("settlement")
def settlement() -> None:
    """Business dates, cut-over and reconciliation."""


@settlement.command("list")
@place_options
@_DAY
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def list_(
    config: str, data_dir: Path | None, source: str | None, day: datetime | None, as_json: bool
) -> int:
    """Which business date holds for whom, and what came of each reconciliation."""
    with reader(config, data_dir, source) as connection:
        document = _read(connection, None if day is None else day.date().isoformat())
    if as_json:
        click.echo(json.dumps(document))
        return PASSED
    for each in document["dates"]:
        whose = f"link {each['party']}" if each["party"] else "ours"
        click.echo(f"{each['business_date']}  {whose}, since {each['changed_at']} ({each['how']})")
    if not document["reconciliations"]:
        click.echo("\nno reconciliation yet")
    for each in document["reconciliations"]:
        click.echo(
            f"\n#{each['id']}  {each['business_date']}  {each['role']}  {each['party']}  "
            f"{each['status']}, {_net(each['ours'])}"
        )
        for words in each["differences"]:
            click.echo(f"      {words}")
    return PASSED


@settlement.command("cut-over")
@place_options
@_DAY
def cut_over(config: str, data_dir: Path | None, source: str | None, day: datetime | None) -> int:
    """End our business date now; the one that follows begins, or the one of --day.

    Links with `cut_over: ours` are told, and each date that ended is reconciled where it is wanted.
    """
    with audited_network(config, data_dir, "settlement cut-over", source, day=_shown(day)):
        return give_order(config, data_dir, source, "cut-over", day=_iso(day))


@settlement.command("reconcile")
@place_options
@_DAY
@click.argument("link")
def reconcile(
    config: str, data_dir: Path | None, source: str | None, day: datetime | None, link: str
) -> int:
    """Send the totals of a business date to LINK once more: the one before today's, or --day."""
    with audited_network(
        config, data_dir, "settlement reconcile", source, link=link, day=_shown(day)
    ):
        return give_order(config, data_dir, source, "reconcile", link, day=_iso(day))


def _iso(day: datetime | None) -> str:
    return "" if day is None else day.date().isoformat()


def _shown(day: datetime | None) -> str:
    return "the usual one" if day is None else day.date().isoformat()


def _read(connection: Connection, day: str | None) -> dict[str, Any]:
    from sqlalchemy import select

    from switch.engine.tables import BUSINESS_DATES, RECONCILIATIONS

    dates = connection.execute(select(BUSINESS_DATES).order_by(BUSINESS_DATES.c.party))
    wanted = select(RECONCILIATIONS).order_by(RECONCILIATIONS.c.id)
    if day is not None:
        wanted = wanted.where(RECONCILIATIONS.c.business_date == day)
    found = []
    for row in connection.execute(wanted):
        one = dict(row._mapping)
        for name, empty in (("ours", None), ("theirs", None), ("differences", [])):
            one[name] = json.loads(one[name]) if one[name] else empty
        found.append(one)
    return {"dates": [dict(row._mapping) for row in dates], "reconciliations": found}


def _net(elements: dict[str, str] | None) -> str:
    if elements is None:
        return "not sent yet"
    minor = int(elements["97"][1:])
    sign = {"D": "to us", "C": "by us"}[elements["97"][0]]
    return f"net {minor // 100}.{minor % 100:02} {sign if minor else 'either way'}"
