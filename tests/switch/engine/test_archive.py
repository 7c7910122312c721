"""What is old leaves the journal for its archive; what is not final never does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, Connection, insert, select

from switch.engine.archive import CLOSED, ArchiveError, archive_of, copy, move, old
from switch.engine.states import State
from switch.engine.tables import (
    EARLY_REVERSALS,
    OWED,
    PENDING,
    SCHEMA,
    SWITCH_MESSAGES,
    TRANSACTIONS,
    TRANSMISSIONS,
)
from switch.store import Database, SqliteDatabase
from switch.store.migrating import migrate

PAN = "9504020000000018"
BEFORE = datetime(2026, 11, 1, tzinfo=UTC)
OLD, RECENT = "2026-08-01T12:00:00.000+00:00", "2026-11-20T12:00:00.000+00:00"


def blank(column: Column[Any]) -> int | str:
    """A value that nobody looks at."""
    return 0 if isinstance(column.type, BigInteger) else "-"


def entry(number: int, state: str = "approved", **changed: Any) -> dict[str, Any]:
    values = {
        "id": number,
        "operation_key": f"key{number}",
        "duplicate_key": f"duplicate{number}",
        "moves_money": True,
        "amount_minor": 20000,
        "state": state,
        "received_at": OLD,
        "changed_at": OLD,
        **changed,
    }
    return {column.name: values.get(column.name, blank(column)) for column in TRANSACTIONS.columns}


def fill(connection: Connection, *entries: dict[str, Any]) -> None:
    """These transactions, each with a transmission, a message and what its reversal would copy."""
    connection.execute(insert(TRANSACTIONS), list(entries))
    for each in entries:
        number = each["id"]
        connection.execute(insert(TRANSMISSIONS).values(reference=number, transaction_id=number))
        pending = {"transaction_id": number, "request": json.dumps({"2": PAN})}
        connection.execute(insert(PENDING).values(pending))
        message = {c.name: "-" for c in SWITCH_MESSAGES.columns if c.name != "id"}
        connection.execute(insert(SWITCH_MESSAGES).values({**message, "transaction_id": number}))


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    migrate(database, SCHEMA)
    with database.engine().begin() as connection:
        yield connection


def left(connection: Connection) -> list[int]:
    return list(connection.execute(select(TRANSACTIONS.c.id).order_by(TRANSACTIONS.c.id)).scalars())


def test_no_state_but_a_final_one_is_ever_moved(connection: Connection) -> None:
    states = dict(enumerate(State, start=1))
    fill(connection, *(entry(n, state.value) for n, state in states.items()), entry(99))
    moved = [states[row.id].value for row in old(connection, BEFORE, 100)]
    assert sorted(moved) == sorted(CLOSED)
    assert not {"received", "forwarded", "in_doubt", "reversing", "exception"} & set(moved)


def test_what_something_is_owed_for_stays_whatever_its_state(connection: Connection) -> None:
    fill(connection, entry(1), entry(2), entry(99))
    owing = {"kind": "advice", "destination": "issuer", "status": "aside", "reason": "-"}
    connection.execute(insert(OWED).values(**owing, transaction_id=1, queued_at=OLD))
    assert move(connection, BEFORE, None).removed == 1
    assert left(connection) == [1, 99]


def test_what_came_or_changed_lately_stays(connection: Connection) -> None:
    fill(
        connection,
        entry(1),
        entry(2, changed_at=RECENT),
        entry(3, received_at=RECENT, changed_at=RECENT),
        entry(99, received_at=RECENT),
    )
    move(connection, BEFORE, None)
    assert left(connection) == [2, 3, 99]


def test_the_newest_entry_stays_so_that_no_number_is_given_twice(connection: Connection) -> None:
    fill(connection, entry(1), entry(2))
    move(connection, BEFORE, None)
    assert left(connection) == [2]


def test_everything_that_belongs_to_it_leaves_with_it(connection: Connection) -> None:
    fill(connection, entry(1), entry(2))
    move(connection, BEFORE, None)
    for table in (PENDING, TRANSMISSIONS, SWITCH_MESSAGES):
        owners = connection.execute(select(table.c.transaction_id)).scalars()
        assert list(owners) == [2]


def test_early_reversals_of_that_age_leave_too(connection: Connection) -> None:
    rows = [{"reference": at, "received_at": at} for at in (OLD, RECENT)]
    connection.execute(insert(EARLY_REVERSALS), rows)
    move(connection, BEFORE, None)
    assert list(connection.execute(select(EARLY_REVERSALS.c.reference)).scalars()) == [RECENT]


def test_a_chunk_is_moved_at_a_time(connection: Connection) -> None:
    fill(connection, *(entry(number) for number in range(1, 7)))
    chunks = [move(connection, BEFORE, None, chunk=2) for _ in range(3)]
    assert [(each.removed, each.more) for each in chunks] == [(2, True), (2, True), (1, False)]


def test_an_archive_has_all_of_a_local_day_but_card_numbers(
    connection: Connection, tmp_path: Path
) -> None:
    # 23:30 UTC is the next day in Morocco.
    fill(connection, entry(1), entry(2, received_at="2026-08-01T23:30:00.000+00:00"), entry(99))
    moved = move(connection, BEFORE, tmp_path / "archive")
    assert (moved.removed, moved.archived) == (2, 2)
    names = sorted(path.name for path in (tmp_path / "archive").glob("*.db"))
    assert names == ["journal-2026-08-01.db", "journal-2026-08-02.db"]
    path = archive_of(tmp_path / "archive", "2026-08-01")
    with SqliteDatabase(path).engine(read_only=True).begin() as archive:
        assert left(archive) == [1]
        for table, count in ((TRANSMISSIONS, 1), (SWITCH_MESSAGES, 1), (PENDING, 0)):
            assert len(archive.execute(select(table)).all()) == count
    held = b"".join(each.read_bytes() for each in (tmp_path / "archive").iterdir())
    assert PAN.encode() not in held


def test_what_was_archived_before_a_crash_is_archived_once(
    connection: Connection, tmp_path: Path
) -> None:
    fill(connection, entry(1), entry(2), entry(99))
    assert copy(connection, old(connection, BEFORE, 10), tmp_path) == 2
    moved = move(connection, BEFORE, tmp_path)
    assert (moved.removed, moved.archived) == (2, 0)


def test_an_archive_of_another_journal_is_not_mixed_with_this_one(
    connection: Connection, tmp_path: Path
) -> None:
    fill(connection, entry(1), entry(99))
    copy(connection, old(connection, BEFORE, 10), tmp_path)
    archive = SqliteDatabase(archive_of(tmp_path, "2026-08-01"))
    with archive.engine().begin() as other:
        other.exec_driver_sql("UPDATE transactions SET operation_key = 'another'")
    with pytest.raises(ArchiveError, match="holds other transactions under the same numbers"):
        move(connection, BEFORE, tmp_path)
    assert left(connection) == [1, 99]


def test_without_an_archive_to_write_nothing_is_removed(
    connection: Connection, tmp_path: Path
) -> None:
    (tmp_path / "archive").write_text("a file, not a folder")
    fill(connection, entry(1), entry(99))
    with pytest.raises(ArchiveError, match="archive: File exists"):
        move(connection, BEFORE, tmp_path / "archive")
    assert left(connection) == [1, 99]
