"""The ledger holds postings that sum to zero, and notices books that do not."""

import pytest

from simulator.payment_core.ledger import (
    LedgerError,
    Posted,
    Trace,
    audit,
    post,
    posting_of,
    reverse,
    trial_balance,
)
from simulator.payment_core.refusals import RefusedError


def customer(bench, pan):
    return f"customer:{bench.ribs[pan]}"


def test_the_seeded_books_sum_to_zero(bench):
    assert sum(bench.books().values()) == 0
    assert bench.balance(bench.amina) == 10_000_00


@pytest.mark.parametrize("moves", [(-100, 99), (-100, 0, 100), ()])
def test_moves_that_are_not_a_posting_are_refused(bench, moves):
    codes = [customer(bench, bench.amina), "cash:A", "cash:B"]
    with pytest.raises(LedgerError, match="sum to zero"):
        bench.turn(
            lambda turn: post(turn, "withdrawal", Trace("k"), dict(zip(codes, moves, strict=False)))
        )


def test_a_posting_may_not_name_an_unknown_customer(bench):
    moves = {"customer:0": -100, "cash:A": 100}
    with pytest.raises(LedgerError, match="does not exist"):
        bench.turn(lambda turn: post(turn, "withdrawal", Trace("k"), moves))


def test_a_customer_may_be_taken_to_its_floor_and_not_below(bench):
    account = customer(bench, bench.brahim)
    bench.turn(lambda turn: post(turn, "w", Trace("a"), {account: -15_000, "cash:A": 15_000}))
    with pytest.raises(RefusedError, match="insufficient_funds"):
        bench.turn(lambda turn: post(turn, "w", Trace("b"), {account: -1, "cash:A": 1}))
    assert bench.balance(bench.brahim) == 0


def test_a_refusal_writes_nothing(bench):
    account = customer(bench, bench.brahim)

    def refused(turn):
        with pytest.raises(RefusedError):
            post(turn, "w", Trace("a"), {account: -15_001, "cash:NEW": 15_001})

    bench.turn(refused)
    assert "cash:NEW" not in bench.books()
    assert bench.turn(lambda turn: posting_of(turn.connection, "a")) is None


def test_a_posting_keeps_who_asked(bench):
    trace = Trace("k", "GAB00001", "000007", "632809000007", 1, "950401******0019")
    moves = {customer(bench, bench.amina): -100, "cash:GAB00001": 100}
    bench.turn(lambda turn: post(turn, "withdrawal", trace, moves))
    [row] = bench.rows("SELECT * FROM postings WHERE operation_key = 'k'")
    assert (row.terminal_id, row.stan, row.rrn, row.card_id, row.masked_pan, row.at) == (
        "GAB00001",
        "000007",
        "632809000007",
        1,
        "950401******0019",
        "2026-11-24T09:00:00.000Z",
    )


def test_a_reversal_gives_back_what_is_not_retained(bench):
    moves = {customer(bench, bench.amina): -100_00, "cash:A": 100_00}
    posted = bench.turn(lambda turn: post(turn, "withdrawal", Trace("k"), moves))
    returned = bench.turn(lambda turn: reverse(turn, posted, Trace("r"), retained_minor=40_00))
    assert returned == 60_00
    assert bench.balance("cash:A") == 40_00
    [row] = bench.rows(f"SELECT reversed_minor, reversed_by FROM postings WHERE id={posted.id}")
    assert row.reversed_minor == 60_00
    assert bench.rows(f"SELECT reverses FROM postings WHERE id={row.reversed_by}") == [(posted.id,)]


def test_a_posting_is_reversed_once_even_if_the_code_believes_otherwise(bench):
    moves = {customer(bench, bench.amina): -100, "cash:A": 100}
    posted = bench.turn(lambda turn: post(turn, "withdrawal", Trace("k"), moves))
    bench.turn(lambda turn: reverse(turn, posted, Trace("r")))
    with pytest.raises(Exception, match=r"postings\.reverses|postings_reverses"):
        bench.turn(lambda turn: reverse(turn, posted, Trace("again")))


@pytest.mark.parametrize("retained_minor", [101, -1])
def test_a_reversal_returns_no_more_than_was_posted(bench, retained_minor):
    moves = {customer(bench, bench.amina): -100, "cash:A": 100}
    posted = bench.turn(lambda turn: post(turn, "withdrawal", Trace("k"), moves))
    with pytest.raises(LedgerError, match="no more than was posted"):
        bench.turn(lambda turn: reverse(turn, posted, Trace("r"), retained_minor=retained_minor))


def test_a_posting_of_several_sides_is_reversed_in_whole_only(bench):
    before = bench.books()
    moves = {customer(bench, bench.amina): -200, "cash:A": 150, "cash:B": 50}
    posted = bench.turn(lambda turn: post(turn, "odd", Trace("k"), moves))
    with pytest.raises(LedgerError, match="two entries"):
        bench.turn(lambda turn: reverse(turn, posted, Trace("r"), retained_minor=100))
    assert bench.turn(lambda turn: reverse(turn, posted, Trace("r"))) == 200
    assert bench.books() == {**before, "cash:A": 0, "cash:B": 0}


def test_an_unbalanced_posting_is_noticed(new_bench):
    bench = new_bench()
    bench.turn(
        lambda turn: turn.connection.exec_driver_sql(
            "UPDATE entries SET amount_minor = amount_minor + 1"
            " WHERE posting_id = 1 AND amount_minor > 0"
        )
    )
    with pytest.raises(LedgerError, match="posting 1 does not sum to zero"):
        bench.audit()
    bench.close()


def test_a_balance_that_is_not_its_entries_is_noticed(new_bench):
    bench = new_bench()
    bench.turn(
        lambda turn: turn.connection.exec_driver_sql(
            "UPDATE accounts SET balance_minor = balance_minor + 1 WHERE code = 'opening'"
        )
    )
    with pytest.raises(LedgerError, match="balance of opening"):
        bench.audit()
    bench.close()


def test_a_posting_without_entries_is_noticed(new_bench):
    bench = new_bench()
    bench.turn(
        lambda turn: turn.connection.exec_driver_sql(
            "INSERT INTO postings (operation_key, kind, amount_minor, reversed_minor, currency, at)"
            " VALUES ('x', 'withdrawal', 1, 0, '504', '')"
        )
    )
    with pytest.raises(LedgerError, match="does not sum to zero"):
        bench.audit()
    bench.close()


def test_the_trial_balance_is_in_order_of_codes(bench):
    codes = [code for code, _, _ in bench.turn(lambda turn: trial_balance(turn.connection))]
    assert codes == sorted(codes)


def test_an_operation_is_found_by_its_key(bench):
    moves = {customer(bench, bench.amina): -100, "cash:A": 100}
    posted = bench.turn(lambda turn: post(turn, "withdrawal", Trace("k"), moves))
    assert posted == Posted(posted.id, "withdrawal", 100)
    assert bench.turn(lambda turn: posting_of(turn.connection, "k")) == posted


def test_auditing_says_nothing_of_sound_books(bench):
    assert bench.turn(lambda turn: audit(turn.connection)) is None
