"""Each request becomes one call of the core: its path, its body, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from switch.bridge.calls import Authorised, UnfitError, call_for
from switch.wire import Message

ORIGIN = {
    "terminal_id": "LAB00001",
    "acceptor_id": "AGENCE000000001",
    "stan": "000001",
    "rrn": "632810000001",
}
CARD = {"pan": "9504010000000019"}
MONEY = {"amount_minor": 20000, "currency": "504"}
RIB, OTHER = "999780000000000000100112", "999780000000000000100209"
BILL = {"01": "1001", "02": "01", "03": "contract=00123456"}
PAYMENT = {
    "01": "1001",
    "02": "01",
    "04": "000000000017",
    "05": "A1=35075|A2=12000",
    "08": "zone=F%C3%A8s|x=",
}
PAID = {
    **ORIGIN,
    "reference": "000000000017",
    "creditor": "1001",
    "kind": "01",
    "articles": [{"id": "A1", "price_minor": 35075}, {"id": "A2", "price_minor": 12000}],
    "parameters": {"zone": "Fès", "x": ""},
    "total_minor": 47075,
    "currency": "504",
    "channel": "agency",
}

Make = Callable[..., Message]

CALLS: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "withdrawal": ({}, "/v1/withdrawals", {**ORIGIN, **CARD, **MONEY}),
    "withdrawal with an expiry date": (
        {"de14": "2912"},
        "/v1/withdrawals",
        {**ORIGIN, **CARD, **MONEY, "expiry": "2912"},
    ),
    "withdrawal by track only": (
        {"de2": None, "de35": "9504010000000019=29121010000"},
        "/v1/withdrawals",
        {**ORIGIN, **CARD, **MONEY},
    ),
    "withdrawal by track with a D": (
        {"de2": None, "de35": "9504010000000019D29121010000"},
        "/v1/withdrawals",
        {**ORIGIN, **CARD, **MONEY},
    ),
    "withdrawal without DE37, 42 and 49": (
        {"de37": None, "de42": None, "de49": None},
        "/v1/withdrawals",
        {"terminal_id": "LAB00001", "stan": "000001", "rrn": "000001", **CARD, **MONEY},
    ),
    "deposit": ({"processing": "210000"}, "/v1/deposits", {**ORIGIN, **CARD, **MONEY}),
    "deposit to an account": (
        {"processing": "210000", "de103": RIB},
        "/v1/deposits",
        {**ORIGIN, **CARD, **MONEY, "account": RIB},
    ),
    "transfer": (
        {"processing": "400000", "de102": RIB, "de103": OTHER},
        "/v1/transfers",
        {**ORIGIN, **CARD, **MONEY, "from_account": RIB, "to_account": OTHER},
    ),
    "balance": (
        {"mti": "0100", "processing": "310000", "de4": None},
        "/v1/balances",
        {**ORIGIN, **CARD},
    ),
    "balance of an account": (
        {"mti": "0100", "processing": "310000", "de102": RIB},
        "/v1/balances",
        {**ORIGIN, **CARD, "account": RIB},
    ),
    "mini statement": (
        {"mti": "0100", "processing": "380000"},
        "/v1/statements",
        {**ORIGIN, **CARD},
    ),
    "bill enquiry": (
        {"mti": "0100", "processing": "300000", "de2": None, "de48": BILL},
        "/v1/debts",
        {
            **ORIGIN,
            "creditor": "1001",
            "kind": "01",
            "form": {"contract": "00123456"},
            "channel": "agency",
        },
    ),
    "bill by card": (
        {"processing": "500000", "de4": "000000047075", "de48": PAYMENT},
        "/v1/confirmations",
        {**PAID, **CARD, "means": "card"},
    ),
    "bill in cash": (
        {"processing": "500000", "de4": "000000047075", "de48": PAYMENT, "de2": None},
        "/v1/confirmations",
        {**PAID, "means": "cash"},
    ),
    "bill from an account": (
        {
            "processing": "500000",
            "de4": "000000047075",
            "de48": PAYMENT,
            "de2": None,
            "de102": RIB,
        },
        "/v1/confirmations",
        {**PAID, "means": "account", "account": RIB},
    ),
    "withdrawal from an account": (
        {"de2": None, "de102": RIB},
        "/v1/withdrawals",
        {**ORIGIN, **MONEY, "account": RIB},
    ),
    "deposit in cash to an account": (
        {"processing": "210000", "de2": None, "de103": RIB},
        "/v1/deposits",
        {**ORIGIN, **MONEY, "account": RIB},
    ),
    "enquiry by payment code": (
        {"mti": "0100", "processing": "300000", "de2": None, "de48": {"07": "700000000001"}},
        "/v1/payment-codes/debts",
        {**ORIGIN, "payment_code": "700000000001", "channel": "agency"},
    ),
    "payment by payment code": (
        {"processing": "500000", "de2": None, "de48": {"07": "700000000001"}},
        "/v1/payment-codes/confirmations",
        {
            **ORIGIN,
            "payment_code": "700000000001",
            "total_minor": 20000,
            "currency": "504",
            "means": "cash",
            "channel": "agency",
        },
    ),
    "remittance in cash": (
        {"processing": "900000", "de2": None, "de48": {"11": "0612345678"}},
        "/v1/remittances",
        {**ORIGIN, **MONEY, "phone": "0612345678"},
    ),
    "remittance by card": (
        {"processing": "900000", "de48": {"11": "0612345678"}},
        "/v1/remittances",
        {**ORIGIN, **CARD, **MONEY, "phone": "0612345678"},
    ),
    "collection": (
        {"processing": "910000", "de2": None, "de48": {"11": "0612345678", "12": "12345678"}},
        "/v1/collections",
        {**ORIGIN, **MONEY, "code": "12345678", "phone": "0612345678"},
    ),
    "collection by the sender": (
        {"processing": "910000", "de2": None, "de48": {"04": "300000000001"}},
        "/v1/collections",
        {**ORIGIN, **MONEY, "reference": "300000000001"},
    ),
    "till short": (
        {"processing": "020000", "de2": None},
        "/v1/till-differences",
        {**ORIGIN, **MONEY, "direction": "short"},
    ),
    "till over": (
        {"processing": "220000", "de2": None},
        "/v1/till-differences",
        {**ORIGIN, **MONEY, "direction": "over"},
    ),
    "reversal": (
        {"mti": "0420", "de39": "68"},
        "/v1/cancellations",
        {**ORIGIN, "cancels": "k1", "retained_minor": 0, "reason": "68"},
    ),
    "partial reversal, repeated": (
        {"mti": "0421", "de39": "32", "de95": "000000010000" + "0" * 30},
        "/v1/cancellations",
        {**ORIGIN, "cancels": "k1", "retained_minor": 10000, "reason": "32"},
    ),
}


@pytest.mark.parametrize("what", CALLS)
def test_a_request_becomes_a_call(what: str, message: Make) -> None:
    elements, path, body = CALLS[what]
    call = call_for(message(**elements), "k1", channel="agency", currency="504")
    assert (call.path, call.body) == (path, body)


UNFIT: dict[str, tuple[dict[str, Any], str, str]] = {
    "purchase": ({"processing": "000000"}, "57", "does not offer"),
    "transfer without DE103": ({"processing": "400000", "de102": RIB}, "30", "DE102 and DE103"),
    "enquiry without DE48": ({"mti": "0100", "processing": "300000"}, "30", "DE48"),
    "enquiry with a flat DE48": (
        {"mti": "0100", "processing": "300000", "de48": "no tags"},
        "30",
        "no tags",
    ),
    "enquiry without a creditor": (
        {"mti": "0100", "processing": "300000", "de48": {"02": "01", "03": "a=1"}},
        "30",
        r"DE48\.01 is absent",
    ),
    "collection without a phone": (
        {"processing": "910000", "de2": None, "de48": {"12": "12345678"}},
        "30",
        r"DE48\.11 is absent",
    ),
    "form values that are no pairs": (
        {"mti": "0100", "processing": "300000", "de48": {**BILL, "03": "00123456"}},
        "30",
        r"48\.03",
    ),
    "articles without an amount": (
        {"processing": "500000", "de48": {**PAYMENT, "05": "A1=x"}},
        "30",
        r"48\.05",
    ),
    "payment without a reference": (
        {"processing": "500000", "de48": {"01": "1001", "02": "01", "05": "A1=1"}},
        "30",
        r"DE48\.04 is absent",
    ),
    "parameters escaped in another way": (
        {"processing": "500000", "de48": {**PAYMENT, "08": "zone=F%c3%a8s"}},
        "30",
        r"48\.08",
    ),
}


@pytest.mark.parametrize("what", UNFIT)
def test_what_the_core_cannot_be_asked_is_refused_here(what: str, message: Make) -> None:
    elements, code, reason = UNFIT[what]
    with pytest.raises(UnfitError, match=reason) as refused:
        call_for(message(**elements), "k1", channel="agency", currency="504")
    assert refused.value.code == code


def test_a_call_never_shows_the_card(message: Make) -> None:
    call = call_for(message(), "k1", channel="agency", currency="504")
    assert "9504010000000019" not in repr(call)


def test_a_bill_that_another_bank_authorised_names_it_and_no_card(message: Make) -> None:
    request = message("0200", "500000", de2=None, de48=dict(PAYMENT))
    call = call_for(
        request, "k1", channel="gab", currency="504", authorised=Authorised("issuer", "A12345")
    )
    assert call.path == "/v1/confirmations"
    assert {name: call.body.get(name) for name in ("means", "authorised_by", "authorisation")} == {
        "means": "authorised",
        "authorised_by": "issuer",
        "authorisation": "A12345",
    }
    assert "pan" not in call.body


def test_nothing_but_a_bill_is_confirmed_for_another_bank(message: Make) -> None:
    with pytest.raises(UnfitError) as refused:
        call_for(
            message(), "k1", channel="gab", currency="504", authorised=Authorised("issuer", "")
        )
    assert refused.value.code == "57"
