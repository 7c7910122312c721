"""What the core answers becomes elements, exactly, or is no answer at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.payment_core.refusals import REASONS
from switch.bridge.answers import AMOUNT_MINOR_MAX, DE48_BYTES_MAX, answer_from, balances
from switch.bridge.reasons import RESPONSE_CODES
from switch.wire import Codec, Message, load_dialect
from switch.wire.bill_data import unpack_articles, unpack_lines, unpack_pairs

Make = Callable[..., Message]

BALANCE = {"outcome": "approved", "currency": "504", "ledger_minor": 5, "available_minor": -5}
ARTICLE = {"id": "A1", "description": "Eau", "date": "2026-10-01", "kind": "bill"}
DEBTS = {
    "outcome": "approved",
    "reference": "000000000017",
    "currency": "504",
    "total_minor": 47075,
    "articles": [{**ARTICLE, "price_minor": 35075}, {**ARTICLE, "id": "A2", "price_minor": 12000}],
    "parameters": {"zone": "Fès"},
    "message": "À payer",
}
CODEC = Codec(load_dialect("gab87"))


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_of_the_core_has_a_response_code(reason: str, message: Make) -> None:
    answer = answer_from(message(), {"outcome": "declined", "reason": reason})
    assert (answer.mti, answer.text(39)) == ("0210", RESPONSE_CODES[reason])
    assert answer.text(39) != "00"


def test_no_code_is_kept_for_a_reason_that_the_core_never_gives() -> None:
    assert set(RESPONSE_CODES) == set(REASONS)


def test_an_unknown_reason_is_do_not_honour(message: Make) -> None:
    assert answer_from(message(), {"outcome": "declined", "reason": "moon"}).text(39) == "05"


def test_an_approval_echoes_the_request_and_gives_the_code(message: Make) -> None:
    answer = answer_from(message(), {"outcome": "approved", "approval_code": "A12345"})
    assert answer == {
        **{k: v for k, v in message().items() if k != "t"},
        "t": "0210",
        "38": "A12345",
        "39": "00",
    }


def test_a_balance_is_ledger_and_available_with_their_signs(message: Make) -> None:
    answer = answer_from(message("0100", "312000"), BALANCE)
    assert answer.text(54) == "2001504C000000000005" + "2002504D000000000005"


def test_a_bill_gives_reference_articles_parameters_words_and_the_total(message: Make) -> None:
    answer = answer_from(message("0100", "300000", de2=None, de49=None), DEBTS)
    assert (answer.text(4), answer.text(49)) == ("000000047075", "504")
    assert answer.part(48, "04") == "000000000017"
    assert unpack_articles(answer.part(48, "05")) == [("A1", 35075), ("A2", 12000)]
    assert unpack_pairs(answer.part(48, "08")) == {"zone": "Fès"}
    assert answer.part(48, "09") == "%C3%80 payer"
    assert CODEC.decode(CODEC.encode(answer)) == answer


def test_a_bill_that_owes_nothing_has_a_total_of_zero_and_no_articles(message: Make) -> None:
    owed = {"outcome": "approved", "total_minor": 0, "articles": [], "message": "rien"}
    answer = answer_from(message("0100", "300000", de4=None), owed)
    assert (answer.text(39), answer.text(4), answer["48"]) == ("00", "0" * 12, {"09": "rien"})


def test_a_payment_gives_its_settlement_reference(message: Make) -> None:
    paid = {"outcome": "approved", "settlement_reference": "S-99", "approval_code": "000001"}
    assert answer_from(message("0200", "500000"), paid)["48"] == {"06": "S-99"}


def test_a_cancellation_is_answered_with_its_own_type(message: Make) -> None:
    assert answer_from(message("0421"), {"outcome": "approved"}).mti == "0430"


@pytest.mark.parametrize("count", [0, 1, 500])
def test_a_statement_holds_the_newest_lines_that_fit(count: int, message: Make) -> None:
    lines = [
        {"date": "2026-11-24", "text": f"dépôt {n:03}", "amount_minor": (-1) ** n * (n * 100 + 5)}
        for n in range(count)
    ]
    answer = answer_from(message("0100", "380000"), {**BALANCE, "lines": lines})
    shown = unpack_lines(answer.part(48, "10"))
    expected = [f"2026-11-24 dépôt {n:03} {'-+'[n % 2 == 0]}{n}.05" for n in range(count)]
    assert shown == (expected[: len(shown)] or ["no movement"])
    assert len(CODEC.encode(answer)) < 2 * DE48_BYTES_MAX


@given(
    st.integers(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX),
    st.integers(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX),
)
def test_balances_are_two_entries_of_twenty(ledger_minor: int, available_minor: int) -> None:
    text = balances("00", "504", ledger_minor, available_minor)
    entries = [text[:20], text[20:]]
    assert [entry[:7] for entry in entries] == ["0001504", "0002504"]
    signs = {"C": 1, "D": -1}
    amounts = [signs[entry[7]] * int(entry[8:]) for entry in entries]
    assert amounts == [ledger_minor, available_minor]


BALANCE_REQUEST = {"mti": "0100", "processing": "310000"}
BILL_REQUEST = {"mti": "0100", "processing": "300000"}
WRONG: dict[str, tuple[dict[str, Any], Any]] = {
    "no outcome": ({}, {}),
    "a list": ({}, []),
    "another outcome": ({}, {"outcome": "pending", "reason": "lost_card"}),
    "declined without a reason": ({}, {"outcome": "declined"}),
    "an approval code that DE38 cannot carry": (
        {},
        {"outcome": "approved", "approval_code": "LONGER7"},
    ),
    "a balance that is missing": (
        BALANCE_REQUEST,
        {"outcome": "approved", "currency": "504", "ledger_minor": 1},
    ),
    "a balance with a fraction": (BALANCE_REQUEST, {**BALANCE, "ledger_minor": 10.5}),
    "a balance as text": (BALANCE_REQUEST, {**BALANCE, "ledger_minor": "10"}),
    "a balance that is true": (BALANCE_REQUEST, {**BALANCE, "ledger_minor": True}),
    "a balance of 13 digits": (BALANCE_REQUEST, {**BALANCE, "ledger_minor": 10**12}),
    "a total of nothing": (BILL_REQUEST, {**DEBTS, "total_minor": None}),
    "a negative total": (BILL_REQUEST, {**DEBTS, "total_minor": -1}),
    "an article without a price": (BILL_REQUEST, {**DEBTS, "articles": [ARTICLE]}),
    "more articles than DE48 holds": (
        BILL_REQUEST,
        {**DEBTS, "articles": [{**ARTICLE, "id": f"A{n}", "price_minor": n} for n in range(200)]},
    ),
    "parameters that are no object": (BILL_REQUEST, {**DEBTS, "parameters": "zone"}),
    "a payment without a reference": ({"processing": "500000"}, {"outcome": "approved"}),
    "a reference that is not printable": (
        {"processing": "500000"},
        {"outcome": "approved", "settlement_reference": "S\x1b"},
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_an_answer_that_is_not_as_described_is_an_error(what: str, message: Make) -> None:
    elements, answer = WRONG[what]
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        answer_from(message(**elements), answer)


def test_a_remittance_is_answered_with_its_reference(message: Make) -> None:
    sent = {"outcome": "approved", "approval_code": "000001", "reference": "300000000001"}
    assert answer_from(message("0200", "900000"), sent)["48"] == {"04": "300000000001"}
