from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.wire import Dialect, describe, load_dialect, one_line
from switch.wire.describe import rows

GAB87, BINARY = load_dialect("gab87"), load_dialect("iso87-binary")
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
        "5 [1] amount 000000900000 -9,000.00 MAD",
    ]


def squeezed(message: dict[str, Any], dialect: Dialect = GAB87) -> list[str]:
    return [" ".join(line.split()) for line in describe(message, dialect).splitlines()]


def test_the_original_of_a_reversal_is_told_by_its_parts() -> None:
    original = "0200" + "000123" + "1124103601" + "00000504001" + "00000000000"
    replaced = "000000010000" + "000000000000" + "C00000600" + "D00000000"
    lines = squeezed({"t": "0420", "49": "504", "90": original, "95": replaced})
    assert "1 original MTI 0200 financial request" in lines
    assert "2 original STAN 000123" in lines
    assert "3 original DE7 1124103601 24/11 10:36:01 UTC" in lines
    assert "4 original acquirer 00000504001 504001" in lines
    assert "5 original forwarder 00000000000 none" in lines
    assert "1 actual amount 000000010000 100.00 MAD" in lines
    assert "3 actual fee C00000600 credit of 6.00 MAD" in lines


def test_chip_data_is_told_tag_by_tag_and_never_with_its_secrets() -> None:
    chip = "9F0206000000020000" + "5F2A020504" + "5A089504010000000019" + "9F270180"
    chip += "570F9504010000000019D2512101000000" + "710686040000ABCD" + "DF8101020102"
    lines = squeezed({"t": "0200", "55": chip}, BINARY)
    assert "55 Chip data" in lines
    assert "9F02 amount, authorised 000000020000 200.00 MAD" in lines
    assert "5F2A transaction currency code 0504 MAD" in lines
    assert "9F27 cryptogram information data 80 asks online (ARQC)" in lines
    assert "5A application PAN 950401******0019" in lines
    assert "57 track 2 equivalent data (track not shown)" in lines
    assert "71 issuer script template 1" in lines
    assert "86 issuer script command 0000ABCD" in lines
    assert "DF8101 unknown tag 0102" in lines


def test_what_lies_deeper_is_indented_further() -> None:
    text = describe({"t": "0210", "55": "710686040000ABCD"}, BINARY)
    outer, inner = (line for line in text.splitlines() if "script" in line)
    assert len(inner) - len(inner.lstrip()) > len(outer) - len(outer.lstrip())


def test_chip_data_that_cannot_be_opened_is_not_shown() -> None:
    assert "55 Chip data (chip data not shown)" in squeezed({"t": "0200", "55": "9F02"}, BINARY)


def test_parts_that_are_cut_short_are_shown_as_far_as_they_go() -> None:
    assert squeezed({"t": "0200", "3": "0100"})[1:] == [
        "3 Processing code 0100 withdrawal, from default account to",
        "1 transaction 01 withdrawal",
        "2 from account 00 default account",
        "3 to account",
    ]


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ({"t": "0800", "70": "301", "11": "000009"}, "0800 echo STAN 000009"),
        (
            {"t": "0210", "3": "010000", "2": PAN, "39": "00", "41": "GAB1    "},
            "0210 withdrawal card 950401******0019 GAB1 answer 00 approved",
        ),
        ({"t": "0210", "39": "Z9"}, "0210 answer Z9"),
        ({"t": "1210", "39": "116"}, "1210 answer 116 insufficient funds"),
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


@given(st.text(alphabet="0123456789ABCDEF", max_size=120))
def test_any_chip_data_can_be_described(chip: str) -> None:
    assert describe({"t": "0200", "55": chip}, BINARY).isascii()
