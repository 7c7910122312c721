"""Switch, core and issuer keep their books in PostgreSQL, and every command reads them there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from simulator.cli.reconcile import reconcile
from simulator.hosts.rules import SILENT
from simulator.network import Network, load_network
from simulator.oracle import BookError, broken, read_books
from simulator.oracle.days import read_entries
from simulator.terminal.card import Card
from simulator.testing import virtual_world
from switch.cli.journal import journal
from switch.cli.saf import saf
from switch.cli.settlement import settlement
from switch.store import PostgresDatabase, database_at

OURS, THEIRS = Card("9504010000000019"), Card("9504020000000018")
PARTS = ("switch", "core", "issuer")


def answer_of(command: click.Command, *arguments: str) -> Any:
    """What a command says with --json, and its exit code."""
    outcome = CliRunner().invoke(command, [*arguments, "--json"], standalone_mode=False)
    assert outcome.exception is None, outcome.output
    return json.loads(outcome.stdout), outcome.return_value


def place_of(url: str) -> PostgresDatabase:
    found = database_at(url)
    assert isinstance(found, PostgresDatabase)
    return found


def test_a_network_on_a_server_conserves_money_and_is_read_there(
    network_file: Any, postgres: Any, tmp_path: Path
) -> None:
    urls = {part: postgres.new_database() for part in PARTS}
    for part, url in urls.items():
        network_file.change(f"\n{part}:\n", f"\n{part}:\n  database: {url}\n")
    loaded = load_network(network_file.path)
    folder = tmp_path / "books"
    with virtual_world(seed=4) as world:
        network = Network(lambda party: world.process(party).runtime, loaded, folder, fresh=False)
        world.run_until(network.start())
        gab, party = world.process("GAB00001"), network.gabs["GAB00001"]
        for card in (OURS, THEIRS):
            result = world.run_until(gab.start(party.withdraw, card, 20_000))
            assert result.outcome == "approved"
        world.run_until(network.set_rules([SILENT]))
        world.run_until(gab.start(party.withdraw, THEIRS, 10_000), 60)
        world.run_until(network.stop(), 60)
        day = str(world.runtime("switch").wall_clock.now().date())
        assert world.failures == []
    assert not list(folder.glob("*.db"))
    where = ("--config", str(network_file.path), "--data-dir", str(folder))
    found, code = answer_of(reconcile, day, *where)
    assert ([(each["weight"], each["terminal"]) for each in found], code) == (
        [("wait", "GAB00001")],
        0,
    )
    found, _ = answer_of(journal, "list", *where, "--day", day)
    assert [each["state"] for each in found] == ["in_doubt", "approved", "approved"]
    found, _ = answer_of(saf, "list", *where)
    assert [each["destination"] for each in found] == ["issuer"]
    outcome = CliRunner().invoke(saf, ["drop", str(found[0]["id"]), "--reason", "told", *where])
    assert outcome.exit_code == 0, outcome.output
    found, _ = answer_of(settlement, "list", *where)
    assert {each["party"] for each in found["dates"]} == {"", "issuer"}
    found, _ = answer_of(journal, "totals", *where, "--day", day)
    assert {(each["state"], each["amount_minor"]) for each in found["totals"]} == {
        ("approved", 40_000),
        ("settled", 10_000),
    }
    places = {part: place_of(url) for part, url in urls.items()}
    ledgers = {part: places[part] for part in ("core", "issuer")}
    books = read_books(sorted((folder / "terminals").glob("*")), ledgers, places["switch"])
    assert broken(books) == []
    assert books.ledgers["issuer"].balance_minor("customer:0018") == 480_000


def test_books_on_a_server_that_cannot_be_read_are_told_without_the_password(
    postgres: Any,
) -> None:
    with pytest.raises(BookError, match="transactions"):
        read_entries(place_of(postgres.new_database()))
    lost = place_of("postgresql+psycopg://guichet:secret@127.0.0.1:1/journal")
    with pytest.raises(BookError, match=r"guichet:\*\*\*@127\.0\.0\.1") as caught:
        read_entries(lost)
    assert "secret" not in str(caught.value)
