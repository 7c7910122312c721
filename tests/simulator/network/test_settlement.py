"""The local network around midnight: dates end, links are told, totals agree or it is said why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from simulator.hosts.rules import LOSE_ANSWERS, SILENT
from simulator.network import Network, load_network
from simulator.terminal.card import Card
from simulator.testing import virtual_world
from switch.store import sqlite_engine

THEIRS = Card("9504020000000018")
START = datetime(2026, 11, 24, 22, 57, tzinfo=UTC)
"""Three minutes before midnight in Morocco."""

PAST_MIDNIGHT_S = 210.0


class Days:
    """The local network in virtual time."""

    def __init__(self, world: Any, folder: Path) -> None:
        self.world = world
        self.network = Network(
            lambda party: world.process(party).runtime,
            load_network("local"),
            folder / "books",
            free_ports=True,
        )
        self._file = folder / "books" / "switch.db"
        world.run_until(self.network.start())

    def withdraw(self, amount_minor: int = 20_000) -> Any:
        gab = self.world.process("GAB00001")
        party = self.network.gabs["GAB00001"]
        return self.world.run_until(gab.start(party.withdraw, THEIRS, amount_minor))

    def rows(self, statement: str) -> list[dict[str, Any]]:
        with sqlite_engine(self._file, read_only=True).begin() as connection:
            return [dict(row._mapping) for row in connection.exec_driver_sql(statement)]

    @property
    def dates(self) -> dict[str, str]:
        rows = self.rows("SELECT party, business_date FROM business_dates")
        return {row["party"]: row["business_date"] for row in rows}

    @property
    def reconciliations(self) -> list[tuple[str, str, int]]:
        rows = self.rows("SELECT * FROM reconciliations ORDER BY id")
        return [(row["business_date"], row["status"], row["attempts"]) for row in rows]

    def order(self, kind: str, party: str = "", day: str = "") -> str:
        """What came of an operator's order."""
        engine = sqlite_engine(self._file)
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO orders (kind, party, business_date, who, created_at, outcome)"
                " VALUES (?, ?, ?, 'test', 'now', '')",
                (kind, party, day),
            )
        self.world.advance(3)
        return str(self.rows("SELECT outcome FROM orders ORDER BY id DESC")[0]["outcome"])


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Days]:
    with virtual_world(seed=5, start=START) as world:
        days = Days(world, tmp_path)
        yield days
        world.run_until(days.network.stop())
        assert world.failures == []


def test_a_date_ends_at_midnight_the_issuer_is_told_and_its_totals_agree(days: Days) -> None:
    days.withdraw()
    assert days.dates == {"": "2026-11-24", "issuer": "2026-11-24"}
    days.world.advance(PAST_MIDNIGHT_S)
    assert days.dates == {"": "2026-11-25", "issuer": "2026-11-25"}
    assert days.reconciliations == [("2026-11-24", "in balance", 1)]
    days.withdraw(10_000)
    settled = [row["settled_on"] for row in days.rows("SELECT * FROM transactions ORDER BY id")]
    assert settled == ["2026-11-24", "2026-11-25"]


def test_a_reversal_is_of_the_date_of_what_it_reverses_and_counts_there(days: Days) -> None:
    days.withdraw()
    once = LOSE_ANSWERS.model_copy(update={"times": 1})
    days.world.run_until(days.network.set_rules([once]))
    assert days.withdraw().response_code == "91"
    days.world.advance(PAST_MIDNIGHT_S)
    (row,) = days.rows("SELECT ours, theirs, status FROM reconciliations")
    assert row["status"] == "in balance"
    ours = json.loads(row["ours"])
    assert (ours["76"], ours["77"]) == ("0000000002", "0000000001")
    assert ours["97"] == "D0000000000020000"
    assert ours == json.loads(row["theirs"])


def test_what_differs_is_kept_in_words(days: Days) -> None:
    days.withdraw()
    issuer = sqlite_engine(days.network.books.issuer)
    with issuer.begin() as connection:
        connection.exec_driver_sql("UPDATE requests SET amount_minor = amount_minor + 500")
    days.world.advance(PAST_MIDNIGHT_S)
    (row,) = days.rows("SELECT status, differences FROM reconciliations")
    assert row["status"] == "out of balance"
    assert json.loads(row["differences"]) == [
        "amount of debits (DE88): ours 200.00, theirs 205.00",
        "net: ours 200.00, theirs 205.00",
    ]


def test_an_issuer_that_is_away_is_told_once_it_is_back(days: Days) -> None:
    days.withdraw()
    days.world.run_until(days.network.stop_party("issuer"))
    days.world.advance(PAST_MIDNIGHT_S)
    assert days.dates == {"": "2026-11-25", "issuer": "2026-11-24"}
    days.world.run_until(days.network.start_party("issuer"))
    days.world.advance(200)
    assert days.dates["issuer"] == "2026-11-25"
    assert days.reconciliations == [("2026-11-24", "in balance", 1)]


def until_owed(days: Days) -> None:
    """Midnight has passed, and the totals wait for what may still be under way."""
    while not days.reconciliations:
        days.world.advance(0.5)


def test_a_silent_issuer_is_repeated_to_until_it_answers(days: Days) -> None:
    days.withdraw()
    until_owed(days)
    days.world.run_until(days.network.set_rules([SILENT]))
    days.world.advance(60)
    assert [status for _, status, _ in days.reconciliations] == ["owed"]
    days.world.run_until(days.network.drop_rules([SILENT.name]))
    days.world.advance(120)
    ((_, status, attempts),) = days.reconciliations
    assert (status, attempts > 1) == ("in balance", True)


def test_a_date_missed_while_the_switch_was_down_is_caught_up_with_once(days: Days) -> None:
    days.withdraw()
    days.world.run_until(days.network.kill_party("switch"))
    days.world.advance(PAST_MIDNIGHT_S)
    days.world.run_until(days.network.start_party("switch"))
    days.world.advance(60)
    assert days.dates == {"": "2026-11-25", "issuer": "2026-11-25"}
    assert days.reconciliations == [("2026-11-24", "in balance", 1)]


def test_a_restart_within_a_date_ends_nothing(days: Days) -> None:
    days.world.run_until(days.network.kill_party("switch"))
    days.world.run_until(days.network.start_party("switch"))
    days.world.advance(60)
    assert days.dates == {"": "2026-11-24", "issuer": "2026-11-24"}
    assert days.reconciliations == []


def test_a_kill_while_a_reconciliation_is_owed_loses_nothing(days: Days) -> None:
    days.withdraw()
    until_owed(days)
    assert [status for _, status, _ in days.reconciliations] == ["owed"]
    days.world.run_until(days.network.kill_party("switch"))
    days.world.run_until(days.network.start_party("switch"))
    days.world.advance(120)
    assert [status for _, status, _ in days.reconciliations] == ["in balance"]


def test_an_operator_ends_a_date_and_has_it_reconciled_again(days: Days) -> None:
    days.withdraw()
    assert days.order("cut-over") == "2026-11-25 has begun"
    days.world.advance(60)
    assert days.reconciliations == [("2026-11-24", "in balance", 1)]
    told = days.order("reconcile", "issuer")
    assert told == "reconciliation of 2026-11-24 with issuer is owed"
    days.world.advance(60)
    assert len(days.reconciliations) == 2
    # What was done by hand is not done again by the clock.
    days.world.advance(PAST_MIDNIGHT_S)
    assert days.dates[""] == "2026-11-25"


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (("cut-over", "", "2026-11-24"), "refused: 2026-11-24 holds already"),
        (("cut-over", "", "2027-11-24"), "refused: 2027-11-24 is more than 7 days from 2026-11-24"),
        (("reconcile", "core", ""), "refused: core is no link with `reconciles: true`"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_in_words(
    days: Days, order: tuple[str, str, str], told: str
) -> None:
    assert days.order(*order) == told
