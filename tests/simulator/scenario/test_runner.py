"""Scenarios run in virtual time: verdicts, faults, limits, and what is closed at the end."""

import pytest
from twisted.internet.defer import CancelledError

from simulator.network.network import Network
from simulator.scenario.results import Verdict
from simulator.virtual import open_world
from switch.link import AddressTakenError

WITHDRAW = "- withdraw: {at: gab, card: customer, amount: 200.00}\n"


def statuses(result):
    return [step.status.value for step in result.steps]


def test_a_scenario_that_holds_passes_with_its_books(played):
    result = played(
        WITHDRAW + '  expect: {outcome: approved, response_code: "00", notes: {200: 1}}\n'
        "expect: {accounts: {customer: 9800.00}, dispensed: {gab: 200.00}}\n"
    )
    assert result.verdict is Verdict.PASSED
    (row,) = [row for row in result.books.rows() if row.moved]
    assert (row.paid_out_minor, row.ledgers_out_minor["core"], row.equal) == (20_000, 20_000, True)


def test_a_failed_expectation_says_what_was_expected_and_found(played):
    result = played(WITHDRAW + "  expect: {outcome: declined, notes: {100: 2}}\n")
    assert result.verdict is Verdict.FAILED
    said = [str(mismatch) for mismatch in result.steps[0].mismatches]
    assert said == [
        "outcome: expected declined, found approved",
        "notes: expected 2 x 100, found 1 x 200",
    ]


def test_a_failed_expectation_stops_neither_the_steps_nor_the_books(played):
    result = played(
        WITHDRAW
        + "  expect: {outcome: declined}\n"
        + WITHDRAW
        + "expect: {accounts: {customer: 1}}\n"
    )
    assert statuses(result) == ["failed", "passed"]
    assert [str(each) for each in result.mismatches] == [
        "account of customer: expected 1.00, found 9600.00"
    ]
    assert result.books is not None
    assert not result.broken


def test_a_step_that_breaks_ends_the_steps_and_not_the_judgement(played):
    result = played(
        "- faults: [{on: issuer, inject: down}]\n"
        "- faults: [{on: issuer, inject: silent}]\n" + WITHDRAW
    )
    assert statuses(result) == ["passed", "broken", "skipped"]
    assert result.steps[1].problem == "the issuer is down: it cannot be silent"
    assert result.verdict is Verdict.FAILED
    assert result.books is not None


def test_a_scenario_has_a_time_limit_by_its_own_clock(played):
    result = played("- think: 1h\n" + WITHDRAW, head="time_limit: 20s\n")
    assert statuses(result) == ["broken", "skipped"]
    assert result.steps[0].problem == "it was not over at the time limit of the scenario, 20s"
    assert 20 <= result.elapsed_s < 60


def test_an_operation_that_outlasts_the_time_limit_is_the_last(played):
    result = played(
        "- faults: [{on: gab, inject: black_hole}]\n" + WITHDRAW + WITHDRAW, head="time_limit: 5s\n"
    )
    assert statuses(result) == ["passed", "broken", "skipped"]
    assert result.verdict is Verdict.FAILED
    assert result.books.terminals["GAB00001"].acknowledged == 1


def test_thinking_takes_its_time(played):
    result = played("- think: 90s\n")
    assert result.steps[0].elapsed_s == pytest.approx(90)


def test_a_slow_issuer_is_waited_for(played):
    result = played(
        "- faults: [{on: issuer, inject: slow, delay: 3s}]\n"
        "- withdraw: {at: gab, card: visitor, amount: 100.00}\n"
        "  expect: {outcome: approved, within: 4s}\n"
    )
    assert result.verdict is Verdict.PASSED
    assert result.steps[1].result.elapsed_s > 3


def test_a_fault_ends_by_itself_at_its_time(played):
    result = played(
        "- faults: [{on: issuer, inject: silent, for: 2s}]\n"
        "- think: 3s\n"
        "- withdraw: {at: gab, card: visitor, amount: 100.00}\n"
        "  expect: {outcome: approved}\n"
    )
    assert result.verdict is Verdict.PASSED


def test_a_fault_begins_at_its_time(played):
    result = played(
        "- withdraw: {at: gab, card: visitor, amount: 100.00}\n"
        "  expect: {outcome: approved}\n"
        "- think: 3s\n"
        "- withdraw: {at: gab, card: visitor, amount: 100.00}\n"
        '  expect: {outcome: declined, response_code: "91"}\n',
        head="faults: [{at: 2s, on: issuer, inject: down}]\n",
    )
    assert result.verdict is Verdict.PASSED


def test_one_fault_can_come_twice(played):
    refused = '  expect: {outcome: declined, response_code: "91"}\n'
    visit = "- withdraw: {at: gab, card: visitor, amount: 100.00}\n"
    result = played(
        f"- think: 1s\n{visit}{refused}- think: 10s\n{visit}  expect: {{outcome: approved}}\n"
        f"- think: 25s\n{visit}{refused}",
        head="faults: [{on: issuer, inject: silent, for: 8s},"
        " {at: 30s, for: 15s, on: issuer, inject: silent}]\n",
    )
    assert result.verdict is Verdict.PASSED, result


def test_healing_keeps_a_fault_from_beginning(played):
    result = played(
        "- heal: issuer\n- think: 5s\n"
        "- withdraw: {at: gab, card: visitor, amount: 100.00}\n"
        "  expect: {outcome: approved}\n",
        head="faults: [{at: 3s, on: issuer, inject: silent}]\n",
    )
    assert result.verdict is Verdict.PASSED


def test_a_fault_that_cannot_begin_at_once_fails_the_scenario(played):
    faults = "faults: [{on: issuer, inject: down}, {on: issuer, inject: silent}]\n"
    result = played(WITHDRAW, head=faults)
    assert result.verdict is Verdict.FAILED
    assert result.problem == "the issuer is down: it cannot be silent"
    assert statuses(result) == ["skipped"]


def test_a_fault_that_cannot_begin_in_its_time_fails_the_scenario(played):
    result = played(
        "- faults: [{on: issuer, inject: down}, {at: 1s, on: issuer, inject: silent}]\n"
        "- think: 2s\n"
    )
    assert result.verdict is Verdict.FAILED
    assert result.problem == "the fault silent on issuer: the issuer is down: it cannot be silent"


@pytest.mark.parametrize("party", ["core", "issuer", "switch"])
def test_whatever_is_down_is_back_after_healing(played, party):
    result = played(
        f"- faults: [{{on: {party}, inject: down}}]\n"
        "- withdraw: {at: gab, card: customer, amount: 100.00}\n"
        f"- heal: {party}\n"
        "- withdraw: {at: gab, card: customer, amount: 100.00}\n"
        "  expect: {outcome: approved}\n"
        "- withdraw: {at: gab, card: visitor, amount: 100.00}\n"
        "  expect: {outcome: approved}\n"
    )
    assert result.verdict is Verdict.PASSED, result


def test_faults_left_at_the_end_are_undone_before_the_books_are_judged(played):
    result = played(
        "- faults: [{on: issuer, inject: silent}]\n"
        "- withdraw: {at: gab, card: visitor, amount: 100.00}\n"
        "  expect: {outcome: declined}\n"
        "expect: {accounts: {visitor: 5000.00}, reversals: {switch: {owed: 0, acknowledged: 1}}}\n"
    )
    assert result.verdict is Verdict.PASSED


def test_eventually_says_what_did_not_come_in_time(played):
    result = played("- eventually: {within: 2s, accounts: {customer: {lt: 1.00}}}\n")
    (step,) = result.steps
    assert str(step.mismatches[0]) == (
        "account of customer: expected less than 1.00, found 10000.00"
    )
    assert step.elapsed_s >= 2


def test_a_bill_is_paid_without_an_enquiry_of_its_own(played):
    bill = 'creditor: "1001", kind: "01", form: {contract: "00123457"}'
    result = played(
        f"- pay_bill: {{at: gab, card: customer, {bill}}}\n"
        "  expect: {outcome: approved, amount: 89.40}\n"
        "expect: {accounts: {customer: 9910.60}}\n"
    )
    assert result.verdict is Verdict.PASSED


def test_a_bill_that_cannot_be_enquired_about_is_not_paid(played):
    bill = 'creditor: "1001", kind: "01", form: {contract: "00123457"}'
    result = played(
        "- faults: [{on: core, inject: down}]\n"
        f"- pay_bill: {{at: counter, {bill}}}\n"
        '  expect: {outcome: declined, response_code: "91", notes: {}}\n'
        "expect: {taken_in: {counter: 0}}\n"
    )
    assert result.verdict is Verdict.PASSED
    assert result.steps[1].result.operation == "pay_bill"


def test_every_other_operation_of_a_gab_is_done(played):
    result = played(
        "- deposit: {at: gab, card: customer, notes: {200: 2, 50: 1}}\n"
        "  expect: {outcome: approved, amount: 450.00, notes: {200: 2, 50: 1}}\n"
        "- transfer: {at: gab, card: customer, to: brahim, amount: 1000.00}\n"
        "  expect: {outcome: approved}\n"
        "- mini_statement: {at: gab, card: customer}\n"
        "  expect: {outcome: approved, lines: {gte: 2}}\n"
        "expect: {accounts: {customer: 9450.00, brahim: 1150.00}, taken_in: {gab: 450.00}}\n"
    )
    assert result.verdict is Verdict.PASSED, result


def test_an_interruption_closes_everything(played):
    asked = []

    def interrupted():
        asked.append(None)
        return len(asked) > 1

    with pytest.raises(CancelledError):
        played("- think: 1s\n- think: 1s\n", interrupted=interrupted)
    assert open_world() is None


def test_each_scenario_begins_from_fresh_books(played):
    steps = WITHDRAW + "expect: {accounts: {customer: 9800.00}}\n"
    assert [played(steps).verdict, played(steps).verdict] == [Verdict.PASSED] * 2


def test_a_network_that_does_not_start_is_unreachable(played, monkeypatch):
    async def refuse(self):
        raise AddressTakenError("cannot listen on 127.0.0.1:8583: Address already in use")

    monkeypatch.setattr(Network, "start", refuse)
    result = played(WITHDRAW)
    assert result.verdict is Verdict.UNREACHABLE
    assert "Address already in use" in result.problem
    assert result.steps == ()
