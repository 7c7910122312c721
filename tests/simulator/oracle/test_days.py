"""One day's books side by side: what differs is told once, with what to do about it."""

import sqlite3
from contextlib import closing
from datetime import date

import pytest

from simulator.oracle.days import mismatches, read_entries

DAY = date(2026, 11, 24)


def enter(desk, state, rrn="1", amount=20_000):
    """A transaction in the switch's journal."""
    with closing(sqlite3.connect(desk.switch)) as connection, connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(transactions)")]
        kinds = [row[2] for row in connection.execute("PRAGMA table_info(transactions)")]
        values = {
            name: 0 if kind in ("INTEGER", "BIGINT", "BOOLEAN") else ""
            for name, kind in zip(names, kinds, strict=True)
        }
        values |= {
            "id": int(rrn),
            "operation_key": rrn,
            "duplicate_key": rrn,
            "terminal": "GAB00001",
            "rrn": rrn,
            "stan": rrn.zfill(6),
            "state": state,
            "moves_money": 1,
            "amount_minor": amount,
            "received_at": "2026-11-24T09:00:00+00:00",
        }
        marks = ", ".join("?" * len(values))
        connection.execute(
            f"INSERT INTO transactions ({', '.join(values)}) VALUES ({marks})",
            tuple(values.values()),
        )


def found(desk, day=DAY):
    return mismatches(desk.books(), read_entries(desk.switch), day)


def test_what_agrees_everywhere_is_not_told(desk):
    desk.core.withdraw()
    desk.dispense({200: 1})
    enter(desk, "approved")
    assert found(desk) == []


def test_a_debit_without_cash_is_to_be_given_back(desk):
    desk.core.withdraw()
    enter(desk, "approved")
    (one,) = found(desk)
    assert (one.weight, one.terminal, one.rrn) == ("act", "GAB00001", "1")
    assert "the terminal did nothing (switch: approved)" in one.found
    assert "give it back" in one.todo


def test_cash_without_a_debit_is_to_be_claimed(desk):
    desk.dispense({200: 1})
    enter(desk, "reversed")
    (one,) = found(desk)
    assert "the terminal did 200.00, and no ledger has it (switch: reversed)" in one.found
    assert "ask the ledger's owner" in one.todo


def test_another_amount_is_told_with_both(desk):
    desk.core.withdraw(20_000)
    desk.dispense({100: 1})
    enter(desk, "approved")
    (one,) = found(desk)
    assert "the terminal did 100.00" in one.found
    assert "(withdrawal, 200.00) stands" in one.found


@pytest.mark.parametrize("state", ["in_doubt", "reversing", "forwarded"])
def test_what_still_moves_is_to_be_waited_for(desk, state):
    desk.core.withdraw()
    enter(desk, state)
    (one,) = found(desk)
    assert (one.weight, f"the switch: {state}" in one.found) == ("wait", True)


def test_what_a_host_refused_is_for_people(desk):
    enter(desk, "exception")
    (one,) = found(desk)
    assert (one.weight, "release or drop" in one.todo) == ("act", True)


def test_a_leg_that_stands_alone_is_told(desk):
    desk.issuer.account("settlement:504001")
    desk.issuer.post("bill_payment", 12_000, "customer:1", "settlement:504001", rrn="7")
    desk.tell("done", operation="pay_bill", stan="000007", rrn="7", amount_minor=12_000)
    (one,) = found(desk)
    assert one.found == "the issuer debited 120.00, the core credited 0.00"


def test_another_day_is_another_report(desk):
    desk.core.withdraw()
    assert found(desk, date(2026, 11, 25)) == []
