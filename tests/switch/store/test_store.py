"""A store commits in groups, and a work that fails spoils only itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    event,
    insert,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError
from twisted.internet import reactor as real_reactor
from twisted.internet.defer import Deferred, gatherResults

from switch.runtime import ThreadExecutor
from switch.store import Database, Schema, Store, StoreFormatError, StoreUnavailableError
from switch.store.store import BATCH_MAX

METADATA = MetaData()
NOTES = Table(
    "notes",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("text", String, nullable=False, unique=True),
)


class StepExecutor:
    """Runs its work when told, on the caller's thread."""

    def __init__(self) -> None:
        self.waiting: list[tuple[object, Deferred[object]]] = []

    def run(self, work):  # type: ignore[no-untyped-def]
        done: Deferred[object] = Deferred()
        self.waiting.append((work, done))
        return done

    def stop(self) -> Deferred[None]:
        done: Deferred[None] = Deferred()
        done.callback(None)
        return done

    def step(self) -> None:
        work, done = self.waiting.pop(0)
        try:
            result = work()  # type: ignore[operator]
        except Exception:
            done.errback()
        else:
            done.callback(result)


def add(note: str):  # type: ignore[no-untyped-def]
    def work(connection: Connection) -> int:
        return connection.execute(insert(NOTES).values(text=note)).inserted_primary_key[0]

    return work


def all_notes(connection: Connection) -> list[str]:
    return list(connection.execute(select(NOTES.c.text).order_by(NOTES.c.id)).scalars())


@pytest.fixture
def executor() -> StepExecutor:
    return StepExecutor()


@pytest.fixture
def schema(schema_of: Any) -> Schema:
    return schema_of(METADATA)


@pytest.fixture
def store(database: Database, schema: Schema, executor: StepExecutor) -> Iterator[Store]:
    store = Store.open(database, schema, executor)
    yield store
    store.close()
    while executor.waiting:
        executor.step()


def results(*waiting: Deferred[object]) -> list[object]:
    seen: list[object] = []
    for each in waiting:
        each.addBoth(seen.append)
    return seen


def test_works_that_queue_up_share_one_commit(store: Store, executor: StepExecutor) -> None:
    seen = results(*[store.commit(add(f"note {number}")) for number in range(5)])
    executor.step()
    assert seen == [1, 2, 3, 4, 5]
    assert store.commits == 1


def test_no_batch_is_larger_than_its_limit(store: Store, executor: StepExecutor) -> None:
    seen = results(*[store.commit(lambda _: None) for _ in range(BATCH_MAX + 1)])
    executor.step()
    assert (len(seen), store.queued) == (BATCH_MAX, 1)
    executor.step()
    assert (len(seen), store.queued) == (BATCH_MAX + 1, 0)


def test_work_is_told_when_the_thread_will_not_take_it(
    store: Store, executor: StepExecutor
) -> None:
    seen = results(store.commit(add("a")), store.commit(add("b")))
    executor.waiting.pop()[1].errback(RuntimeError("the executor is stopped"))
    assert [failure.check(RuntimeError) for failure in seen] == [RuntimeError] * 2  # type: ignore[attr-defined]


def test_nothing_is_answered_before_its_commit(store: Store, executor: StepExecutor) -> None:
    seen = results(store.commit(add("note")))
    assert seen == []
    executor.step()
    assert seen == [1]


def test_a_work_that_fails_spoils_only_itself(store: Store, executor: StepExecutor) -> None:
    seen = results(*[store.commit(add(note)) for note in ("first", "a", "a", "b")])
    executor.step()
    assert isinstance(seen[1], int)
    seen[2].trap(IntegrityError)  # type: ignore[attr-defined]
    kept = results(store.commit(all_notes))
    executor.step()
    assert kept == [["first", "a", "b"]]


def test_close_commits_what_is_queued_and_refuses_the_rest(
    store: Store, executor: StepExecutor, database: Database
) -> None:
    store.commit(add("first"))
    store.commit(add("second"))
    closed = results(store.close())
    late = results(store.commit(add("late")))
    late[0].trap(StoreUnavailableError)  # type: ignore[attr-defined]
    while executor.waiting:
        executor.step()
    assert closed == [None]
    with database.engine(read_only=True).begin() as connection:
        assert all_notes(connection) == ["first", "second"]


def test_a_full_database_refuses_and_recovers_by_itself(
    tmp_path: Path, schema: Schema, executor: StepExecutor
) -> None:
    store = Store.open(tmp_path / "notes.db", schema, executor)
    full = True

    def limit_pages(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={4 if full else 100_000}")

    event.listen(Engine, "connect", limit_pages)
    try:
        refused = results(store.commit(add("x" * 100_000)))
        executor.step()
        refused[0].trap(StoreUnavailableError)  # type: ignore[attr-defined]
        assert "full" in str(refused[0].value)  # type: ignore[attr-defined]
        full = False
        accepted = results(store.commit(add("x" * 100_000)))
        executor.step()
        assert accepted == [1]
        store.close()
        executor.step()
    finally:
        event.remove(Engine, "connect", limit_pages)


class Thief:
    """Another process that holds the file of a store for itself."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("BEGIN IMMEDIATE")

    def end(self) -> None:
        self._connection.close()


def test_an_outage_fails_a_batch_and_what_waits_at_once(
    tmp_path: Path, schema: Schema, executor: StepExecutor
) -> None:
    store = Store.open(tmp_path / "notes.db", schema, executor)
    told: list[str] = []
    store.on_outage = told.append
    thief = Thief(tmp_path / "notes.db")
    seen = results(*[store.commit(add(f"note {number}")) for number in range(3)])
    executor.step()
    assert [str(failure.value) for failure in seen] == ["database is locked"] * 3  # type: ignore[attr-defined]
    assert told == ["database is locked"] == [store.outage]
    thief.end()
    trying, hasty = results(store.commit(add("a"))), results(store.commit(add("b")))
    hasty[0].trap(StoreUnavailableError)  # type: ignore[attr-defined]
    executor.step()
    assert isinstance(trying[0], int)
    assert told[1:] == [""]
    store.close()
    executor.step()


def test_a_guarded_store_takes_work_again_only_once_proven(
    tmp_path: Path, schema: Schema, executor: StepExecutor
) -> None:
    store = Store.open(tmp_path / "notes.db", schema, executor)
    store.guarded = True
    thief = Thief(tmp_path / "notes.db")
    lost = results(store.commit(add("a")))
    executor.step()
    thief.end()
    refused = results(store.commit(add("b")))
    assert executor.waiting == []
    proven = results(store.prove(add("proof")))
    executor.step()
    for failure in (*lost, *refused):
        failure.trap(StoreUnavailableError)  # type: ignore[attr-defined]
    assert isinstance(proven[0], int)
    kept = results(store.commit(all_notes))
    executor.step()
    assert kept == [["proof"]]
    store.close()
    executor.step()


def test_a_faulty_statement_is_no_outage(store: Store, executor: StepExecutor) -> None:
    def faulty(connection: Connection) -> None:
        connection.execute(text("SELECT * FROM nowhere"))

    seen = results(store.commit(faulty), store.commit(add("note")))
    while executor.waiting:
        executor.step()
    assert not isinstance(seen[0].value, StoreUnavailableError)  # type: ignore[attr-defined]
    assert (isinstance(seen[1], int), store.outage) == (True, "")


def test_a_file_that_is_no_database_is_refused(
    tmp_path: Path, schema: Schema, executor: StepExecutor
) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("dear bank, " * 500)
    with pytest.raises((StoreFormatError, StoreUnavailableError), match=r"letter\.txt"):
        Store.open(path, schema, executor)


def test_a_folder_that_is_missing_is_a_clear_error(
    tmp_path: Path, schema: Schema, executor: StepExecutor
) -> None:
    with pytest.raises(StoreUnavailableError, match=r"missing"):
        Store.open(tmp_path / "missing" / "x.db", schema, executor)


@pytest_twisted.ensureDeferred
async def test_a_real_thread_keeps_the_order_of_commits(database: Database, schema: Schema) -> None:
    store = Store.open(database, schema, ThreadExecutor(real_reactor, "test/store"))
    await gatherResults([store.commit(add(f"{number:03}")) for number in range(300)])
    assert await store.commit(all_notes) == [f"{number:03}" for number in range(300)]
    assert store.commits < 20
    await store.close()
