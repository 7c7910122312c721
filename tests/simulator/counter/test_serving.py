"""What tellers do for customers: cash and the account move together, and paper says so."""

import pytest

from simulator.counter.visit import BillToPay, CodeToPay
from switch.link import answer_to
from tests.simulator.counter.conftest import PHONE, RIB, TILL

BILL = BillToPay("1001", "01", {"contract": "00123456"}, ("A1",))


def test_cash_comes_in_on_an_account(at, counter):
    result = at.do(counter.cash_in, RIB, 30_000, {20_000: 2})
    asked = at.host.received[0]
    assert (asked["3"], asked["103"], asked["4"], "2" in asked) == (
        *("210000", RIB, "000000030000"),
        False,
    )
    assert (result.outcome, counter.till.taken_minor) == ("approved", 30_000)
    assert counter.till.pieces == {**TILL, 20_000: 7, 10_000: 4}
    assert "Change : 1 x 100.00" in result.receipt


def test_cash_goes_out_of_an_account(at, counter):
    result = at.do(counter.cash_out, RIB, 35_000)
    asked = at.host.received[0]
    assert (asked["3"], asked["102"]) == ("010000", RIB)
    assert (result.outcome, result.notes) == ("approved", {200: 1, 100: 1, 50: 1})
    assert counter.till.taken_minor == -35_000
    assert "Paid out : 1 x 200.00, 1 x 100.00, 1 x 50.00" in result.receipt


def test_what_the_till_cannot_pay_never_leaves(at, counter):
    assert "no change for 5000.00" in at.do(counter.cash_out, RIB, 500_000).words
    assert at.host.received == []


def test_a_refusal_moves_no_cash_and_says_why(at, counter):
    at.code = "51"
    for operation, label in ((counter.cash_out, ""), (counter.cash_in, "Returned : ")):
        result = at.do(operation, RIB, 20_000)
        assert (result.outcome, counter.till.pieces) == ("declined", TILL)
        assert {"Not done", "insufficient funds"} <= set(result.receipt)
        assert any(line.startswith(label) for line in result.receipt)


def test_a_bill_is_paid_from_an_account(at, counter):
    result = at.do(counter.pay_bill_from_account, RIB, at.owed(), ["A1"])
    asked = at.host.received[-1]
    assert (result.outcome, result.settlement_reference) == ("approved", "S1")
    assert (asked["102"], asked["4"]) == (RIB, "000000035050")
    assert (counter.till.pieces, at.last("done")["operation"]) == (TILL, "pay_bill")


@pytest.mark.parametrize("account", ["", RIB])
def test_a_payment_code_is_paid_in_cash_or_from_an_account(at, counter, account):
    result = at.do(counter.pay_code, "700000000001", account=account)
    assert (result.operation, result.outcome, result.amount_minor) == (
        *("pay_code", "approved"),
        47_050,
    )
    assert at.host.received[-1]["48"] == {"07": "700000000001"}
    assert counter.till.taken_minor == (0 if account else 47_050)


def test_cash_is_sent_to_a_phone(at, counter):
    result = at.do(counter.send_cash, PHONE, 15_000, {20_000: 1})
    assert (result.outcome, result.reference) == ("approved", "300000000001")
    assert at.host.received[0]["48"] == {"11": PHONE}
    assert "Reference : 300000000001" in result.receipt
    assert counter.till.taken_minor == 15_000


def test_what_a_phone_was_sent_is_paid_out_for_its_code(at, counter):
    result = at.do(counter.collect, PHONE, "87654321", 15_000)
    assert (result.outcome, counter.till.taken_minor) == ("approved", -15_000)
    assert at.host.received[0]["48"] == {"11": PHONE, "12": "87654321"}
    kept = [path.read_text() for path in at.scene.folder.rglob("*") if path.is_file()]
    assert not any("87654321" in text for text in kept)


class TestVisit:
    def test_several_creditors_are_paid_with_one_purse_and_a_receipt_each(self, at, counter):
        visited = at.do(counter.visit, [BILL, CodeToPay("700000000001")], {20_000: 5})
        assert [each.outcome for each in visited.results] == ["approved"] * 2
        assert all(each.receipt for each in visited.results)
        paid_minor = 35_050 + 47_050
        assert counter.till.taken_minor == paid_minor
        assert sum(piece * count for piece, count in visited.left.items()) == 100_000 - paid_minor
        whole = visited.whole
        assert (whole.outcome, whole.amount_minor) == ("approved", paid_minor)

    def test_one_that_is_refused_leaves_the_purse_for_the_next(self, at, counter):
        codes = iter(["94", "00"])
        at.host.script = lambda m: (
            answer_to(m, code)
            if m["3"] == "500000" and (code := next(codes)) != "00"
            else at.answer(m)
        )
        visited = at.do(counter.visit, [BILL, BILL], {20_000: 3})
        assert [each.outcome for each in visited.results] == ["declined", "approved"]
        assert counter.till.taken_minor == 35_050
        assert visited.whole.outcome == "declined"

    def test_one_in_doubt_keeps_the_purse_apart(self, at, counter):
        at.host.script = lambda m: None if m["3"] == "500000" else at.answer(m)
        visited = at.do(counter.visit, [BILL, BILL], {20_000: 3})
        assert [each.outcome for each in visited.results] == ["in_doubt", "declined"]
        assert "0.00 was given" in visited.results[1].words
        assert (visited.left, visited.whole.outcome) == ({}, "in_doubt")

    def test_too_little_cash_for_all_pays_what_it_can(self, at, counter):
        visited = at.do(counter.visit, [BILL, BILL], {20_000: 2})
        assert [each.outcome for each in visited.results] == ["approved", "declined"]

    def test_an_account_pays_all(self, at, counter):
        visited = at.do(counter.visit, [BILL, BILL], account=RIB)
        assert [each.outcome for each in visited.results] == ["approved"] * 2
        assert counter.till.pieces == TILL


class TestLostAnswers:
    def test_the_receipt_says_in_doubt_and_what_is_kept(self, at, counter):
        result = at.silently(counter.cash_in, RIB, 20_000)
        assert result.outcome == "in_doubt"
        assert "IN DOUBT: no answer came, it is being cancelled" in result.receipt
        assert "Kept apart : 1 x 200.00" in result.receipt
        assert counter.till.pieces == TILL

    def test_a_lost_answer_is_asked_for_again_where_the_settings_say_so(self, at):
        counter = at.start(repeats=1)
        script = iter([None, "again"])
        at.host.script = lambda m: at.answer(m) if next(script) else None
        result = at.do(counter.cash_in, RIB, 20_000)
        first, again = at.host.received
        assert (result.outcome, first.mti, again.mti) == ("approved", "0200", "0201")
        assert {k: v for k, v in first.items() if k != "t"} == {
            k: v for k, v in again.items() if k != "t"
        }
        assert at.last("repeat")["rrn"] == result.rrn
        assert counter.till.taken_minor == 20_000

    def test_when_repeats_are_not_answered_either_it_is_reversed(self, at):
        counter = at.start(repeats=2)
        at.host.script = at.host.only("4", at.host.ignore)
        result = at.do(counter.cash_out, RIB, 20_000)
        at.quiet()
        assert (result.outcome, at.host.types) == ("in_doubt", ["0200", "0201", "0201", "0420"])
        assert counter.till.pieces == TILL

    def test_a_repeat_waits_for_the_line(self, at):
        counter = at.start(repeats=1)
        at.host.script = at.host.ignore
        waiting = at.scene.begin(counter.cash_in, RIB, 20_000)
        at.world.advance(1)
        at.host.script = at.answer
        at.host.hang_up()
        assert at.world.run_until(waiting, 60).outcome == "approved"
        assert at.host.types == ["0200", "0201"]

    def test_the_next_sign_on_prints_what_became_of_it(self, at, counter):
        at.silently(counter.cash_in, RIB, 20_000)
        at.quiet()
        receipt = at.do(counter.sign_on, "T01").receipt
        assert receipt[0] == "Recovery receipt"
        assert "It did not take place: it is cancelled" in receipt
        assert "Returned : 1 x 200.00" in receipt
        assert at.do(counter.sign_on, "T01").receipt == ()

    def test_while_it_is_owed_the_recovery_receipt_says_so_each_time(self, at, counter):
        at.host.script = at.host.ignore
        at.do(counter.cash_in, RIB, 20_000)
        for _ in range(2):
            assert "The cancellation is not confirmed yet" in at.do(counter.sign_on, "T01").receipt

    def test_what_a_power_cut_left_unfinished_is_explained_too(self, at, counter):
        at.host.script = at.host.ignore
        at.scene.begin(counter.cash_in, RIB, 20_000)
        at.world.advance(1)
        at.scene.kill()
        at.host.script = at.answer
        counter = at.start()
        assert "It did not take place: it is cancelled" in at.do(counter.sign_on, "T01").receipt
        assert counter.till.pieces == TILL


@pytest.mark.parametrize("moment_s", [n * 0.0005 for n in range(24)])
def test_cash_that_the_journal_says_was_paid_out_stands_after_a_power_cut(at, counter, moment_s):
    at.scene.begin(counter.cash_out, RIB, 30_000)
    at.world.advance(moment_s)
    at.scene.kill()
    counter = at.start()
    at.quiet()
    paid_out = "paid_out" in at.scene.event_names()
    asked = "0200" in at.host.types
    assert ("0420" in at.host.types) is (asked and not paid_out)
    assert counter.till.taken_minor == (-30_000 if paid_out else 0)
