"""Steps at a GAB: what customers and supervisors do there, and how."""

import pytest

from simulator.scenario import Verdict
from switch.settings import SettingsError

PHONE = 'phone: "0612345678"'


def passes(result):
    told = [str(each) for step in result.steps for each in step.mismatches]
    told += [step.problem for step in result.steps if step.problem]
    assert result.verdict is Verdict.PASSED, (
        told,
        result.problem,
        result.mismatches,
        result.broken,
    )


def test_a_mobile_is_topped_up(played):
    passes(
        played(
            '- top_up: {at: gab, card: customer, form: {number: "0612345678", amount: "50"}}\n'
            "  expect: {outcome: approved, amount: 50.00, settlement_reference: {exists: true}}\n"
            "expect: {accounts: {customer: 9950.00}}\n"
        )
    )


def test_cash_is_sent_and_collected_elsewhere_without_a_card(played):
    passes(
        played(
            f"- send_cash: {{at: gab, card: customer, {PHONE}, amount: 300.00}}\n"
            '  expect: {outcome: approved, reference: {matches: "3[0-9]{11}"}}\n'
            f"- collect: {{at: GAB00002, {PHONE}, amount: 300.00}}\n"
            "  expect: {outcome: approved, notes: {200: 1, 100: 1}}\n"
            f"- collect: {{at: GAB00002, {PHONE}, amount: 300.00}}\n"
            '  expect: {outcome: declined, response_code: "94"}\n'
            "expect: {accounts: {customer: 9700.00}, dispensed: {GAB00002: 300.00}}\n"
        )
    )


def test_a_code_that_nobody_sent_cannot_be_typed(played):
    result = played(f"- collect: {{at: gab, {PHONE}, amount: 300.00}}\n")
    assert result.steps[0].problem == "nobody sent a code to 0612345678"


def test_a_wrong_code_collects_nothing(played):
    passes(
        played(
            f"- send_cash: {{at: gab, card: customer, {PHONE}, amount: 300.00}}\n"
            f'- collect: {{at: gab, {PHONE}, amount: 300.00, code: "00000000"}}\n'
            '  expect: {outcome: declined, response_code: "25", notes: {}}\n'
        )
    )


def test_everything_behind_a_payment_code_is_paid_at_once(played):
    passes(
        played(
            '- pay_code: {at: gab, card: customer, code: "700000000001"}\n'
            "  expect: {outcome: approved, amount: 209.50}\n"
            '- pay_code: {at: gab, card: customer, code: "700000000001"}\n'
            '  expect: {outcome: declined, response_code: "94"}\n'
            "expect: {accounts: {customer: 9790.50}}\n"
        )
    )


def test_a_supervisor_counts_and_replenishes(played):
    passes(
        played(
            "- count_cash: {at: gab, found: {1: 498, 4: 503}}\n"
            "  expect: {outcome: approved, missing: 340.00, too_much: 0}\n"
            "- replenish: {at: gab, cassettes: {1: 10}}\n"
            "  expect: {outcome: approved}\n"
            "- replenish: {at: gab, cassettes: {6: 10}}\n"
            "  expect: {outcome: declined, words: there is no cassette 6}\n"
        )
    )


def test_a_gab_is_closed_and_opened(played):
    withdraw = "- withdraw: {at: gab, card: customer, amount: 200.00}\n"
    passes(
        played(
            "- take_out_of_service: {at: gab, reason: cleaning}\n"
            f'{withdraw}  expect: {{outcome: declined, words: "out of service: cleaning"}}\n'
            f"- put_in_service: {{at: gab}}\n{withdraw}  expect: {{outcome: approved}}\n"
        )
    )


@pytest.mark.parametrize(
    ("language", "text"), [("fr", "Retrait"), ("ar", "سحب"), ("en", "Withdrawal")]
)
def test_a_receipt_is_in_the_customers_language(played, language, text):
    step = f"withdraw: {{at: gab, card: customer, amount: 200.00, language: {language}}}"
    passes(played(f'- {step}\n  expect: {{outcome: approved, receipt: ["{text}", "GAB00001"]}}\n'))


@pytest.mark.parametrize(
    ("how", "outcome", "left"),
    [
        ("cancels_at: confirm", "declined", 10000),
        ("leaves_at: amount", "declined", 10000),
        ("leaves_at: presented", "declined", 10000),
        ("leaves_at: card_first", "declined", 10000),
        ("takes_offer: true", "approved", 9980),
    ],
)
def test_a_customer_behaves_as_the_scenario_says(played, how, outcome, left):
    amount = "30.00" if "offer" in how else "200.00"
    passes(
        played(
            f"- withdraw: {{at: gab, card: customer, amount: {amount}, {how}}}\n"
            f"  expect: {{outcome: {outcome}}}\n"
            f"expect: {{accounts: {{customer: {left}.00}}}}\n"
        )
    )


def test_a_code_is_paid_by_card_at_a_gab(played):
    with pytest.raises(SettingsError, match="say which with 'card'"):
        played('- pay_code: {at: gab, code: "700000000001"}\n')


def test_a_state_that_does_not_exist_is_told_with_its_place(played):
    with pytest.raises(SettingsError, match="'waitin'"):
        played("- balance: {at: gab, card: customer, leaves_at: waitin}\n")
