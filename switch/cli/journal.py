"""`guichet journal`: what a switch has in its journal, read beside it without disturbing it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from switch.cli.console import EXPECTATION_FAILED, PASSED, USAGE, Failed
from switch.cli.options import config_option, data_dir_option, data_folder
from switch.cli.values import amount

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from switch.cli.tables import Column
    from switch.engine.reading import Search
    from switch.store import Database

F = TypeVar("F", bound=Callable[..., Any])


@click.group("journal")
def journal() -> None:
    """What a switch has in its journal.

    These commands read beside a running switch, and its archives too (--from FILE). Times are local
    (Africa/Casablanca) and UTC; cards are masked.
    """


def place_options(command: F) -> F:
    """Where the journal is."""
    for option in (
        click.option(
            "--from",
            "source",
            metavar="FILE|URL",
            help="This journal or archive, whatever --config says.",
        ),
        data_dir_option,
        config_option,
    ):
        command = option(command)
    return command


def search_options(command: F) -> F:
    """What to look for."""
    for option in (
        click.option("--code", metavar="NN", default="", help="The response code given."),
        click.option("--to", "destination", metavar="NAME", default="", help="Its destination."),
        click.option("--operation", metavar="NAME", default="", help="Such as withdrawal."),
        click.option(
            "--state",
            "states",
            multiple=True,
            metavar="STATE",
            help="Such as approved, in-doubt; may be given several times.",
        ),
        click.option("--day", metavar="DAY", help="A local day: YYYY-MM-DD, today or yesterday."),
        click.option("--amount", callback=amount, metavar="350.75", help="Its exact amount."),
        click.option("--card", metavar="CARD", default="", help="Masked, whole, or its last four."),
        click.option("--terminal", metavar="ID", default="", help="DE41."),
        click.option("--rrn", metavar="RRN", default="", help="DE37."),
        click.option("--stan", metavar="STAN", default="", help="DE11."),
    ):
        command = option(command)
    return command


def json_option(command: F) -> F:
    """One JSON document instead of a table."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document.")(command)


def limit_option(command: F) -> F:
    """How many rows at most."""
    return click.option(
        "--limit",
        type=click.IntRange(1, 100_000),
        default=50,
        show_default=True,
        help="Rows at most.",
    )(command)


@journal.command("list")
@place_options
@search_options
@limit_option
@json_option
def list_(
    config: str, data_dir: Path | None, source: str | None, limit: int, as_json: bool, **wanted: Any
) -> int:
    """The newest transactions that fit, newest first. The exit code is 1 when none does."""
    from switch.cli import journal_pages as pages
    from switch.engine import reading

    looked_for = _search(**wanted)
    with reader(config, data_dir, source) as connection:
        rows = reading.search(connection, looked_for, limit + 1)
    if as_json:
        _print_json(pages.documents(rows[:limit]))
    else:
        _print(pages.ENTRIES, [pages.entry_cells(row) for row in rows[:limit]], "nothing fits")
        if len(rows) > limit:
            click.echo(f"only the newest {limit}: narrow the search, or give --limit", err=True)
    return PASSED if rows else EXPECTATION_FAILED


@journal.command("show")
@place_options
@json_option
@click.argument("number", type=int, metavar="ID")
def show(config: str, data_dir: Path | None, source: str | None, as_json: bool, number: int) -> int:
    """The life of the transaction that `list` gives as ID, with every message described."""
    from dataclasses import asdict

    from sqlalchemy import select

    from switch.cli import journal_pages as pages
    from switch.engine import reading
    from switch.engine.messages import messages_of
    from switch.engine.tables import TRANSACTIONS

    with reader(config, data_dir, source) as connection:
        row = connection.execute(select(TRANSACTIONS).where(TRANSACTIONS.c.id == number)).first()
        if row is None:
            raise Failed(f"there is no transaction {number}", EXPECTATION_FAILED)
        sent = reading.transmissions(connection, number)
        kept = messages_of(connection, number)
        owed = reading.owed(connection, 100, transaction_id=number)
    if as_json:
        (told,) = pages.documents([row])
        _print_json(
            {
                **told,
                "transmissions": sent,
                "owed": pages.documents(owed),
                "messages": [asdict(each) for each in kept],
            }
        )
    else:
        for line in (*pages.life(row, sent, owed), *pages.passed(kept)):
            click.echo(line)
    return PASSED


@journal.command("in-doubt")
@place_options
@limit_option
@json_option
def in_doubt(
    config: str, data_dir: Path | None, source: str | None, limit: int, as_json: bool
) -> int:
    """What has not come to its end, oldest first, and what will become of it."""
    from switch.cli import journal_pages as pages
    from switch.engine import reading

    with reader(config, data_dir, source) as connection:
        rows = reading.unsettled(connection, limit)
    if as_json:
        _print_json(pages.documents(rows))
    else:
        instant = now()
        cells = [pages.unsettled_cells(row, instant) for row in rows]
        _print(pages.UNSETTLED, cells, "nothing is in doubt")
    return PASSED


@journal.command("saf")
@place_options
@click.option("--to", "destination", metavar="NAME", default="", help="Of one destination.")
@limit_option
@json_option
def saf(
    config: str,
    data_dir: Path | None,
    source: str | None,
    destination: str,
    limit: int,
    as_json: bool,
) -> int:
    """What store-and-forward still owes, by destination, in the order of delivery."""
    from switch.cli import journal_pages as pages
    from switch.engine import reading

    with reader(config, data_dir, source) as connection:
        rows = reading.owed(connection, limit, destination=destination)
    if as_json:
        _print_json(pages.documents(rows))
    else:
        _print(pages.OWED, [pages.owed_cells(row) for row in rows], "nothing is owed")
    return PASSED


@journal.command("totals")
@place_options
@search_options
@json_option
def totals(
    config: str, data_dir: Path | None, source: str | None, as_json: bool, **wanted: Any
) -> int:
    """How many transactions, and how much, by operation and state; of today unless told else."""
    from dataclasses import asdict

    from switch.cli import journal_pages as pages
    from switch.engine import reading

    wanted["day"] = wanted["day"] or "today"
    looked_for = _search(**wanted)
    with reader(config, data_dir, source) as connection:
        found = list(reading.totals(connection, looked_for))
    if as_json:
        told = [asdict(total) for total in found]
        _print_json({"day": str(looked_for.day), "totals": told})
    else:
        click.echo(f"{looked_for.day}, local time")
        _print(pages.TOTALS, [pages.total_cells(total) for total in found], "no transactions")
    return PASSED


def journal_at(config: str, data_dir: Path | None, source: str | None) -> Database:
    """The database that the options name."""
    from switch.service.checks import load_switch_file
    from switch.service.places import JOURNAL_NAME, database_of
    from switch.store import SqliteDatabase, database_at

    if source is not None and "://" not in source:
        return SqliteDatabase(Path(source))
    try:
        if source is not None:
            return database_at(source)
        file = load_switch_file(config)
        folder = data_folder(data_dir, file.network)
        return database_of(file.switch.database, folder / JOURNAL_NAME)
    except ValueError as error:
        raise Failed(f"--from: {error}", USAGE) from None


@contextmanager
def opened(
    config: str, data_dir: Path | None, source: str | None, *, read_only: bool = False
) -> Iterator[Engine]:
    """The journal's database, in its newest state. What goes wrong in it is told in words."""
    from sqlalchemy.exc import SQLAlchemyError

    from switch.engine.tables import SCHEMA
    from switch.store import SqliteDatabase, StoreFormatError, StoreUnavailableError
    from switch.store.migrating import standing, told

    database = journal_at(config, data_dir, source)
    if isinstance(database, SqliteDatabase) and not database.path.exists():
        raise Failed(f"there is no journal at {database.shown}: has the switch run here?", USAGE)
    engine = database.engine(read_only=read_only)
    try:
        where = standing(database, SCHEMA)
        if where.revision is None:
            raise Failed(f"{database.shown} is empty: no switch has run on it", USAGE)
        if where.lacks:
            raise Failed(
                f"{database.shown} was written by an older version: start the switch on it, or "
                "`guichet db upgrade`",
                USAGE,
            )
        yield engine
    except (StoreFormatError, StoreUnavailableError) as error:
        raise Failed(str(error), USAGE) from None
    except SQLAlchemyError as error:
        raise Failed(str(told(database, error)), USAGE) from None
    finally:
        engine.dispose()


@contextmanager
def reader(config: str, data_dir: Path | None, source: str | None) -> Iterator[Connection]:
    """A connection that can only read."""
    with opened(config, data_dir, source, read_only=True) as engine, engine.begin() as connection:
        yield connection


def _search(
    stan: str,
    rrn: str,
    terminal: str,
    card: str,
    amount: int | None,
    day: str | None,
    states: Sequence[str],
    operation: str,
    destination: str,
    code: str,
) -> Search:
    from switch.engine.reading import Search
    from switch.engine.states import State
    from switch.settings import suggest

    chosen = []
    for name in states:
        try:
            chosen.append(State(name.replace("-", "_")))
        except ValueError:
            near = suggest(name.replace("-", "_"), [state.value for state in State])
            meant = f", did you mean {near}?" if near else ""
            raise click.BadParameter(f"--state {name}: there is no such state{meant}") from None
    return Search(
        stan=stan,
        rrn=rrn,
        terminal=terminal,
        card=card,
        amount_minor=amount,
        day=local_day(day) if day else None,
        states=tuple(chosen),
        operation=operation,
        destination=destination,
        response_code=code,
    )


def local_day(text: str) -> date:
    """A day as an option gives it."""
    from switch.runtime import CASABLANCA

    today = now().astimezone(CASABLANCA).date()
    known = {"today": today, "yesterday": today - timedelta(days=1)}
    try:
        return known.get(text) or date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no day: YYYY-MM-DD, today or yesterday") from None


def now() -> datetime:
    """The instant, for ages and days."""
    from twisted.internet import reactor  # noqa: TID251 - the command alone chooses it

    from switch.runtime import ReactorWallClock

    return ReactorWallClock(reactor).now()


def _print(columns: Sequence[Column], rows: Sequence[Sequence[str]], none: str) -> None:
    from switch.cli.tables import print_columns

    if rows:
        print_columns(columns, rows)
    else:
        click.echo(none)


def _print_json(document: object) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))
