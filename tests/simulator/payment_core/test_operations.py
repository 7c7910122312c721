"""Repeats get the stored answer; cancellations hold in whatever order they come."""

import pytest


def test_a_repeat_gets_the_stored_answer_and_moves_nothing(bench):
    body = bench.money(bench.amina, 100_00)
    first = bench.reply("withdrawal", body, "k")
    second = bench.reply("withdrawal", body, "k")
    assert (first.replayed, second.replayed) == (False, True)
    assert second.text == first.text
    assert bench.balance(bench.amina) == 9_900_00


def test_a_refusal_is_repeated_even_when_it_would_be_granted_by_now(bench):
    body = bench.money(bench.brahim, 200_00)
    assert bench.outcome("withdrawal", body, "k") == "insufficient_funds"
    bench.ask("deposit", bench.money(bench.brahim, 500_00))
    assert bench.outcome("withdrawal", body, "k") == "insufficient_funds"


@pytest.mark.parametrize("changes", [{"amount_minor": 1}, {"stan": "000002"}, {"pan": "1"}])
def test_a_key_is_not_for_another_body(bench, changes):
    body = bench.money(bench.amina, 100_00)
    bench.ask("withdrawal", body, "k")
    reply = bench.reply("withdrawal", body | changes, "k")
    assert reply.status == 422
    assert "key_reused" in reply.text
    assert bench.balance(bench.amina) == 9_900_00


def test_a_key_is_not_for_another_operation(bench):
    body = bench.money(bench.amina, 100_00)
    bench.ask("withdrawal", body, "k")
    assert "key_reused" in bench.reply("deposit", body, "k").text


def test_the_order_of_a_body_s_fields_does_not_make_another_body(bench):
    body = bench.money(bench.amina, 100_00)
    bench.ask("withdrawal", body, "k")
    assert bench.reply("withdrawal", dict(reversed(body.items())), "k").replayed


def test_an_enquiry_repeated_gives_the_same_reference(bench):
    answers = [bench.ask("debts", bench.enquiry(), "k") for _ in range(2)]
    assert answers[0] == answers[1]


def test_no_operation_keeps_a_pan(bench):
    bench.ask("withdrawal", bench.money(bench.amina, 100_00))
    bench.ask("withdrawal", bench.money("9504010000000050", 100_00))
    bench.ask("confirmation", bench.confirmation(bench.debts()))
    kept = str(bench.rows("SELECT * FROM operations")) + str(bench.rows("SELECT * FROM postings"))
    assert bench.amina not in kept
    assert "9504010000000050" not in kept
    assert "950401******0050" in kept


@pytest.mark.parametrize("name", ["withdrawal", "deposit"])
def test_a_cancellation_gives_everything_back(bench, name):
    before = bench.balance(bench.amina)
    bench.ask(name, bench.money(bench.amina, 100_00), "k")
    assert bench.cancel("k") == {"outcome": "approved", "returned_minor": 100_00}
    assert bench.balance(bench.amina) == before
    assert bench.status("k")["status"] == "cancelled"


def test_a_second_cancellation_is_approved_and_moves_nothing(bench):
    bench.ask("withdrawal", bench.money(bench.amina, 100_00), "k")
    bench.cancel("k")
    assert bench.cancel("k")["returned_minor"] == 0
    assert bench.balance(bench.amina) == 10_000_00


def test_a_cancellation_repeated_under_its_key_gets_its_answer(bench):
    bench.ask("withdrawal", bench.money(bench.amina, 100_00), "k")
    body = {"cancels": "k", "reason": "68"}
    answers = [bench.ask("cancellation", body, "c") for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["returned_minor"] == 100_00


def test_cancelling_a_refusal_moves_nothing_and_leaves_it_a_refusal(bench):
    bench.ask("withdrawal", bench.money(bench.brahim, 900_00), "k")
    assert bench.cancel("k")["returned_minor"] == 0
    status = bench.status("k")
    assert (status["status"], status["reason"]) == ("declined", "insufficient_funds")


def test_an_operation_that_comes_after_its_cancellation_is_refused(bench):
    assert bench.cancel("k")["outcome"] == "approved"
    assert bench.status("k")["status"] == "cancelled"
    body = bench.money(bench.amina, 100_00)
    assert bench.outcome("withdrawal", body, "k") == "cancelled_before"
    assert bench.outcome("withdrawal", body, "k") == "cancelled_before"
    assert bench.balance(bench.amina) == 10_000_00
    assert bench.rows("SELECT * FROM postings WHERE operation_key = 'k'") == []
    assert bench.status("k")["status"] == "cancelled"


def test_a_bill_whose_cancellation_came_first_stays_owed(bench):
    debts = bench.debts()
    bench.cancel("k")
    assert bench.outcome("confirmation", bench.confirmation(debts), "k") == "cancelled_before"
    assert bench.debts()["total_minor"] == 470_75


def test_a_partly_dispensed_withdrawal_keeps_what_was_dispensed(bench):
    bench.ask("withdrawal", bench.money(bench.amina, 1_000_00), "k")
    assert bench.cancel("k", retained_minor=400_00)["returned_minor"] == 600_00
    assert bench.balance(bench.amina) == 9_600_00
    assert bench.balance("cash:LAB00001") == 400_00
    assert bench.status("k")["retained_minor"] == 400_00


def test_a_withdrawal_of_which_all_is_retained_moves_nothing_back(bench):
    bench.ask("withdrawal", bench.money(bench.amina, 100_00), "k")
    assert bench.cancel("k", retained_minor=100_00)["returned_minor"] == 0
    assert bench.balance("cash:LAB00001") == 100_00


def test_a_partial_cancellation_that_comes_first_leaves_the_same_books(bench):
    bench.cancel("k", retained_minor=400_00)
    body = bench.money(bench.amina, 1_000_00)
    assert bench.outcome("withdrawal", body, "k") == "cancelled_before"
    assert bench.balance(bench.amina) == 9_600_00
    assert bench.balance("cash:LAB00001") == 400_00


def test_a_partial_cancellation_that_comes_first_does_not_grant_what_is_refused(bench):
    bench.cancel("k", retained_minor=400_00)
    body = bench.money(bench.brahim, 1_000_00)
    assert bench.outcome("withdrawal", body, "k") == "insufficient_funds"
    assert bench.balance("cash:LAB00001") == 0


@pytest.mark.parametrize(
    ("name", "retained_minor"), [("withdrawal", 100_01), ("deposit", 1), ("deposit", 100_00)]
)
def test_no_more_can_be_retained_than_was_withdrawn(bench, name, retained_minor):
    bench.ask(name, bench.money(bench.amina, 100_00), "k")
    answer = bench.cancel("k", retained_minor=retained_minor)
    assert answer["reason"] == "invalid_amount"
    assert bench.status("k")["status"] == "approved"


def test_a_deposit_that_was_spent_can_be_cancelled_below_the_floor(bench):
    bench.ask("deposit", bench.money(bench.brahim, 500_00), "k")
    bench.ask("withdrawal", bench.money(bench.brahim, 600_00))
    assert bench.cancel("k")["outcome"] == "approved"
    assert bench.balance(bench.brahim) == -450_00
    assert bench.outcome("withdrawal", bench.money(bench.brahim, 1)) == "insufficient_funds"


def test_a_cancellation_cannot_be_cancelled(bench):
    bench.ask("cancellation", {"cancels": "k", "reason": "68"}, "c")
    assert bench.cancel("c")["reason"] == "unknown_operation"


def test_an_enquiry_can_be_cancelled_and_nothing_moves(bench):
    debts = bench.ask("debts", bench.enquiry(), "k")
    assert bench.cancel("k")["returned_minor"] == 0
    assert bench.outcome("confirmation", bench.confirmation(debts)) == "approved"


def test_an_operation_never_heard_of_is_unknown(bench):
    assert bench.status("k") == {"key": "k", "status": "unknown"}
