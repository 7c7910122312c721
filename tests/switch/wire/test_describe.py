from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.wire import describe, load_dialect, one_line
from switch.wire.codes import amount_words
from switch.wire.describe import meaning, rows

GAB87 = load_dialect("gab87")
PAN = "9504010000000019"
ANSWER: dict[str, Any] = {
    "t": "0210",
    "49": "504",
    "2": PAN,
    "3": "310000",
    "4": "000000035075",
    "11": "000001",
    "35": f"{PAN}=2512101",
    "39": "51",
    "48": {"01": "1001", "77": "x"},
    "54": "1001504C0000010000001002504D000000900000",
}


def test_a_message_is_one_element_a_line_with_its_meaning() -> None:
    lines = [" ".join(line.split()) for line in describe(ANSWER, GAB87).splitlines()]
    assert lines == [
        "0210 financial answer (gab87)",
        "2 Primary account number (PAN) 950401******0019",
        "3 Processing code 310000 balance",
        "1 transaction 31 balance",
        "2 from account 00 default account",
        "3 to account 00 default account",
        "4 Amount, transaction 000000035075 350.75 MAD",
        "11 Systems trace audit number (STAN) 000001",
        "35 Track 2 data (track not shown)",
        "39 Response code 51 insufficient funds",
        "48 Bill data",
        "01 creditor 1001",
        "77 unknown tag x",
        "49 Currency code, transaction 504 MAD",
        "54 Additional amounts 1001504C0000010000001002504D000000900000",
        "1 [0] account type 10 savings account",
        "2 [0] amount type 01 ledger balance",
        "3 [0] currency 504 MAD",
        "4 [0] sign C credit",
        "5 [0] amount 000001000000 10,000.00 MAD",
        "1 [1] account type 10 savings account",
        "2 [1] amount type 02 available balance",
        "3 [1] currency 504 MAD",
        "4 [1] sign D debit",
        "5 [1] amount 000000900000 9,000.00 MAD",
    ]


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
        ("5", "000000000100", "100 minor units"),
        ("4", "12X", ""),
        ("11", "000001", ""),
    ],
)
def test_a_code_is_said_in_words_or_not_at_all(key: str, value: str, words: str) -> None:
    assert meaning(key, value, {"49": "504"}) == words


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


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ({"t": "0800", "70": "301", "11": "000009"}, "0800 echo STAN 000009"),
        (
            {"t": "0210", "3": "010000", "2": PAN, "39": "00", "41": "GAB1    "},
            "0210 withdrawal card 950401******0019 GAB1 answer 00 approved",
        ),
        ({"t": "0210", "39": "Z9"}, "0210 answer Z9"),
        ({"t": "0200", "41": f"\x1b[31m{PAN}\n"}, "0200 \\x1b[31m950401******0019"),
        ({}, "????"),
    ],
)
def test_one_line_says_what_matters_and_no_more(message: dict[str, Any], line: str) -> None:
    assert one_line(message) == line


def test_values_that_are_no_messages_are_escaped_and_masked() -> None:
    text = describe({"t": "\x1b", "43": f"\x07{PAN}", "99x": PAN, "48": [PAN, {"a": PAN}]}, GAB87)
    assert text.replace("\n", "").isprintable()
    assert PAN not in text


@given(st.dictionaries(st.sampled_from(["t", *GAB87.fields]), st.text(max_size=45)))
def test_whatever_could_be_read_can_be_described(message: dict[str, Any]) -> None:
    assert describe(message, GAB87).isascii()
    assert one_line(message).isascii()
    assert len(list(rows(message, GAB87))) >= len(message) - 1
