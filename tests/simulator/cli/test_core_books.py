"""`guichet core books`: anyone prints and checks the books of a day, from the file alone."""

import json
import sqlite3

import pytest
from click.testing import CliRunner

from simulator.cli.parties import core
from simulator.payment_core import load_core_settings
from simulator.payment_core.catalogue import Catalogue
from simulator.payment_core.seed import seed_if_empty
from simulator.payment_core.tables import SCHEMA
from simulator.payment_core.turn import Turn
from simulator.testing import virtual_world
from switch.keys.vault import Vault
from switch.settings import config_folder
from switch.store import SqliteDatabase
from switch.store.migrating import migrate


@pytest.fixture
def folder(tmp_path):
    """A data folder whose core has just begun its books."""
    settings = load_core_settings(config_folder() / "seed" / "local-core.yaml")
    database = SqliteDatabase(tmp_path / "core.db")
    migrate(database, SCHEMA)
    with virtual_world(1) as world:
        runtime = world.process("core").runtime
        vault = Vault.open(tmp_path, "core", runtime.entropy, runtime.wall_clock)
        engine = database.engine()
        with engine.begin() as connection:
            now = runtime.wall_clock.now()
            seed_if_empty(Turn(connection, now, Catalogue(settings), vault), settings)
        engine.dispose()
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(core, ["books", *map(str, arguments)], standalone_mode=False)


def test_the_books_are_printed_checked_and_settled(folder):
    place = ("--data-dir", folder)
    assert "the books add up" in run("2026-11-24", *place).stdout
    assert run("2026-11-24", "--check", *place).stdout == "2026-11-24: the books add up\n"
    told = run("2026-11-24", "--json", "--settle", folder / "out", *place)
    assert json.loads(told.stdout)["right"] is True
    assert told.return_value == 0


def test_books_that_do_not_add_up_end_with_5_and_settle_nothing(folder):
    with sqlite3.connect(folder / "core.db") as connection:
        connection.execute("UPDATE accounts SET balance_minor = 1 WHERE code = 'opening'")
    connection.close()
    found = run("2026-11-24", "--check", "--settle", folder / "out", "--data-dir", folder)
    assert found.return_value == 5
    assert found.stdout == "WRONG: the balance of opening is not the sum of its entries\n"
    assert not (folder / "out").exists()


def test_no_books_are_a_clear_error(tmp_path):
    found = run("2026-11-24", "--data-dir", tmp_path)
    assert "there is no" in str(found.exception)
