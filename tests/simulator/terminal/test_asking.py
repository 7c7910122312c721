"""Numbers, identities and cards as they stand in a request."""

from datetime import UTC, datetime

import pytest

from simulator.terminal.asking import Ask
from simulator.terminal.card import Card
from simulator.terminal.identity import COUNTER, Identity
from simulator.terminal.numbers import STAN_MAX, StanCounter, retrieval_reference
from simulator.terminal.reading import additional_amounts

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_trace_numbers_wrap_past_zero():
    counter = StanCounter(STAN_MAX - 1)
    assert [counter.next() for _ in range(3)] == ["999999", "000001", "000002"]


def test_a_retrieval_reference_has_twelve_digits_all_year():
    last_night = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    assert retrieval_reference(last_night, "999999") == "636523999999"


def test_a_card_shows_six_and_four_digits():
    assert repr(Card("9504020000000018", "3112")) == "Card(950402******0018, 3112)"


def test_local_time_is_casablancas_in_ramadan_too():
    ask = Ask("balance", "0100", "310000")
    identity = Identity.of("AGC00001", "AGENCE000000001", "504001")
    ramadan = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    winter = ask.message(identity, COUNTER, NOON, "000001")
    fasting = ask.message(identity, COUNTER, ramadan, "000001")
    assert (winter["12"], winter["13"], winter["7"]) == ("130000", "1124", "1124120000")
    assert (fasting["12"], fasting["13"], fasting["7"]) == ("233000", "0301", "0301233000")


def test_short_identifications_fill_their_elements():
    identity = Identity.of("A1", "SHOP", "504001")
    message = Ask("balance", "0100", "310000").message(identity, COUNTER, NOON, "000001")
    assert (message["41"], message["42"]) == ("A1      ", "SHOP           ")


@pytest.mark.parametrize(
    "wrong",
    [
        ("", "A", "504001"),
        ("GAB000001", "A", "1"),
        ("G", "", "1"),
        ("G", "A", "bank"),
        ("G", "A", "1" * 12),
    ],
)
def test_what_does_not_fit_its_element_is_refused(wrong):
    with pytest.raises(ValueError, match="does not fit"):
        Identity.of(*wrong)


def test_a_card_without_expiry_sends_none():
    identity = Identity.of("A1", "SHOP", "504001")
    ask = Ask("balance", "0100", "310000", card=Card("9504020000000018"))
    assert "14" not in ask.message(identity, COUNTER, NOON, "000001")


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("", {}),
        ("0002504C000000015000", {"02": 15_000}),
        ("0001504C00000001500x", {}),
        ("0001504C0000000150", {}),
    ],
)
def test_additional_amounts_that_cannot_be_read_are_left_out(text, amounts):
    assert additional_amounts(text) == amounts
