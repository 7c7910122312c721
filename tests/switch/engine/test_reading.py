"""An operator finds a transaction by what is known of it, on either database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from switch.engine.reading import (
    Search,
    day_bounds,
    first_since,
    owed,
    search,
    totals,
    transmissions,
    unsettled,
)
from switch.engine.states import State
from switch.engine.tables import OWED, SCHEMA, TRANSACTIONS, TRANSMISSIONS
from switch.store import Database
from switch.store.migrating import migrate


def entry(number: int, **changed: Any) -> dict[str, Any]:
    """A row of `transactions`; five hours lie between one and the next."""
    instant = f"2026-11-{22 + number * 5 // 24:02}T{number * 5 % 24:02}:00:00.000+00:00"
    return {
        "id": number,
        "operation_key": f"key {number}",
        "duplicate_key": f"504001/LAB00001/{number:06}",
        "state": "approved",
        "operation": "withdrawal",
        "moves_money": True,
        "mti": "0200",
        "processing_code": "010000",
        "amount_minor": 20000 + number,
        "currency": "504",
        "card": "950402******0018",
        "acquirer": "504001",
        "terminal": "LAB00001",
        "stan": f"{number:06}",
        "rrn": f"6328{number:08}",
        "transmission_time": "1124103601",
        "local_time": "1124113601",
        "route": "theirs",
        "destination": "issuer",
        "second": "",
        "response_code": "00",
        "answer": '{"39": "00"}',
        "reason": "",
        "received_at": instant,
        "changed_at": instant,
        **changed,
    }


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """A journal of 19 transactions over four days; the number 8 was never given."""
    migrate(database, SCHEMA)
    others = {
        3: {"state": "declined", "response_code": "51", "operation": "balance", "amount_minor": 0},
        5: {"state": "reversing", "terminal": "GAB00001"},
        6: {"state": "exception", "card": "950401******0019"},
        12: {"state": "reversed", "destination": "core"},
    }
    rows = [entry(n, **others.get(n, {})) for n in range(1, 21) if n != 8]
    debt = {"kind": "reversal", "status": "queued", "reason": "silent", "queued_at": "now"}
    with database.engine().begin() as connection:
        connection.execute(insert(TRANSACTIONS), rows)
        connection.execute(
            insert(OWED),
            [
                {**debt, "transaction_id": 6, "destination": "issuer"},
                {**debt, "transaction_id": 5, "destination": "core"},
                {**debt, "transaction_id": 5, "destination": "issuer"},
            ],
        )
        connection.execute(
            insert(TRANSMISSIONS), [{"reference": f"x/{n}", "transaction_id": 5} for n in (2, 1)]
        )
        yield connection


def numbers(rows: list[Any]) -> list[int]:
    return [row.id for row in rows]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Search(stan="7"), [7]),
        (Search(rrn="632800000009"), [9]),
        (Search(terminal="GAB00001"), [5]),
        (Search(card="950401******0019"), [6]),
        (Search(card="9504010000000019"), [6]),
        (Search(card="0019"), [6]),
        (Search(amount_minor=20014), [14]),
        (Search(states=(State.DECLINED, State.REVERSED)), [12, 3]),
        (Search(operation="balance", response_code="51"), [3]),
        (Search(destination="core"), [12]),
        (Search(stan="7", terminal="GAB00001"), []),
    ],
    ids=str,
)
def test_a_search_finds_what_fits_all_of_it(
    connection: Connection, wanted: Search, found: list[int]
) -> None:
    assert numbers(search(connection, wanted, 10)) == found


def test_a_day_is_a_local_day(connection: Connection) -> None:
    # 23:00 UTC is midnight in Morocco. Entry 14 came at 22:00 UTC on the 24th.
    on_the_24th = numbers(search(connection, Search(day=date(2026, 11, 24)), 50))
    assert on_the_24th == [14, 13, 12, 11, 10]


def test_a_day_on_which_the_clock_changes_has_25_hours() -> None:
    # Ramadan begins: at 3:00 it is 2:00 again.
    first, last = day_bounds(date(2026, 2, 15))
    assert (first[:16], last[:16]) == ("2026-02-14T23:00", "2026-02-16T00:00")


def test_the_newest_come_first_and_no_more_than_asked_for(connection: Connection) -> None:
    assert numbers(search(connection, Search(), 3)) == [20, 19, 18]


@pytest.mark.parametrize("number", range(1, 21))
def test_the_first_entry_since_an_instant_is_found(connection: Connection, number: int) -> None:
    first = first_since(connection, entry(number)["received_at"])
    since = [n for n in range(1, 21) if n != 8 and n >= first]
    assert since == [n for n in range(number, 21) if n != 8]


def test_since_after_the_last_entry_there_is_none(connection: Connection) -> None:
    assert first_since(connection, "2027") == 21
    assert first_since(connection, "2000") == 1


def test_what_is_not_at_its_end_is_listed_oldest_first(connection: Connection) -> None:
    assert numbers(unsettled(connection, 10)) == [5, 6]


def test_what_is_owed_is_listed_in_the_order_of_delivery(connection: Connection) -> None:
    assert [(row.destination, row.transaction_id) for row in owed(connection, 10)] == [
        ("core", 5),
        ("issuer", 6),
        ("issuer", 5),
    ]
    assert [row.stan for row in owed(connection, 10, destination="core")] == ["000005"]
    assert len(owed(connection, 10, transaction_id=5)) == 2


def test_totals_are_by_operation_and_state(connection: Connection) -> None:
    told = [(t.operation, t.state, t.count, t.amount_minor) for t in totals(connection, Search())]
    approved = [n for n in range(1, 21) if n not in (3, 5, 6, 8, 12)]
    assert told == [
        ("balance", "declined", 1, 0),
        ("withdrawal", "approved", 15, sum(20000 + n for n in approved)),
        ("withdrawal", "exception", 1, 20006),
        ("withdrawal", "reversed", 1, 20012),
        ("withdrawal", "reversing", 1, 20005),
    ]


def test_each_time_a_request_was_sent_is_told(connection: Connection) -> None:
    assert transmissions(connection, 5) == ["x/1", "x/2"]
