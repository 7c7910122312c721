"""A switch keeps its journal for as long as it is told, by itself, and what is removed is gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, insert, select, text
from twisted.internet.defer import Deferred

from simulator.testing import virtual_world
from switch.engine.tables import PENDING, SCHEMA, TRANSACTIONS
from switch.service.retention import Retention
from switch.settings.network import RetentionSettings
from switch.store import SqliteDatabase, Store
from switch.store.migrating import migrate

PAN = "9504020000000018"
DAY_S = 86_400.0


def blank(column: Column[Any], number: int) -> int | str:
    """A value that nobody looks at."""
    return 0 if isinstance(column.type, BigInteger) else f"{column.name} {number}"


class Case:
    """A journal of four days, an entry a day, in virtual time; `days` pass at a time."""

    def __init__(self, folder: Path, world: Any) -> None:
        self.folder = folder
        self.world = world
        self.process = world.process("switch")
        self.runtime = self.process.runtime
        database = SqliteDatabase(folder / "switch.db")
        migrate(database, SCHEMA)
        self.store = self.process.call(Store.open, database, SCHEMA, self.runtime.executor("j"))
        self.retention: Retention | None = None

    def enter(self, number: int, state: str = "approved") -> None:
        now = self.runtime.wall_clock.now().isoformat(timespec="milliseconds")
        values: dict[str, Any] = {
            "id": number,
            "moves_money": True,
            "amount_minor": 1,
            "state": state,
            "received_at": now,
            "changed_at": now,
        }
        row = {c.name: values.get(c.name, blank(c, number)) for c in TRANSACTIONS.columns}

        def work(connection: Any) -> None:
            connection.execute(insert(TRANSACTIONS).values(row))
            connection.execute(insert(PENDING).values(transaction_id=number, request=PAN))

        self.process.call(self.store.commit, work)

    def keep(self, **settings: Any) -> None:
        chosen = RetentionSettings.model_validate(settings)
        self.retention = Retention(self.runtime, self.store, chosen, self.folder)
        self.process.call(self.retention.start)

    def entries(self) -> list[int]:
        engine = SqliteDatabase(self.folder / "switch.db").engine(read_only=True)
        with engine.begin() as connection:
            return list(
                connection.execute(select(TRANSACTIONS.c.id).order_by(TRANSACTIONS.c.id)).scalars()
            )

    def cards(self) -> list[int]:
        """The transactions of which the card number is kept."""
        engine = SqliteDatabase(self.folder / "switch.db").engine(read_only=True)
        with engine.begin() as connection:
            kept = select(PENDING.c.transaction_id).order_by(PENDING.c.transaction_id)
            return list(connection.execute(kept).scalars())

    def end(self) -> None:
        if self.retention is not None:
            self.process.call(self.retention.stop)
        closed: Deferred[None] = self.process.call(self.store.close)
        self.world.run_until(closed, 10)


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    with virtual_world(1) as world:
        case = Case(tmp_path, world)
        yield case
        case.end()


def four_days(case: Case) -> None:
    for number in range(1, 5):
        case.enter(number, "reversing" if number == 2 else "approved")
        case.world.advance(DAY_S)


def test_what_is_older_than_told_leaves_within_the_hour(case: Case) -> None:
    four_days(case)
    case.keep(keep="2d", archive="archive")
    case.world.advance(3_700)
    # The second is not final, the third is two days old and a minute.
    assert case.entries() == [2, 4]
    assert len(list((case.folder / "archive").glob("*.db"))) == 2


def test_a_removed_card_number_is_in_no_byte_of_the_files(case: Case) -> None:
    for number in (1, 2):
        case.enter(number)
        case.world.advance(5 * DAY_S)
    case.keep(keep="1d")
    case.world.advance(3_700)
    assert case.entries() == [2]
    held = [path.read_bytes() for path in case.folder.iterdir() if path.is_file()]
    assert sum(content.count(PAN.encode()) for content in held) == 1


def test_an_archive_that_cannot_be_written_keeps_everything(case: Case) -> None:
    four_days(case)
    (case.folder / "archive").write_text("in the way")
    case.keep(keep="1d", archive="archive")
    case.world.advance(3_700)
    assert case.entries() == [1, 2, 3, 4]
    assert case.store.outage == ""


def test_an_age_under_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="greater than or equal to"):
        RetentionSettings.model_validate({"keep": "1h"})


def test_the_log_of_a_database_is_emptied(case: Case) -> None:
    case.enter(1)
    case.world.advance(1)
    assert (case.folder / "switch.db-wal").stat().st_size > 0
    case.process.call(case.store.tidy)
    case.world.advance(1)
    assert (case.folder / "switch.db-wal").stat().st_size == 0
    engine = SqliteDatabase(case.folder / "switch.db").engine(read_only=True)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM transactions")).scalar_one() == 1


def test_card_numbers_are_forgotten_at_their_age_and_never_of_what_is_not_final(
    case: Case,
) -> None:
    four_days(case)
    case.keep(forget_cards="2d")
    case.world.advance(3_700)
    assert case.entries() == [1, 2, 3, 4], "without `keep` every transaction stays"
    # The second is being reversed, the fourth is a day old.
    assert case.cards() == [2, 4]
    held = [path.read_bytes() for path in case.folder.iterdir() if path.is_file()]
    assert sum(content.count(PAN.encode()) for content in held) == 2
