"""Ledgers and the switch's journal, read from their files."""

import sqlite3

import pytest

from simulator.oracle import BookError
from simulator.oracle.ledgers import read_ledger
from simulator.oracle.places import reading
from simulator.oracle.switch_journal import read_switch_reversals


@pytest.fixture(params=["core", "issuer"])
def ledger(request, desk):
    return getattr(desk, request.param)


def test_both_ledgers_are_read_alike(ledger):
    ledger.withdraw(20_000)
    book = read_ledger("any", ledger.path)
    assert book.balance_minor("customer:1") == 80_000
    assert book.sum_minor == 0
    assert [(each.kind, each.stands_minor) for each in book.postings] == [
        ("opening", 100_000),
        ("withdrawal", 20_000),
    ]


def test_what_moved_leaves_out_what_an_account_was_opened_with(ledger):
    ledger.withdraw(20_000)
    moved = {each.code: each.moved_minor for each in read_ledger("any", ledger.path).accounts}
    assert (moved["customer:1"], moved["customer:2"]) == (-20_000, 0)


def test_what_was_given_back_does_not_stand(ledger):
    posting = ledger.withdraw(20_000)
    ledger.post("reversal", 20_000, "cash:GAB00001", "customer:1", reverses=posting)
    stands = {each.kind: each.stands_minor for each in read_ledger("any", ledger.path).postings}
    assert stands["withdrawal"] == 0


def test_an_account_that_is_not_there_has_no_balance(ledger):
    assert read_ledger("any", ledger.path).balance_minor("customer:9") is None


def test_reading_changes_nothing(ledger):
    with reading(ledger.path) as connection, pytest.raises(sqlite3.OperationalError):
        connection.execute("DELETE FROM entries")


def test_a_ledger_is_read_while_its_owner_has_it_open(ledger):
    owner = sqlite3.connect(ledger.path)
    owner.execute("PRAGMA journal_mode=WAL")
    owner.execute("UPDATE accounts SET holder = 'x'")
    owner.commit()
    assert {each.holder for each in read_ledger("any", ledger.path).accounts} == {"x"}
    owner.close()


def test_a_ledger_in_wal_mode_is_read_after_its_owner_closed_it(ledger):
    owner = sqlite3.connect(ledger.path)
    owner.execute("PRAGMA journal_mode=WAL")
    owner.close()
    assert read_ledger("any", ledger.path).sum_minor == 0


def test_a_file_that_is_no_ledger_is_told(tmp_path):
    (tmp_path / "core.db").write_text("not a database, however long it may be" * 10)
    with pytest.raises(BookError, match=r"core\.db"):
        read_ledger("core", tmp_path / "core.db")
    with pytest.raises(BookError, match=r"lost\.db"):
        read_ledger("core", tmp_path / "lost.db")


def test_the_switch_says_what_it_owes_and_what_was_acknowledged(desk):
    for number, state in enumerate(("reversing", "reversed", "approved"), start=1):
        enter(desk.switch, number, state)
    with sqlite3.connect(desk.switch) as connection:
        connection.execute(
            "INSERT INTO owed (transaction_id, kind, destination, status, note, retained_minor,"
            " reason, attempts, queued_at)"
            " VALUES (1, 'reversal', 'issuer', 'queued', '', 0, '68', 3, '')"
        )
    connection.close()
    reversals = read_switch_reversals(desk.switch)
    assert (len(reversals.owed), reversals.attempts, reversals.acknowledged) == (1, 3, 1)
    assert reversals.owed[0].destination == "issuer"


def enter(path, number, state):
    """A transaction in the switch's journal."""
    with sqlite3.connect(path) as connection:
        columns = [row[1:3] for row in connection.execute("PRAGMA table_info(transactions)")]
        values = {name: 0 if kind in ("INTEGER", "BOOLEAN") else "" for name, kind in columns}
        values |= {"id": number, "state": state, "terminal": "GAB00001"}
        values |= {"operation_key": str(number), "duplicate_key": str(number)}
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        sql = f"INSERT INTO transactions ({names}) VALUES ({marks})"
        connection.execute(sql, tuple(values.values()))
    connection.close()
