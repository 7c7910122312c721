"""Books that must agree beyond the cash: each test breaks one of them."""

import sqlite3
from contextlib import closing

import pytest

from simulator.oracle import broken, with_life

ONCE = "one request has one live posting"
SETTLED = "a creditor's settlement equals its live payments"
TOTALS = "the totals of the switch and of the ledgers agree"
DOUBT = "nothing is left in doubt"
ADVICE = "no advice is left owed"


def named(desk, invariant):
    return [each for each in broken(desk.books()) if each.invariant == invariant]


def enter(desk, state, *, rrn="1", amount=20_000, reversed_minor=0, operation="withdrawal"):
    """A transaction as the switch's journal has it; its number."""
    columns = {
        "operation_key": f"key-{rrn}",
        "duplicate_key": rrn,
        "state": state,
        "operation": operation,
        "moves_money": 1,
        "mti": "0200",
        "processing_code": "010000",
        "amount_minor": amount,
        "reversed_minor": reversed_minor,
        "currency": "504",
        "card": "950401******0019",
        "acquirer": "504001",
        "terminal": "GAB00001",
        "stan": rrn.zfill(6),
        "rrn": rrn,
        "transmission_time": "1124090000",
        "local_time": "1124100000",
        "route": "us",
        "destination": "core",
        "received_at": "2026-11-24T09:00:00+00:00",
        "changed_at": "2026-11-24T09:00:59+00:00",
        "card_key": "",
        "response_code": "",
        "answer": "",
        "reason": "",
    }
    marks = ", ".join("?" * len(columns))
    return write(
        desk,
        f"INSERT INTO transactions ({', '.join(columns)}) VALUES ({marks})",
        *columns.values(),
    )


def write(desk, sql, *values):
    with closing(sqlite3.connect(desk.switch)) as connection, connection:
        return connection.execute(sql, values).lastrowid


def withdraw(desk, state="approved", **facts):
    desk.core.withdraw(20_000)
    desk.dispense({200: 1})
    return enter(desk, state, **facts)


def test_what_all_books_tell_alike_is_whole(desk):
    withdraw(desk)
    assert broken(desk.books()) == []


def test_two_postings_of_one_request_are_noticed_though_nobody_keeps_its_journal(desk):
    desk.issuer.withdraw(terminal="ATM99999")
    desk.issuer.withdraw(terminal="ATM99999")
    (found,) = named(desk, ONCE)
    assert found.found == "postings 2 and 3 of issuer both stand"
    assert (found.terminal, found.rrn) == ("ATM99999", "1")


def test_of_two_postings_of_one_request_one_may_have_been_given_back(desk):
    posting = desk.core.withdraw()
    desk.core.post("reversal", 20_000, "cash:GAB00001", "customer:1", reverses=posting)
    withdraw(desk)
    assert named(desk, ONCE) == []


@pytest.mark.parametrize(("paid", "whole"), [(12_000, True), (12_001, False), (0, False)])
def test_a_creditor_is_owed_what_was_paid_to_it(desk, paid, whole):
    desk.core.execute(
        "INSERT INTO articles (id, creditor, kind, identity, article, description, date,"
        " price_minor, kind_of_article) VALUES (1, '1001', '01', '', 'E1', '', '', 1, 'bill')"
    )
    live = "INSERT INTO payments VALUES ('a', 1, 'r', 's', ?, ?)"
    desk.core.execute(live, paid or 12_000, 1 if paid else 0)
    desk.core.post("bill_cash", 12_000, "cash:GAB00001", "creditor:1001")
    assert [each.invariant for each in named(desk, SETTLED)] == ([] if whole else [SETTLED])


@pytest.mark.parametrize(
    ("state", "reversed_minor"), [("reversed", 0), ("declined", 0), ("partly_reversed", 5_000)]
)
def test_a_switch_that_says_something_else_than_the_ledger_is_noticed(desk, state, reversed_minor):
    withdraw(desk, state, reversed_minor=reversed_minor)
    (found,) = broken(desk.books())
    assert found.invariant == TOTALS
    assert "the ledgers 200.00" in found.found


def test_what_the_switch_approved_and_no_ledger_has_is_noticed(desk):
    enter(desk, "approved")
    assert "of a withdrawal that is approved, the ledgers 0.00" in named(desk, TOTALS)[0].found


def test_what_ends_in_doubt_is_noticed(desk):
    enter(desk, "in_doubt")
    (found,) = broken(desk.books())
    assert (found.invariant, found.rrn) == (DOUBT, "1")


def test_an_advice_that_is_left_owed_is_noticed(desk):
    number = withdraw(desk, "advised")
    write(
        desk,
        "INSERT INTO owed (transaction_id, kind, destination, status, note, retained_minor,"
        " reason, attempts, queued_at) VALUES (?, 'advice', 'issuer', 'queued', '', 0, '', 3, '')",
        number,
    )
    (found,) = broken(desk.books())
    assert (found.invariant, found.found) == (ADVICE, "the switch owes one to issuer, sent 3 times")


def lived(desk):
    found = broken(desk.books())
    ledgers = {"core": desk.core.path, "issuer": desk.issuer.path}
    return with_life(found, [desk.journals], ledgers, desk.switch)


def test_the_first_transaction_has_its_life_in_all_books(desk):
    number = withdraw(desk)
    desk.core.withdraw(20_000)
    write(
        desk,
        "INSERT INTO switch_messages (transaction_id, reference, at, direction, peer, dialect,"
        " mti, elements, note) VALUES (?, '', '2026-11-24T09:00:00+00:00', 'out', 'core', '',"
        " '0210', '{\"39\":\"00\"}', 'kept')",
        number,
    )
    first, *others = lived(desk)
    told = [(line.book, line.said) for line in first.life]
    assert set(told) == {
        ("GAB00001", "dispense 200.00"),
        ("switch", "0210 to core 00 kept"),
        ("switch", "withdrawal 200.00 is approved"),
        ("core", "posting 2: withdrawal 200.00"),
        ("core", "posting 3: withdrawal 200.00"),
    }
    assert [line.at for line in first.life] == sorted(line.at for line in first.life)
    assert all(other.life == () for other in others)


def test_a_life_that_is_too_long_is_cut_in_the_middle(desk):
    desk.core.withdraw(20_000)
    for _ in range(70):
        desk.tell("repeat", operation="withdraw", stan="000001", rrn="1", amount_minor=20_000)
    life = lived(desk)[0].life
    assert len(life) == 61
    assert [line.said for line in life if not line.book] == ["11 lines left out"]


BACK = "what is given back is what its posting says"


def test_a_reversal_of_nothing_is_noticed(desk):
    desk.core.post("reversal", 20_000, "cash:GAB00001", "customer:1", rrn="9")
    (found,) = named(desk, BACK)
    assert "reversals give back 200.00 of no posting of core, which says 0.00" in found.found


def test_a_posting_that_says_less_than_went_back_is_noticed(desk):
    posting = desk.core.withdraw(20_000)
    desk.core.post("reversal", 20_000, "cash:GAB00001", "customer:1", reverses=posting)
    desk.core.execute("UPDATE postings SET reversed_minor = 10000 WHERE id = ?", posting)
    (found,) = named(desk, BACK)
    assert found.found.endswith("of posting 2 of core, which says 100.00")
