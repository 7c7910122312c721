"""A receipt says what happened, in the customer's language, on the paper there is."""

import doctest
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.gab import arabic, mix, receipt, states
from simulator.gab.choices import (
    Bill,
    CodePayment,
    CollectCash,
    Deposit,
    Enquiry,
    KnownBill,
    PinChange,
    SendCash,
    Transfer,
    Withdrawal,
)
from simulator.gab.customer import Scripted
from simulator.gab.texts import LABELS, LANGUAGES, OPERATIONS, OUTCOMES, REASONS
from simulator.terminal.result import OperationResult, Outcome
from switch.link import answer_to

NOON = datetime(2026, 11, 24, 12, 0, 5, tzinfo=UTC)
PAID = OperationResult(
    "withdraw",
    "GAB00001",
    "approved",
    response_code="00",
    amount_minor=37_000,
    stan="000002",
    rrn="632812000002",
    card="950402******0018",
    approval_code="123456",
    notes={20: 1, 200: 1, 100: 1, 50: 1},
)


def test_a_receipt_in_french():
    assert receipt.receipt(PAID, "fr", NOON) == (
        "Guichet automatique GAB00001",
        "24/11/2026 13:00:05",
        "Carte : 950402******0018",
        "Retrait",
        "Montant : 370,00 MAD",
        "Billets : 1 x 200, 1 x 100, 1 x 50, 1 x",
        "20",
        "Opération effectuée",
        "Autorisation : 123456",
        "Opération no : 000002 632812000002",
    )


def test_a_receipt_in_arabic_is_in_logical_order():
    lines = receipt.receipt(PAID, "ar", NOON)
    assert lines[4] == "المبلغ : 370,00 MAD"
    assert lines[3][0] == "س"


def test_a_refusal_gives_its_reason():
    refused = OperationResult("withdraw", "GAB00001", "declined", response_code="51")
    assert receipt.receipt(refused, "en", NOON)[-2:] == ("Not done", "Insufficient funds")
    unknown = OperationResult("withdraw", "GAB00001", "declined", response_code="N7")
    assert receipt.receipt(unknown, "fr", NOON)[-1] == "DE39 N7"


def test_a_balance_may_be_negative():
    balance = OperationResult("balance", "GAB00001", "approved", available_minor=-123_450)
    assert "Solde disponible : -1 234,50 MAD" in receipt.receipt(balance, "fr", NOON)


@given(st.sampled_from(LANGUAGES), st.text(max_size=300), st.integers(0, 10**12))
def test_no_line_is_wider_than_the_paper(language, line, amount_minor):
    told = OperationResult(
        "mini_statement", "GAB00001", "approved", lines=(line,), ledger_minor=amount_minor
    )
    assert all(len(each) <= receipt.WIDTH for each in receipt.receipt(told, language, NOON))


def test_every_word_is_there_in_every_language():
    for words in (LABELS, OPERATIONS, OUTCOMES, REASONS):
        assert all(set(each) == set(LANGUAGES) for each in words.values())
    assert set(OUTCOMES) == set(get_args(Outcome))


def test_every_choice_has_a_name_on_paper():
    choices = [
        *(Withdrawal(1), Enquiry("balance"), Enquiry("mini_statement"), Transfer("1", "2", 1)),
        *(Deposit({20: 1}), Bill("1001", "01", {}), KnownBill("1001", "01", PAID)),
        Bill("1002", "02", {}, pay=True, operation="top_up"),
        *(CodePayment("7"), SendCash(1, "06"), CollectCash(1, "06", "1"), PinChange()),
    ]
    assert {choice.operation for choice in choices} == set(OPERATIONS)


def test_arabic_is_joined_and_turned_for_a_device_that_cannot():
    drawn = arabic.visual("المبلغ : 370,00 MAD")
    # Read from the right: the word, whose letters are presentation forms, the number, the letters.
    assert drawn.startswith("MAD 370,00 : ")
    assert all("\ufb50" <= letter <= "\ufeff" for letter in drawn.split(" : ")[1])


def test_a_customer_gets_a_receipt_and_a_report_keeps_no_card_number(at):
    gab = at.start()
    result = at.do(gab.withdraw, at.card, 20_000)
    assert "Carte : 950402******0018" in result.receipt
    assert at.card.pan not in " ".join(result.receipt)


def test_the_receipt_of_a_captured_card_says_so(at):
    gab = at.start()
    at.host.script = lambda m: answer_to(m, "04")
    (result,) = at.do(gab.visit, Scripted(at.card, [Enquiry("balance")], language="en"))
    assert "Card kept" in result.receipt


@pytest.mark.parametrize("shapes", [True, False])
def test_a_gab_gives_its_devices_the_arabic_they_can_draw(at, shapes):
    gab = at.start(language="ar", shapes_arabic=shapes)
    said = []
    gab.on_state(lambda state: said.append(gab.screen))
    result = at.do(gab.balance, at.card)
    assert ("الرصيد" in result.receipt) is shapes
    assert ("أدخلوا رقمكم السري" in said) is shapes


@pytest.mark.parametrize("module", [arabic, mix, receipt, states])
def test_examples_hold(module):
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0
