"""`guichet journal` beside a switch: what it prints, and what it says when it cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, insert, text

from switch.cli.console import run_command
from switch.cli.journal import journal
from switch.engine.tables import OWED, PENDING, SCHEMA, TRANSACTIONS
from switch.store import SqliteDatabase
from switch.store.migrating import migrate

PAN = "9504020000000018"
Run = Callable[..., tuple[int, str, str]]


def blank(column: Column[Any]) -> int | str:
    """A value that nobody looks at."""
    return 0 if isinstance(column.type, BigInteger) else str(column.name)


def entry(number: int, **changed: Any) -> dict[str, Any]:
    values = {
        "id": number,
        "operation_key": f"key{number}",
        "duplicate_key": f"duplicate{number}",
        "moves_money": True,
        "amount_minor": 35075,
        "card": "950402******0018",
        "stan": f"{number:06}",
        "state": "approved",
        "operation": "withdrawal",
        "currency": "504",
        "answer": '{"38": "A12345", "39": "00"}',
        "received_at": "2026-11-24T23:30:00.000+00:00",
        "changed_at": "2026-11-24T23:30:00.250+00:00",
        **changed,
    }
    return {column.name: values.get(column.name, blank(column)) for column in TRANSACTIONS.columns}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The books of a switch that owes one reversal."""
    database = SqliteDatabase(tmp_path / "switch.db")
    migrate(database, SCHEMA)
    with database.engine().begin() as connection:
        connection.execute(insert(TRANSACTIONS), [entry(1), entry(2, state="reversing")])
        connection.execute(
            insert(PENDING), [{"transaction_id": 2, "request": json.dumps({"2": PAN})}]
        )
        connection.execute(
            insert(OWED).values(
                transaction_id=2,
                kind="reversal",
                destination="issuer",
                status="queued",
                reason="no answer in time",
                attempts=3,
                queued_at="2026-11-24T23:30:06.000+00:00",
            )
        )
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        place = [] if "--from" in arguments else ["--data-dir", str(folder)]
        code = run_command(journal, "journal", [arguments[0], *place, *arguments[1:]])
        told = capsys.readouterr()
        assert PAN not in told.out + told.err
        return code, told.out, told.err

    return run


def test_list_shows_local_time_the_amount_and_the_masked_card(run: Run) -> None:
    code, out, _ = run("list", "--amount", "350.75", "--state", "approved")
    assert code == 0
    (row,) = out.splitlines()[2:]
    assert "2026-11-25 00:30:00" in row
    assert "350.75 MAD" in row
    assert "950402******0018" in row


def test_list_takes_a_card_as_it_is_written_on_it(run: Run) -> None:
    code, out, _ = run("list", "--card", "9504 0200 0000 0018", "--json")
    assert (code, len(json.loads(out))) == (0, 2)


def test_list_finds_nothing(run: Run) -> None:
    assert run("list", "--stan", "77")[:2] == (1, "nothing fits\n")


def test_list_says_when_there_is_more(run: Run) -> None:
    code, out, err = run("list", "--limit", "1")
    assert (code, len(out.splitlines())) == (0, 3)
    assert "only the newest 1" in err


def test_show_tells_the_life_of_a_transaction(run: Run) -> None:
    code, out, _ = run("show", "2")
    assert code == 0
    assert "transaction 2: withdrawal 350.75 MAD" in out
    assert "2026-11-25 00:30:00 local, 2026-11-24 23:30:00.000 UTC" in out
    assert "DE38 A12345, DE39 00" in out
    assert "reversal to issuer, queued, tried 3 times" in out


def test_show_of_a_number_that_was_never_given(run: Run) -> None:
    assert run("show", "9") == (1, "", "there is no transaction 9\n")


def test_show_gives_json_with_both_times(run: Run) -> None:
    told = json.loads(run("show", "2", "--json")[1])
    assert told["received_at"] == "2026-11-24T23:30:00.000+00:00"
    assert told["received_local"] == "2026-11-25T00:30:00.000+01:00"
    assert told["answer"] == {"38": "A12345", "39": "00"}
    assert [each["destination"] for each in told["owed"]] == ["issuer"]


def test_in_doubt_says_what_will_become_of_it(run: Run) -> None:
    code, out, _ = run("in-doubt")
    assert code == 0
    (row,) = out.splitlines()[2:]
    assert "reversing" in row
    assert "reversed by itself" in row


def test_saf_lists_what_is_owed(run: Run) -> None:
    code, out, _ = run("saf")
    assert (code, "issuer" in out, "no answer in time" in out) == (0, True, True)
    assert run("saf", "--to", "core")[1] == "nothing is owed\n"


def test_totals_of_a_local_day(run: Run) -> None:
    told = json.loads(run("totals", "--day", "2026-11-25", "--json")[1])
    assert told["totals"] == [
        {
            "operation": "withdrawal",
            "state": state,
            "currency": "504",
            "count": 1,
            "amount_minor": 35075,
        }
        for state in ("approved", "reversing")
    ]
    assert "no transactions" in run("totals", "--day", "2026-11-24")[1]


def test_the_journal_of_a_busy_switch_is_read_and_not_held(run: Run, folder: Path) -> None:
    with SqliteDatabase(folder / "switch.db").engine().begin() as connection:
        connection.execute(text("UPDATE transactions SET state = 'reversed' WHERE id = 2"))
        assert run("list", "--state", "reversing")[0] == 0
    assert run("list", "--state", "reversing")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["list", "--state", "aproved"], "did you mean approved?"),
        (["list", "--day", "24/11"], "no day: YYYY-MM-DD"),
        (["list", "--amount", "1,5"], "no amount such as 350.75"),
        (["list", "--from", "/nowhere/switch.db"], "there is no journal at /nowhere/switch.db"),
        (["list", "--from", "oracle://x"], "oracle is no database that is known here"),
        (["list", "--from", "postgresql://u:s3cret@127.0.0.1:1/x"], "u:***@127.0.0.1:1"),
    ],
    ids=lambda value: str(value)[-20:],
)
def test_what_cannot_be_done_is_told(run: Run, arguments: list[str], complaint: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert complaint in err
    assert "s3cret" not in err


def test_a_file_that_is_no_journal_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("dear bank " * 100)
    code, _, err = run("list", "--from", str(tmp_path / "letter.db"))
    assert (code, "is not a database of ours" in err) == (2, True)


@pytest.mark.parametrize("tables", [False, True])
def test_a_file_without_tables_is_told_to_be_empty(run: Run, tmp_path: Path, tables: bool) -> None:
    path = tmp_path / "new.db"
    path.touch()
    if tables:
        with SqliteDatabase(path).engine().begin() as connection:
            connection.exec_driver_sql("CREATE TABLE alembic_version (version_num TEXT)")
    code, _, err = run("list", "--from", str(path))
    assert (code, f"{path} is empty: no switch has run on it" in err) == (2, True)
