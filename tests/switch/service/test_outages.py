"""The journal cannot be used: business stops with 96, nothing is lost, and it goes on by itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
import pytest_twisted
from sqlalchemy import Connection, Engine, event, text

from switch.store import database_at

CARD = b"9504020000000018"
STOPPED = "the journal cannot be used: new business is answered 96"
AGAIN = "the journal can be used again: business goes on"


class Disk:
    """A limit to what SQLite may take, put up and taken away."""

    full = False

    def limit(self, connection: Connection) -> None:
        # It cannot be less than what is used already.
        connection.exec_driver_sql(f"PRAGMA max_page_count={1 if self.full else 1_000_000}")


@pytest.fixture
def disk() -> Iterator[Disk]:
    disk = Disk()
    event.listen(Engine, "begin", disk.limit)
    yield disk
    event.remove(Engine, "begin", disk.limit)


def events(bench: Any, *wanted: str) -> list[str]:
    lines = [line["event"] for line in bench.warnings()]
    return [line for line in lines if line in wanted]


async def until_approved(bench: Any, peer: Any, first: int) -> str:
    """Withdraw until one is approved; its STAN."""
    for number in range(first, first + 400):
        if await peer.code(bench.withdrawal(f"{number:06}")) == "00":
            return f"{number:06}"
        turns = iter(range(5))
        await bench.until(lambda turns=turns: next(turns, None) is None)
    raise AssertionError("business did not go on")


@pytest_twisted.ensureDeferred
async def test_a_full_disk_stops_business_and_space_starts_it_again(
    with_switch: Any, disk: Disk
) -> None:
    async def test(bench: Any) -> None:
        peer = await bench.peer()
        disk.full = True
        codes = [await peer.code(bench.withdrawal(f"{n:06}")) for n in range(1, 200)]
        approved = codes.count("00")
        # The last space may hold a request whose answer finds none: that one is in doubt.
        in_doubt = codes.count("91")
        assert codes == ["00"] * approved + ["91"] * in_doubt + ["96"] * (199 - approved - in_doubt)
        assert in_doubt <= 1
        assert len(bench.issuer.posted) == approved + in_doubt
        assert events(bench, STOPPED, AGAIN) == [STOPPED]
        disk.full = False
        await until_approved(bench, peer, 300)
        await bench.until(lambda: bench.issuer.stands == approved + 1)
        await bench.until(lambda: bench.rows("owed") == [])
        assert events(bench, STOPPED, AGAIN) == [AGAIN]
        states = [row["state"] for row in bench.rows("transactions")]
        assert states == ["approved"] * approved + ["reversed"] * in_doubt + ["approved"]

    await with_switch(test)


@pytest_twisted.ensureDeferred
async def test_an_answer_that_comes_while_the_file_is_locked_is_reversed(with_switch: Any) -> None:
    async def test(bench: Any) -> None:
        peer = await bench.peer()
        bench.issuer.hold = True
        peer.send(bench.withdrawal("000001"))
        await bench.until(lambda: len(bench.issuer.asked) == 1)
        thief = sqlite3.connect(bench.folder / "switch.db", isolation_level=None)
        try:
            thief.execute("BEGIN IMMEDIATE")
            bench.issuer.hold = False
            bench.issuer.release()
            answer = await peer.answer()
            assert answer.text(39) == "91"
            assert await peer.code(bench.withdrawal("000002")) == "96"
        finally:
            thief.close()
        await bench.until(lambda: bench.issuer.types[-1] == "0420")
        await until_approved(bench, peer, 3)
        assert bench.issuer.stands == 1
        bench.warnings()
        found = {row["stan"]: row["state"] for row in bench.rows("transactions")}
        assert found.pop("000001") == "reversed"
        assert list(found.values()) == ["approved"]

    await with_switch(test)


@pytest_twisted.ensureDeferred
async def test_a_server_that_stops_and_starts_again_loses_nothing(
    with_switch: Any, postgres: Any
) -> None:
    url = postgres.new_database()

    def rows(table: str) -> list[dict[str, Any]]:
        with database_at(url).engine(read_only=True).begin() as connection:
            found = connection.execute(text(f"SELECT * FROM {table} ORDER BY 1"))
            return [dict(row._mapping) for row in found]

    async def test(bench: Any) -> None:
        await bench.stop_switch()
        bench.change = {"database": url}
        await bench.start()
        peer = await bench.peer()
        assert await peer.code(bench.withdrawal("000001")) == "00"
        bench.issuer.hold = True
        peer.send(bench.withdrawal("000002"))
        await bench.until(lambda: len(bench.issuer.asked) == 2)
        postgres.stop()
        try:
            bench.issuer.hold = False
            bench.issuer.release()
            answer = await peer.answer()
            assert answer.text(39) == "91"
            codes = [await peer.code(bench.withdrawal(f"{n:06}")) for n in range(3, 30)]
            assert set(codes) == {"96"}
            assert len(bench.issuer.posted) == 2
            assert events(bench, STOPPED, AGAIN) == [STOPPED]
        finally:
            postgres.start()
        await bench.until(lambda: bench.issuer.types[-1] == "0420")
        await until_approved(bench, peer, 30)
        assert events(bench, STOPPED, AGAIN) == [AGAIN]
        assert bench.issuer.stands == 2
        found = rows("transactions")
        assert [row["state"] for row in found] == ["approved", "reversed", "approved"]
        assert rows("owed") == []

    await with_switch(test)


@pytest_twisted.ensureDeferred
async def test_a_second_switch_on_the_same_database_is_refused(
    with_switch: Any, postgres: Any
) -> None:
    from switch.engine.tables import SCHEMA
    from switch.store import StoreUnavailableError
    from switch.store.migrating import migrate

    url = postgres.new_database()

    async def test(bench: Any) -> None:
        await bench.stop_switch()
        bench.change = {"database": url}
        await bench.start()
        with pytest.raises(StoreUnavailableError, match="another process holds this database"):
            migrate(database_at(url), SCHEMA)

    await with_switch(test)
