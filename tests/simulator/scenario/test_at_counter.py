"""Steps at a counter, in front of a real switch and core: till, accounts and books agree."""

import pytest

from switch.settings import SettingsError
from tests.simulator.scenario.test_at_gab import passes

PHONE = 'phone: "0612345678"'
BILL = 'creditor: "1001", kind: "01", form: {contract: "00123456"}'


def test_cash_comes_in_and_goes_out_of_accounts(played):
    passes(
        played(
            "- cash_in: {at: counter, account: brahim, amount: 350.00, tendered: {200: 2}}\n"
            "  expect: {outcome: approved, amount: 350.00, notes: {200: 2}}\n"
            "- cash_out: {at: counter, account: customer, amount: 500.00}\n"
            "  expect: {outcome: approved, notes: {200: 2, 100: 1}}\n"
            "- cash_out: {at: counter, account: brahim, amount: 500.01}\n"
            "  expect: {outcome: declined}\n"
            "- cash_out: {at: counter, account: brahim, amount: 600.00}\n"
            '  expect: {outcome: declined, response_code: "51"}\n'
            "expect: {accounts: {brahim: 500.00, customer: 9500.00},"
            " taken_in: {counter: 350.00}, dispensed: {counter: 500.00}}\n"
        )
    )


def test_a_bill_is_paid_from_an_account(played):
    passes(
        played(
            f"- pay_bill: {{at: counter, {BILL}, account: customer}}\n"
            "  expect: {outcome: approved, amount: 470.75, settlement_reference: {exists: true}}\n"
            "expect: {accounts: {customer: 9529.25}, taken_in: {counter: 0}}\n"
        )
    )


def test_several_creditors_are_paid_in_one_visit(played):
    passes(
        played(
            f'- pay_bills: {{at: counter, bills: [{{{BILL}}}, {{code: "700000000001"}}],'
            " tendered: {200: 4}}\n"
            "  expect: {outcome: approved, amount: 680.25, lines: 2}\n"
            "expect: {taken_in: {counter: 680.25}}\n"
        )
    )


def test_cash_is_remitted_and_collected_at_a_gab(played):
    passes(
        played(
            f"- remit: {{at: counter, {PHONE}, amount: 300.00}}\n"
            '  expect: {outcome: approved, reference: {matches: "3[0-9]{11}"}}\n'
            f"- collect: {{at: gab, {PHONE}, amount: 300.00}}\n"
            "  expect: {outcome: approved}\n"
            "- cancel: {at: counter}\n"
            '  expect: {outcome: declined, response_code: "94"}\n'
            "expect: {taken_in: {counter: 300.00}, dispensed: {gab: 300.00}}\n"
        )
    )


def test_what_is_collected_at_a_counter_comes_out_of_its_till(played):
    passes(
        played(
            f"- send_cash: {{at: gab, card: customer, {PHONE}, amount: 300.00}}\n"
            f"- collect: {{at: counter, {PHONE}, amount: 300.00}}\n"
            "  expect: {outcome: approved, notes: {200: 1, 100: 1}}\n"
            "expect: {accounts: {customer: 9700.00}, dispensed: {counter: 300.00}}\n"
        )
    )


@pytest.mark.parametrize(
    "step",
    [
        "cash_in: {at: counter, account: customer, amount: 200.00}",
        "cash_out: {at: counter, account: customer, amount: 200.00}",
        f"pay_bill: {{at: counter, {BILL}}}",
        f"pay_bill: {{at: counter, {BILL}, account: customer}}",
        'pay_code: {at: counter, code: "700000000001"}',
        f"remit: {{at: counter, {PHONE}, amount: 300.00}}",
    ],
)
def test_whatever_was_done_today_can_be_cancelled(played, step):
    passes(
        played(
            f"- {step}\n  expect: {{outcome: approved}}\n"
            "- cancel: {at: counter}\n  expect: {outcome: approved}\n"
            "- close_batch: {at: counter}\n"
            "  expect: {outcome: approved, amount: 14442.50, missing: 0, too_much: 0}\n"
            "expect: {accounts: {customer: 10000.00}}\n"
        )
    )


def test_a_tellers_day(played):
    passes(
        played(
            "- sign_off: {at: counter}\n"
            "- sign_on: {at: counter, teller: T02}\n  expect: {outcome: approved, receipt: []}\n"
            "- cash_in: {at: counter, account: customer, amount: 200.00}\n"
            "  expect: {outcome: declined, words: T02 has no till open}\n"
            "- open_till: {at: counter, pieces: {200: 5, 20: 10}}\n"
            "  expect: {outcome: approved, amount: 1200.00}\n"
            "- move_cash: {at: counter, to: till, pieces: {100: 3}}\n"
            "- cash_out: {at: counter, account: customer, amount: 640.00}\n"
            "- move_cash: {at: counter, to: vault, pieces: {20: 1}}\n"
            "- close_batch: {at: counter, counted: {200: 2, 100: 3, 20: 6}}\n"
            "  expect: {outcome: declined, missing: 20.00, receipt: ['Manquant : 20.00']}\n"
            "- close_batch: {at: counter, counted: {200: 2, 100: 3, 20: 6}, forced_by: T09}\n"
            "  expect: {outcome: approved, missing: 20.00}\n"
            "expect: {accounts: {customer: 9360.00}, dispensed: {counter: 640.00}}\n"
        )
    )


def test_a_lost_answer_is_in_doubt_on_paper_and_explained_at_the_next_sign_on(played):
    passes(
        played(
            "- faults: [{on: counter, inject: black_hole}]\n"
            "- cash_in: {at: counter, account: customer, amount: 200.00}\n"
            "  expect: {outcome: in_doubt, receipt: [EN DOUTE, 'Consigné : 1 x 200.00']}\n"
            "- heal: counter\n"
            "- eventually: {within: 60s, reversals: {counter: {owed: 0}}}\n"
            "- sign_on: {at: counter, teller: T01}\n"
            "  expect: {receipt: [Reçu de régularisation, n'a pas eu lieu]}\n"
            "expect: {accounts: {customer: 10000.00}, taken_in: {counter: 0}}\n"
        )
    )


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("remit: {at: gab, phone: '0612345678', amount: 1}", "a GAB has no 'remit'"),
        ("withdraw: {at: counter, card: customer, amount: 1}", "a counter has no 'withdraw'"),
        ("cash_in: {at: counter, account: nobody, amount: 1}", "unknown card 'nobody'"),
        (f"pay_bill: {{at: gab, card: customer, {BILL}, account: customer}}", "the card pays"),
        (
            f"pay_bill: {{at: counter, {BILL}, account: customer, tendered: {{200: 1}}}}",
            "cash is tendered too",
        ),
        ("pay_bills: {at: counter, bills: [{creditor: '1001'}]}", "or is paid by its code"),
        ("move_cash: {at: counter, to: street, pieces: {200: 1}}", "to"),
    ],
)
def test_what_cannot_be_done_is_told_with_its_place(played, step, message):
    with pytest.raises(SettingsError, match=message):
        played(f"- {step}\n")
