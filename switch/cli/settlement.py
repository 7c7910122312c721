"""`guichet settlement`: business dates and reconciliations of a switch, running or not.

Listing opens the journal for reading only. An order is a row that a running switch finds within
two seconds; the command waits for what came of it.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import click

from switch.cli.audit import audited_network
from switch.cli.console import PASSED, UNREACHABLE, USAGE, Failed
from switch.cli.options import config_option, data_dir_option, data_folder

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

WAIT_S, LOOK_EVERY_S = 10.0, 0.2
"""How long a command waits for a running switch to carry an order out."""

_PLACE = (config_option, data_dir_option)
_DAY = click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The business date.",
)


def _placed(command: Any) -> Any:
    for option in reversed(_PLACE):
        command = option(command)
    return command


@click.group("settlement")
def settlement() -> None:
    """Business dates, cut-over and reconciliation."""


@settlement.command("list")
@_placed
@_DAY
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def list_(config: str, data_dir: Path | None, day: datetime | None, as_json: bool) -> int:
    """Which business date holds for whom, and what came of each reconciliation."""
    with _journal(config, data_dir, read_only=True) as connection:
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
@_placed
@_DAY
def cut_over(config: str, data_dir: Path | None, day: datetime | None) -> int:
    """End our business date now; the one that follows begins, or the one of --day.

    Links with `cut_over: ours` are told, and each date that ended is reconciled where it is wanted.
    """
    with audited_network(config, data_dir, "settlement cut-over", day=_shown(day)):
        return _order(config, data_dir, "cut-over", "", day)


@settlement.command("reconcile")
@_placed
@_DAY
@click.argument("link")
def reconcile(config: str, data_dir: Path | None, day: datetime | None, link: str) -> int:
    """Send the totals of a business date to LINK once more: the one before today's, or --day."""
    with audited_network(config, data_dir, "settlement reconcile", link=link, day=_shown(day)):
        return _order(config, data_dir, "reconcile", link, day)


def _shown(day: datetime | None) -> str:
    return "the usual one" if day is None else day.date().isoformat()


def _order(config: str, data_dir: Path | None, kind: str, party: str, day: datetime | None) -> int:
    from sqlalchemy import insert, select, update

    from switch.engine.tables import ORDERS

    values = {
        "kind": kind,
        "party": party,
        "business_date": "" if day is None else day.date().isoformat(),
        "who": getpass.getuser(),
        "created_at": _now(),
        "outcome": "",
    }
    with _engine(config, data_dir, read_only=False) as engine:
        with engine.begin() as connection:
            entered = connection.execute(insert(ORDERS).values(**values))
            number = int((entered.inserted_primary_key or (0,))[0])
        pause, waited_s = Event(), 0.0
        while waited_s < WAIT_S:
            pause.wait(LOOK_EVERY_S)
            waited_s += LOOK_EVERY_S
            with engine.begin() as connection:
                outcome = connection.execute(
                    select(ORDERS.c.outcome).where(ORDERS.c.id == number)
                ).scalar_one()
            if outcome:
                break
        else:
            with engine.begin() as connection:
                # Nobody is to find it later, when nobody expects it any more.
                withdrawn = connection.execute(
                    update(ORDERS)
                    .where(ORDERS.c.id == number, ORDERS.c.outcome == "")
                    .values(outcome="withdrawn: no switch was running")
                )
            if withdrawn.rowcount:
                told = f"no switch took the order within {WAIT_S:g} s: is it running?"
                raise Failed(told, UNREACHABLE)
            outcome = "it was carried out at the last moment: see `settlement list`"
    if outcome.startswith("refused"):
        raise Failed(outcome, USAGE)
    click.echo(outcome)
    return PASSED


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


@contextmanager
def _journal(config: str, data_dir: Path | None, *, read_only: bool) -> Iterator[Connection]:
    with _engine(config, data_dir, read_only=read_only) as engine, engine.begin() as connection:
        yield connection


@contextmanager
def _engine(config: str, data_dir: Path | None, *, read_only: bool) -> Iterator[Engine]:
    """The journal's database, whose tables are those of this program. Raises Failed."""
    from sqlalchemy.exc import SQLAlchemyError

    from switch.engine.tables import SCHEMA
    from switch.service.checks import load_switch_file
    from switch.service.places import JOURNAL_NAME, database_of
    from switch.settings import SettingsError
    from switch.store import StoreFormatError

    try:
        file = load_switch_file(config)
    except SettingsError as error:
        raise Failed(str(error), USAGE) from None
    path = data_folder(data_dir, file.network) / JOURNAL_NAME
    if file.switch.database is None and not path.is_file():
        raise Failed(f"there is no journal {path}: has this switch run?", USAGE)
    engine = database_of(file.switch.database, path).engine(read_only=read_only)
    try:
        with engine.begin() as connection:
            if SCHEMA.current(connection) != SCHEMA.revisions[-1]:
                told = "holds tables of an older program: start the switch once to upgrade it"
                raise Failed(f"{path} {told}", USAGE)
        yield engine
    except StoreFormatError as error:
        raise Failed(f"{path} {error}", USAGE) from None
    except SQLAlchemyError as error:
        raise Failed(f"the journal cannot be used: {type(error).__name__}", UNREACHABLE) from None
    finally:
        engine.dispose()


def _now() -> str:
    from twisted.internet import reactor  # noqa: TID251 - the command alone chooses it

    from switch.runtime import ReactorWallClock

    return ReactorWallClock(reactor).now().astimezone(UTC).isoformat(timespec="milliseconds")
