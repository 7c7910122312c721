"""Whether money was conserved: what must be noticed, and what must not be taken for a defect."""

import pytest

from simulator.oracle import broken

STANDS = "what stands in a ledger, a terminal did"
DID = "what a terminal did stands in one ledger, equal"
CASH = "cash that moves is the amount approved"
ZERO = "every ledger sums to zero"
FLOOR = "no customer is below the floor"
OWED = "no reversal is left owed"


def invariants(desk):
    return [each.invariant for each in broken(desk.books())]


def test_fresh_books_are_whole(desk):
    assert broken(desk.books()) == []


@pytest.mark.parametrize("ledger", ["core", "issuer"])
def test_a_withdrawal_on_both_sides_is_whole(desk, ledger):
    getattr(desk, ledger).withdraw(26_000)
    desk.dispense({200: 1, 20: 3})
    assert broken(desk.books()) == []


def test_a_debit_without_cash_is_noticed(desk):
    desk.core.withdraw(20_000, rrn="7")
    (found,) = broken(desk.books())
    assert found.invariant == STANDS
    assert "a withdrawal of 200.00" in found.found
    assert "GAB00001, STAN 000007, RRN 7" in found.transaction


def test_cash_without_a_debit_is_noticed(desk):
    desk.dispense({200: 1}, rrn="7", card="950401******0019")
    (found,) = broken(desk.books())
    assert found.invariant == DID
    assert found.transaction == "GAB00001, STAN 000007, RRN 7, 950401******0019"


def test_another_amount_is_noticed(desk):
    desk.core.withdraw(20_000)
    desk.dispense({100: 1})
    assert invariants(desk) == [DID]


def test_more_notes_than_were_approved_are_noticed(desk):
    desk.core.withdraw(20_000)
    desk.dispense({200: 2}, amount=20_000)
    (found,) = broken(desk.books())
    assert str(found).startswith(f"{CASH}: 400.00 of cash for 200.00 (GAB00001")


def test_cash_paid_twice_for_one_debit_is_noticed(desk):
    desk.core.withdraw(20_000)
    desk.dispense({100: 1})
    desk.dispense({100: 1})
    assert invariants(desk) == [DID]


def test_a_debit_in_both_banks_is_noticed(desk):
    desk.core.withdraw(10_000)
    desk.issuer.withdraw(10_000)
    desk.dispense({200: 1})
    (found,) = broken(desk.books())
    assert "core has a withdrawal of 100.00 and issuer has a withdrawal of 100.00" in found.found


def test_the_wrong_way_round_is_noticed(desk):
    desk.core.post("deposit", 20_000, "cash:GAB00001", "customer:1")
    desk.dispense({200: 1})
    assert invariants(desk) == [DID]


def test_a_reversed_debit_needs_no_cash(desk):
    posting = desk.core.withdraw(20_000)
    desk.core.post("reversal", 20_000, "cash:GAB00001", "customer:1", reverses=posting)
    assert broken(desk.books()) == []


def test_cash_for_a_reversed_debit_is_noticed(desk):
    posting = desk.core.withdraw(20_000)
    desk.core.post("reversal", 20_000, "cash:GAB00001", "customer:1", reverses=posting)
    desk.dispense({200: 1})
    assert invariants(desk) == [DID]


def test_of_one_defect_in_many_transactions_the_first_is_told(desk):
    for number in range(1, 4):
        desk.core.withdraw(10_000, rrn=str(number))
    (found,) = broken(desk.books())
    assert "STAN 000001" in found.transaction


def test_a_bill_in_cash_is_whole_when_the_till_has_it(desk):
    desk.core.post("bill_cash", 12_000, "cash:GAB00001", "creditor:1001")
    desk.tell(
        "cash_in",
        operation="pay_bill",
        stan="000001",
        rrn="1",
        amount_minor=12_000,
        pieces={"20000": 1},
        change={"2000": 4},
    )
    assert broken(desk.books()) == []


@pytest.mark.parametrize(
    ("kind", "operation"), [("bill_card", "pay_bill"), ("transfer", "transfer")]
)
def test_what_moves_without_cash_is_compared_too(desk, kind, operation):
    desk.core.post(kind, 12_000, "customer:1", "creditor:1001")
    assert invariants(desk) == [STANDS]
    desk.tell("done", operation=operation, stan="000001", rrn="1", amount_minor=12_000)
    assert broken(desk.books()) == []


def test_a_terminal_without_a_journal_is_noticed(desk):
    desk.core.withdraw(terminal="GAB00007")
    (found,) = broken(desk.books())
    assert (found.invariant, "GAB00007" in found.transaction) == (STANDS, True)


def test_entries_that_do_not_sum_to_zero_are_noticed(desk):
    desk.core.execute("UPDATE entries SET amount_minor = amount_minor + 1 WHERE amount_minor > 0")
    found = broken(desk.books())
    assert found[0].invariant == ZERO
    assert "posting 1 of core sum to 0.01" in found[0].found


def test_a_balance_that_is_not_the_sum_of_its_entries_is_noticed(desk):
    desk.issuer.execute("UPDATE accounts SET balance_minor = 99999 WHERE code = 'customer:1'")
    found = broken(desk.books())
    assert [each.invariant for each in found] == [ZERO, ZERO]
    assert "issuer has 999.99 on customer:1, whose entries sum to 1000.00" in found[0].found
    assert found[1].found == "issuer sums to -0.01"


def test_a_customer_below_the_floor_is_noticed(desk):
    desk.core.withdraw(100_001)
    desk.dispense({}, amount=100_001)
    assert FLOOR in invariants(desk)


def test_a_cancelled_deposit_may_take_an_account_below_its_floor(desk):
    deposit = desk.core.post("deposit", 50_000, "cash:GAB00001", "customer:2", rrn="1")
    desk.core.post("withdrawal", 50_000, "customer:2", "cash:GAB00001", rrn="2")
    desk.dispense({200: 2, 100: 1}, rrn="2")
    desk.core.post("reversal", 50_000, "customer:2", "cash:GAB00001", reverses=deposit)
    assert broken(desk.books()) == []


def test_what_was_done_already_when_an_issuer_was_told_may_take_an_account_below_its_floor(desk):
    posting = desk.issuer.withdraw(100_001)
    desk.dispense({}, amount=100_001)
    assert FLOOR in invariants(desk)
    desk.issuer.execute("INSERT INTO forced_postings VALUES (?)", posting)
    assert FLOOR not in invariants(desk)


def test_a_bill_paid_twice_is_noticed(desk):
    for sql in (
        "DROP INDEX paid_once",
        "INSERT INTO articles (id, creditor, kind, identity, article, description, date,"
        " price_minor, kind_of_article) VALUES (1, '1001', '01', '', 'E1', '', '', 1, 'bill')",
        "INSERT INTO payments VALUES ('a', 1, 'r', 's', 1, 1), ('b', 1, 'r', 's', 1, 1)",
    ):
        desk.core.execute(sql)
    assert "core has two payments of 1001/E1" in [each.found for each in broken(desk.books())]


def test_a_reversal_that_a_terminal_owes_is_noticed(desk):
    desk.tell("reversal_owed", operation="withdraw", stan="000007", rrn="7", amount_minor=1)
    (found,) = broken(desk.books())
    assert (found.invariant, found.transaction) == (OWED, "GAB00001, STAN 000007, RRN 7")


def test_the_rows_say_what_each_side_says(desk):
    desk.core.withdraw(20_000, rrn="1")
    desk.issuer.withdraw(10_000, rrn="2")
    desk.dispense({200: 1}, rrn="1")
    (row,) = desk.books().rows()
    assert (row.paid_out_minor, row.ledgers_out_minor) == (
        20_000,
        {"core": 20_000, "issuer": 10_000},
    )
    assert row.moved
    assert not row.equal
    desk.dispense({100: 1}, rrn="2")
    assert desk.books().rows()[0].equal


LEGS = "both legs of a bill stand, or neither"


def pay_with_their_card(desk, first=12_000, second=12_000):
    """A bill that another bank's card paid; each leg as its ledger has it, None when it has not."""
    desk.issuer.account("settlement:504001")
    desk.core.account("settlement:issuer")
    if first:
        desk.issuer.post("bill_payment", first, "customer:1", "settlement:504001", rrn="7")
    if second:
        desk.core.post("bill_authorised", second, "settlement:issuer", "creditor:1001", rrn="7")
    desk.tell("done", operation="pay_bill", stan="000007", rrn="7", amount_minor=12_000)


def test_a_bill_of_two_legs_is_whole_when_both_stand(desk):
    pay_with_their_card(desk)
    assert broken(desk.books()) == []


@pytest.mark.parametrize(("first", "second"), [(12_000, None), (12_000, 11_000)])
def test_a_second_leg_that_is_missing_or_differs_is_noticed(desk, first, second):
    pay_with_their_card(desk, first, second)
    (found,) = broken(desk.books())
    assert found.invariant == LEGS
    assert "120.00 debited by the issuer" in found.found


def test_a_second_leg_alone_is_noticed(desk):
    pay_with_their_card(desk, first=None)
    assert LEGS in invariants(desk)
