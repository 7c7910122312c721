"""Cards are checked, and money moves between a customer and a terminal or another customer."""

from datetime import UTC, datetime

import pytest

from simulator.payment_core.cards import expired


def test_a_withdrawal_moves_money_from_the_customer_to_the_terminal(bench):
    answer = bench.ask("withdrawal", bench.money(bench.amina, 200_00))
    assert answer == {
        "outcome": "approved",
        "approval_code": "000001",
        "account": bench.ribs[bench.amina],
        "currency": "504",
        "ledger_minor": 9_800_00,
        "available_minor": 9_800_00,
    }
    assert bench.balance("cash:LAB00001") == 200_00


def test_a_deposit_moves_money_from_the_terminal_to_the_customer(bench):
    assert bench.outcome("deposit", bench.money(bench.brahim, 50_00)) == "approved"
    assert bench.balance(bench.brahim) == 200_00
    assert bench.balance("cash:LAB00001") == -50_00


def test_a_transfer_moves_money_between_two_customers(bench):
    answer = bench.ask("transfer", bench.transfer(bench.amina, bench.driss, 1_000_00))
    assert answer["ledger_minor"] == 9_000_00
    assert bench.balance(bench.driss) == 4_000_00


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"pan": "9504010000000050"}, "unknown_card"),
        ({"pan": "9504010000000035"}, "lost_card"),
        ({"pan": "9504010000000043"}, "expired_card"),
        ({"expiry": "2401"}, "expired_card"),
        ({"account": "999780000000000000100209"}, "account_not_of_card"),
        ({"amount_minor": 0}, "invalid_amount"),
        ({"currency": "978"}, "currency_not_supported"),
        ({"amount_minor": 10_000_01}, "insufficient_funds"),
    ],
)
def test_a_withdrawal_is_refused_with_its_reason_and_moves_nothing(bench, changes, reason):
    before = bench.books()
    assert bench.outcome("withdrawal", bench.money(bench.amina, 100) | changes) == reason
    assert bench.books() == before


@pytest.mark.parametrize("name", ["withdrawal", "deposit", "transfer", "balance", "statement"])
def test_every_operation_checks_the_card(bench, name):
    body = {
        "withdrawal": bench.money(bench.chaimae, 100),
        "deposit": bench.money(bench.chaimae, 100),
        "transfer": bench.transfer(bench.chaimae, bench.amina, 100),
    }.get(name, {"pan": bench.chaimae})
    assert bench.outcome(name, body) == "lost_card"


@pytest.mark.parametrize(
    ("status", "reason"), [("stolen", "stolen_card"), ("blocked", "blocked_card")]
)
def test_a_card_that_was_stopped_is_refused(bench, status, reason):
    bench.turn(
        lambda turn: turn.connection.exec_driver_sql(f"UPDATE cards SET status = '{status}'")
    )
    assert bench.outcome("balance", {"pan": bench.amina}) == reason


@pytest.mark.parametrize(
    ("sender", "receiver", "reason"),
    [
        ("999780000000000000100209", "999780000000000000100306", "account_not_of_card"),
        ("999780000000000000100112", "999780000000000000100112", "same_account"),
        ("999780000000000000100112", "011519000001205000534921", "unknown_account"),
        ("999780000000000000100112", "what?", "unknown_account"),
    ],
)
def test_a_transfer_needs_the_card_s_account_and_another_of_the_bank(
    bench, sender, receiver, reason
):
    body = bench.transfer(bench.amina, receiver, 100, from_account=sender)
    assert bench.outcome("transfer", body) == reason


def test_the_expiry_of_a_renewed_card_is_accepted(bench):
    assert bench.outcome("withdrawal", bench.money(bench.amina, 100, expiry="5001")) == "approved"


def test_the_right_expiry_is_accepted(bench):
    assert bench.outcome("withdrawal", bench.money(bench.amina, 100, expiry="4912")) == "approved"


@pytest.mark.parametrize(
    ("instant", "over"),
    [
        (datetime(2026, 2, 28, 23, 59, tzinfo=UTC), False),  # UTC+0 in Ramadan
        (datetime(2026, 3, 1, 0, 0, tzinfo=UTC), True),
        (datetime(2025, 1, 1, tzinfo=UTC), False),
    ],
)
def test_a_card_is_valid_through_the_last_day_of_its_month_in_morocco(instant, over):
    assert expired("2602", instant) is over


def test_a_balance_posts_nothing(bench):
    assert bench.ask("balance", {"pan": bench.brahim})["available_minor"] == 150_00
    assert bench.rows("SELECT * FROM operations") == []


def test_a_statement_shows_the_last_ten_movements_newest_first(bench):
    for number in range(9):
        bench.ask("withdrawal", bench.money(bench.amina, 100 + number))
    bench.ask("deposit", bench.money(bench.amina, 500), "d")
    bench.cancel("d")
    bench.ask("withdrawal", bench.money(bench.brahim, 100))
    answer = bench.ask("statement", {"pan": bench.amina})
    assert [(line["text"], line["amount_minor"]) for line in answer["lines"][:3]] == [
        ("REVERSAL", -500),
        ("DEPOSIT LAB00001", 500),
        ("WITHDRAWAL LAB00001", -108),
    ]
    assert len(answer["lines"]) == 10
    assert answer["lines"][0]["date"] == "2026-11-24"
    assert answer["ledger_minor"] == 10_000_00 - 936


def test_approval_codes_are_six_digits_and_begin_again(bench):
    bench.ask("withdrawal", bench.money(bench.amina, 100))
    bench.turn(
        lambda turn: turn.connection.exec_driver_sql(
            "UPDATE counters SET value = 999998 WHERE name = 'approval'"
        )
    )
    codes = [
        bench.ask("withdrawal", bench.money(bench.amina, 100))["approval_code"] for _ in range(2)
    ]
    assert codes == ["999999", "000001"]


@pytest.mark.parametrize(("direction", "out_minor"), [("short", 500), ("over", -500)])
def test_a_difference_of_a_till_is_posted_against_its_cash(bench, direction, out_minor):
    body = {**bench.origin, "direction": direction, "amount_minor": 500, "currency": "504"}
    assert bench.outcome("till_difference", body) == "approved"
    assert bench.balance("cash:LAB00001") == out_minor
    assert bench.balance("differences") == -out_minor


@pytest.mark.parametrize("operation", ["withdrawal", "deposit"])
def test_an_account_may_be_named_instead_of_a_card(bench, operation):
    body = {**bench.origin, "amount_minor": 500, "currency": "504"}
    named = {**body, "account": bench.ribs[bench.amina]}
    assert bench.outcome(operation, named) == "approved"
    assert bench.balance(bench.amina) == 1_000_000 + (500 if operation == "deposit" else -500)
    assert bench.outcome(operation, {**body, "account": "9" * 24}) == "unknown_account"
