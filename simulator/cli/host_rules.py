"""`guichet issuer rules`: what a host does otherwise than it should, changed while it runs.

The rules are rows of the host's own books, which it reads for each message: what is set here is
heard by the next one. They stay until they are cleared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from switch.cli.console import PASSED, UNREACHABLE, USAGE, Failed
from switch.cli.options import config_option, data_dir_option, data_folder

if TYPE_CHECKING:
    from sqlalchemy import Connection

LAST_ACTIONS = 20


def _placed(command: Any) -> Any:
    return config_option(data_dir_option(command))


@click.group("rules")
def rules() -> None:
    """What the issuer host does otherwise than it should, while it runs."""


@rules.command("list")
@_placed
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def list_(config: str, data_dir: Path | None, as_json: bool) -> int:
    """The rules there are, in the order in which they are asked, and how often each acted."""
    from simulator.hosts.conduct import standing

    with _books(config, data_dir, read_only=True) as connection:
        found = standing(connection)
    if as_json:
        told = [
            {
                "place": each.place,
                "source": each.source,
                "rule": each.rule.model_dump(mode="json", exclude_defaults=True),
                "words": each.rule.words,
                "seen": each.seen,
                "acted": each.acted,
            }
            for each in found
        ]
        click.echo(json.dumps(told))
        return PASSED
    for each in found:
        click.echo(
            f"{each.place}. {each.rule.name} ({each.source}): {each.rule.words}; "
            f"acted {each.acted} of {each.seen} times"
        )
    if not found:
        click.echo("no rules: the host does what it should")
    return PASSED


@rules.command("acted")
@_placed
@click.option("--last", type=click.IntRange(1), default=LAST_ACTIONS, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def acted(config: str, data_dir: Path | None, last: int, as_json: bool) -> int:
    """Which rule acted on which message, newest first."""
    from simulator.hosts.conduct import actions

    with _books(config, data_dir, read_only=True) as connection:
        found = [dict(row._mapping) for row in actions(connection, last)]
    if as_json:
        click.echo(json.dumps(found))
        return PASSED
    for each in found:
        click.echo(
            f"{each['at']}  {each['rule']}: {each['effect']}  {each['mti']} {each['processing']}  "
            f"{each['terminal_id']} STAN {each['stan']}  {each['masked_pan']}"
        )
    if not found:
        click.echo("no rule has acted yet")
    return PASSED


@rules.command("set")
@_placed
@click.argument("names", nargs=-1, required=True, metavar="NAME|FILE...")
def set_(config: str, data_dir: Path | None, names: tuple[str, ...]) -> int:
    """Put the rules of these files in front: shipped ones by name, such as `answer-lost`."""
    from simulator.hosts.conduct import TooManyRulesError, set_rules
    from simulator.hosts.rules import rules_named
    from switch.settings import Misfit, SettingsError

    try:
        wanted = rules_named(names, Path())
    except Misfit as misfit:
        near = f": did you mean '{misfit.suggestion}'?" if misfit.suggestion else ""
        raise click.UsageError(f"{names[int(misfit.where[0])]}: {misfit}{near}") from None
    except SettingsError as error:
        raise Failed(str(error), USAGE) from None
    try:
        with _books(config, data_dir, read_only=False) as connection:
            set_rules(connection, "order", wanted, _now())
    except TooManyRulesError as error:
        raise Failed(str(error), USAGE) from None
    for rule in wanted:
        click.echo(f"set {rule.name}: {rule.words}")
    return PASSED


@rules.command("clear")
@_placed
@click.argument("names", nargs=-1)
def clear(config: str, data_dir: Path | None, names: tuple[str, ...]) -> int:
    """Remove the rules of these names, or all of them, whoever set them."""
    from simulator.hosts.conduct import drop_rules, standing

    with _books(config, data_dir, read_only=False) as connection:
        known = {each.rule.name for each in standing(connection)}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise click.UsageError(
                f"no rule is called {unknown[0]!r} (known: {', '.join(sorted(known)) or 'none'})"
            )
        count = drop_rules(connection, names=names or None)
    click.echo(f"removed {count} rule{'' if count == 1 else 's'}")
    return PASSED


@contextmanager
def _books(config: str, data_dir: Path | None, *, read_only: bool) -> Iterator[Connection]:
    """The host's books, whose tables are those of this program. Raises Failed."""
    from sqlalchemy.exc import SQLAlchemyError

    from simulator.hosts.tables import SCHEMA
    from simulator.network.books import FILES, ISSUER
    from simulator.network.settings import load_network
    from switch.service.places import database_of
    from switch.settings import SettingsError
    from switch.store import SqliteDatabase, StoreFormatError

    try:
        loaded = load_network(config)
    except SettingsError as error:
        raise Failed(str(error), USAGE) from None
    file = data_folder(data_dir, loaded.name) / FILES[ISSUER][0]
    database = database_of(loaded.databases[ISSUER], file)
    path = database.shown
    if isinstance(database, SqliteDatabase) and not database.path.is_file():
        raise Failed(f"there are no books {path}: has this issuer run?", USAGE)
    engine = database.engine(read_only=read_only)
    try:
        with engine.begin() as connection:
            if SCHEMA.current(connection) != SCHEMA.revisions[-1]:
                told = "holds tables of an older program: start the issuer once to upgrade it"
                raise Failed(f"{path} {told}", USAGE)
            yield connection
    except StoreFormatError as error:
        raise Failed(f"{path} {error}", USAGE) from None
    except SQLAlchemyError as error:
        raise Failed(f"{path} cannot be used: {type(error).__name__}", UNREACHABLE) from None
    finally:
        engine.dispose()


def _now() -> str:
    from twisted.internet import reactor  # noqa: TID251 - the command alone chooses it

    from switch.runtime import ReactorWallClock

    return ReactorWallClock(reactor).now().isoformat(timespec="milliseconds")
