from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.wire.codes import amount_words
from switch.wire.codes_1993 import action_words
from switch.wire.meanings import meaning, part_meaning, signed_words


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("3", "401020", "transfer, from savings account to current account"),
        ("3", "990000", ""),
        ("7", "1124103601", "24/11 10:36:01 UTC"),
        ("12", "113601", "11:36:01 local"),
        ("13", "1124", "24/11"),
        ("14", "2712", "12/27 (month/year)"),
        ("18", "6011", "cash at a GAB"),
        ("22", "051", "chip, can take a PIN"),
        ("22", "801", "magnetic stripe, fallback from chip, can take a PIN"),
        ("25", "02", "unattended terminal"),
        ("28", "C00000600", "credit of 6.00 MAD"),
        ("39", "91", "issuer or switch inoperative"),
        ("39", "ZZ", ""),
        ("66", "2", "out of balance"),
        ("70", "301", "echo"),
        ("73", "261124", "24/11/2026"),
        ("97", "D0000000000010000", "debit of 10,000 minor units"),
        ("5", "000000000100", "100 minor units"),
        ("4", "12X", ""),
        ("28", "", ""),
        ("11", "000001", ""),
    ],
)
def test_a_code_is_said_in_words_or_not_at_all(key: str, value: str, words: str) -> None:
    assert meaning(key, value, {"t": "0200", "49": "504"}) == words


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("4", "000000020000", "200.00 MAD"),
        ("12", "261124113601", "24/11/2026 11:36:01 local"),
        ("13", "2401", "01/24 (month/year)"),
        ("15", "261124", "24/11/2026"),
        ("24", "400", "full reversal, not completed as approved"),
        ("24", "831", "echo"),
        ("25", "4017", "no cash dispensed"),
        ("26", "6011", "cash at a GAB"),
        ("39", "000", "approved"),
        ("39", "907", "issuer or switch inoperative"),
        ("39", "198", "declined"),
        ("22", "510101511340", ""),
        ("49", "504", "MAD"),
    ],
)
def test_a_message_of_1993_has_the_meanings_of_1993(key: str, value: str, words: str) -> None:
    assert meaning(key, value, {"t": "1210", "49": "504"}) == words


@pytest.mark.parametrize("code", ["", "51", "1X1", "3000", "٣00"])
def test_what_is_no_action_code_has_no_words(code: str) -> None:
    assert action_words(code) == ""


@pytest.mark.parametrize(
    ("digits", "currency", "words"),
    [
        ("0", "504", "0.00 MAD"),
        ("5", "504", "0.05 MAD"),
        ("000000035075", "392", "35,075 JPY"),
        ("000000035075", "788", "35.075 TND"),
        ("999999999999", "504", "9,999,999,999.99 MAD"),
        ("100", "", "100 minor units"),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency(digits: str, currency: str, words: str) -> None:
    assert amount_words(digits, currency) == words


@pytest.mark.parametrize("value", ["", "C", "X00000600", "C0000060X"])
def test_what_is_no_fee_has_no_words(value: str) -> None:
    assert signed_words(value, "504") == ""


@given(
    st.sampled_from(["3", "4", "22", "28", "39", "54", "90", "95"]),
    st.text(max_size=20),
    st.sampled_from(["0200", "1200", "", "\x1b"]),
)
def test_any_value_has_words_or_none(key: str, value: str, mti: str) -> None:
    message: dict[str, Any] = {"t": mti, "49": value}
    assert isinstance(meaning(key, value, message), str)
    names = ("transaction", "amount", "actual fee", "original DE7", "original acquirer", "sign")
    for name in names:
        assert isinstance(part_meaning(key, name, {name: value, "currency": value}, message), str)
