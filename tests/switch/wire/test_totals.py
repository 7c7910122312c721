"""The totals of a reconciliation: what counts where, and that they travel and come back equal."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.wire import Codec, Message, load_dialect
from switch.wire.totals import ELEMENTS, Totals, count_one, read_totals

NUMBERS = {
    each.name: st.integers(0, 10**15 if each.name.endswith("_minor") else 10**9)
    for each in fields(Totals)
}
TOTALS = st.fixed_dictionaries(NUMBERS).map(lambda given: Totals(**given))


@pytest.mark.parametrize(
    ("mti", "processing", "counted"),
    [
        ("0200", "010000", {"debits": 1, "debits_minor": 200}),
        ("0200", "000000", {"debits": 1, "debits_minor": 200}),
        ("0200", "500000", {"debits": 1, "debits_minor": 200}),
        ("0220", "010000", {"debits": 1, "debits_minor": 200}),
        ("0200", "210000", {"credits": 1, "credits_minor": 200}),
        ("0200", "200000", {"credits": 1, "credits_minor": 200}),
        ("0200", "400000", {"transfers": 1}),
        ("0100", "310000", {"enquiries": 1}),
        ("0100", "000000", {"authorisations": 1}),
    ],
)
def test_each_kind_counts_in_its_class(mti: str, processing: str, counted: dict[str, int]) -> None:
    assert count_one(mti, processing, 200) == Totals(**counted)


def test_what_was_reversed_counts_in_its_class_and_among_its_reversals() -> None:
    assert count_one("0200", "010000", 200, reversed_minor=150) == Totals(
        debits=1, debit_reversals=1, debits_minor=200, debit_reversals_minor=150
    )
    assert count_one("0200", "210000", 200, reversed_minor=200).net_minor == 0
    assert count_one("0200", "400000", 200, reversed_minor=200).transfer_reversals == 1


@pytest.mark.parametrize(
    ("totals", "net"),
    [
        (Totals(debits_minor=500, debit_reversals_minor=200), "D0000000000000300"),
        (Totals(credits_minor=500, credit_reversals_minor=200), "C0000000000000300"),
        (Totals(debits_minor=500, credits_minor=500), "C0000000000000000"),
    ],
)
def test_the_net_amount_says_by_its_sign_who_owes(totals: Totals, net: str) -> None:
    assert totals.elements()["97"] == net


@given(totals=TOTALS, dialect=st.sampled_from(["gab87", "iso87-binary", "iso87-ebcdic"]))
def test_totals_travel_in_every_dialect(totals: Totals, dialect: str) -> None:
    codec = Codec(load_dialect(dialect))
    message = Message({"t": "0500", "7": "1124230006", "11": "000001", "15": "1124"})
    message.update(totals.elements())
    assert read_totals(codec.decode(codec.encode(message))) == totals


@given(first=TOTALS, second=TOTALS)
def test_differences_are_those_elements_that_are_not_equal(first: Totals, second: Totals) -> None:
    found = first.differences(second)
    assert {ELEMENTS[element] for element in found} == {
        each.name
        for each in fields(Totals)
        if getattr(first, each.name) != getattr(second, each.name)
    }


@given(one=TOTALS, number=st.integers(1, 50))
def test_many_of_a_kind_are_counted_at_once(one: Totals, number: int) -> None:
    summed = one.times(number)
    assert summed.debits == one.debits * number
    assert summed.debits_minor == one.debits_minor


def whole(**changes: Any) -> dict[str, Any]:
    elements: dict[str, Any] = {**Totals(debits=1, debits_minor=200).elements(), **changes}
    return {name: value for name, value in elements.items() if value is not None}


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (whole(**{"76": None}), "without DE76"),
        (whole(**{"88": "00000000000002x0"}), "DE88 is no number"),
        (whole(**{"97": "D0000000000000100"}), "DE97 says D100, its parts make 200"),
        (whole(**{"97": "C0000000000000200"}), "DE97 says C200"),
    ],
)
def test_totals_that_cannot_be_are_refused(message: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_totals(message)


def test_a_message_without_totals_has_none() -> None:
    assert read_totals(Message({"t": "0510", "66": "1"})) is None
