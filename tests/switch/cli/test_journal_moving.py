"""`guichet journal archive`, `purge`, and `guichet db`, on a journal of a file."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, insert

from switch.cli.console import run_command
from switch.cli.db import db
from switch.cli.journal_moving import journal
from switch.engine.tables import SCHEMA, TRANSACTIONS
from switch.store import Schema, SqliteDatabase
from switch.store.migrating import migrate

OLD = "2020-08-01T12:00:00.000+00:00"
Run = Callable[..., tuple[int, str, str]]


def blank(column: Column[Any], number: int) -> int | str:
    """A value that nobody looks at."""
    return 0 if isinstance(column.type, BigInteger) else f"{column.name} {number}"


def entry(number: int, state: str) -> dict[str, Any]:
    values = {
        "id": number,
        "moves_money": True,
        "amount_minor": 100,
        "state": state,
        "answer": "",
        "received_at": OLD,
        "changed_at": OLD,
    }
    return {c.name: values.get(c.name, blank(c, number)) for c in TRANSACTIONS.columns}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    database = SqliteDatabase(tmp_path / "switch.db")
    migrate(database, SCHEMA)
    rows = [entry(n, state) for n, state in enumerate(("approved", "in_doubt", "declined"), 1)]
    with database.engine().begin() as connection:
        connection.execute(insert(TRANSACTIONS), [*rows, entry(4, "approved")])
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(name: str, *arguments: str, group: Any = journal) -> tuple[int, str, str]:
        capsys.readouterr()
        place = [] if "--from" in arguments else ["--data-dir", str(folder)]
        code = run_command(group, "guichet", [name, *place, *arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_an_archive_is_read_by_the_same_commands(run: Run, folder: Path) -> None:
    to = folder / "archive"
    code, out, _ = run("archive", "--older-than", "90d", "--to", str(to))
    assert (code, out) == (0, f"2 transactions left the journal, 2 of them new in {to}\n")
    code, out, _ = run("list", "--from", str(to / "journal-2020-08-01.db"))
    assert [line.split()[0] for line in out.splitlines()[2:]] == ["3", "1"]
    assert [line.split()[0] for line in run("list")[1].splitlines()[2:]] == ["4", "2"]


def test_a_purge_asks_first(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert run("purge", "--older-than", "90d")[0] == 130
    assert len(run("list")[1].splitlines()) == 6
    assert run("purge", "--older-than", "90d", "--yes")[1] == "2 transactions left the journal\n"


def test_an_archive_that_cannot_be_written_is_told_and_nothing_leaves(
    run: Run, folder: Path
) -> None:
    (folder / "archive").mkdir()
    (folder / "archive" / "journal-2020-08-01.db").write_text("something else " * 50)
    code, _, err = run("archive", "--older-than", "90d", "--to", str(folder / "archive"))
    assert (code, "nothing more was removed" in err) == (1, True)
    assert len(run("list")[1].splitlines()) == 6


@pytest.mark.parametrize(("age", "told"), [("1h", "at least 1d"), ("90", "did you mean 90")])
def test_an_age_that_cannot_be_is_told(run: Run, age: str, told: str) -> None:
    code, _, err = run("purge", "--older-than", age, "--yes")
    assert (code, told in err) == (2, True)


def test_a_purge_where_no_switch_ran_is_told(run: Run) -> None:
    code, _, err = run("purge", "--older-than", "2d", "--yes", "--from", "/nowhere.db")
    assert (code, "there is no journal at /nowhere.db" in err) == (2, True)


def test_db_says_whether_an_upgrade_is_due_and_does_it(run: Run, tmp_path: Path) -> None:
    first = Schema("switch", SCHEMA.metadata, tmp_path / "first")
    first.migrations.mkdir()
    script = next(SCHEMA.migrations.glob("v0001*"))
    (first.migrations / script.name).write_text(script.read_text())
    old = SqliteDatabase(tmp_path / "old.db")
    with old.engine().begin() as connection:
        first.upgrade(connection, complete=False)
    place = ("--from", str(old.path))
    code, out, _ = run("current", *place, group=db)
    assert (code, "switch_0001" in out, "an upgrade is due: switch_0002" in out) == (1, True, True)
    code, _, err = run("list", *place)
    assert (code, "guichet db upgrade" in err) == (2, True)
    assert run("upgrade", *place, group=db)[0] == 0
    assert run("current", *place, group=db)[0] == 0
    assert "up to date already" in run("upgrade", *place, group=db)[1]


def test_db_of_a_file_that_is_missing_is_told(run: Run) -> None:
    code, _, err = run("current", "--from", "/nowhere.db", group=db)
    assert (code, "/nowhere.db" in err) == (2, True)
