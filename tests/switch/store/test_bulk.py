"""Rows of a batch go in with one statement, and a batch that cannot goes in work by work."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert, select, update
from twisted.internet.defer import Deferred, succeed

from switch.store import Database, Schema, Store, delete_bulk, insert_bulk, update_bulk

METADATA = MetaData()
TILLS = Table(
    "tills",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("state", String, nullable=False),
)
ADD = insert_bulk("tills", ["id", "name", "state"], rank=0)
SHUT = update_bulk("tills", "id", ["state"], rank=1, guard="tills.state='open'")
DROP = delete_bulk("tills", "id", rank=2)


class Steps:
    """Runs its work when told."""

    def __init__(self) -> None:
        self.waiting: list[Any] = []

    def run(self, work: Any) -> Deferred[Any]:
        done: Deferred[Any] = Deferred()
        self.waiting.append((work, done))
        return done

    def stop(self) -> Deferred[None]:
        return succeed(None)

    def step(self) -> None:
        work, done = self.waiting.pop(0)
        done.callback(work())


class Bench:
    def __init__(self, database: Database, schema: Schema) -> None:
        self.steps = Steps()
        self.store = Store.open(database, schema, self.steps)
        self.ran: list[str] = []

    def add(self, number: int, name: str, state: str = "open") -> Deferred[Any]:
        def function(connection: Connection) -> str:
            self.ran.append(f"add {name}")
            taken = connection.execute(select(TILLS.c.id).where(TILLS.c.name == name)).first()
            if taken is not None:
                return "taken"
            connection.execute(insert(TILLS).values(id=number, name=name, state=state))
            return "added by function"

        return self.store.commit(function, rows=[(ADD, (number, name, state))], result="added")

    def shut(self, number: int) -> Deferred[Any]:
        def function(connection: Connection) -> int:
            self.ran.append(f"shut {number}")
            where = (TILLS.c.id == number, TILLS.c.state == "open")
            return connection.execute(update(TILLS).where(*where).values(state="shut")).rowcount

        return self.store.commit(function, rows=[(SHUT, (number, "shut"))], result="shut")

    def drop(self, number: int) -> Deferred[Any]:
        return self.store.commit(lambda _: None, rows=[(DROP, (number,))], result="dropped")

    def outcomes(self, *coming: Deferred[Any]) -> list[Any]:
        seen: list[Any] = []
        for each in coming:
            each.addBoth(seen.append)
        while self.steps.waiting:
            self.steps.step()
        return seen

    def tills(self) -> list[tuple[Any, ...]]:
        work = self.store.commit(
            lambda connection: [tuple(row) for row in connection.execute(select(TILLS))]
        )
        (rows,) = self.outcomes(work)
        return list(rows)


@pytest.fixture
def bench(database: Database, schema_of: Any) -> Any:
    bench = Bench(database, schema_of(METADATA))
    bench.store.commit(lambda _: None)
    yield bench
    bench.outcomes(bench.store.close())


def test_rows_of_a_batch_are_written_without_their_functions(bench: Bench) -> None:
    assert bench.outcomes(*[bench.add(n, f"till {n}") for n in range(3)]) == ["added"] * 3
    assert (bench.ran, bench.store.commits) == ([], 1)
    assert bench.tills() == [(n, f"till {n}", "open") for n in range(3)]


def test_what_others_refer_to_comes_first_in_a_batch(bench: Bench) -> None:
    coming = [bench.drop(1), bench.shut(0), bench.add(0, "a"), bench.add(1, "b")]
    assert bench.outcomes(*coming) == ["dropped", "shut", "added", "added"]
    assert bench.tills() == [(0, "a", "shut")]


def test_a_conflict_makes_the_batch_go_by_functions(bench: Bench) -> None:
    coming = [bench.add(0, "a"), bench.add(1, "a"), bench.add(2, "b")]
    assert bench.outcomes(*coming) == ["added by function", "taken", "added by function"]
    assert bench.tills() == [(0, "a", "open"), (2, "b", "open")]


def test_a_guard_that_does_not_hold_makes_the_batch_go_by_functions(bench: Bench) -> None:
    bench.outcomes(bench.add(0, "a", "closed"), bench.add(1, "b"))
    bench.store.commit(lambda _: None)
    assert bench.outcomes(bench.shut(0), bench.shut(1)) == [0, 1]
    assert bench.ran == ["shut 0", "shut 1"]
    assert bench.tills() == [(0, "a", "closed"), (1, "b", "shut")]


def test_functions_without_rows_share_the_transaction(bench: Bench) -> None:
    counted = bench.store.commit(lambda connection: len(connection.execute(select(TILLS)).all()))
    assert bench.outcomes(counted, bench.add(0, "a")) == [1, "added"]
    assert bench.store.commits == 1
