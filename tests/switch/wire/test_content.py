from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.wire.content import FORMATS, explain
from switch.wire.dialect import Field


def field(**changes: Any) -> Field:
    given_: dict[str, Any] = {"number": 4, "name": "Test", "kind": "n", "shortest": 6, "longest": 6}
    return Field(**(given_ | {"prefix": 0, "encoding": "ascii"} | changes))


def variable(kind: str, low: int, high: int, **changes: Any) -> Field:
    return field(kind=kind, shortest=low, longest=high, prefix=2, **changes)


def formatted(name: str) -> Field:
    size = FORMATS[name][1]  # type: ignore[index]
    return field(shortest=size, longest=size, format=name)


TRACK = variable("z", 1, 37, format="track2")
NOT_BLANK = field(kind="ans", shortest=8, longest=8, format="not blank")
CURRENCY = field(kind="an", shortest=3, longest=3, format="currency")
SIGNED = field(kind="x+n", shortest=9, longest=9)
PIN = field(kind="b", shortest=8, longest=8)


@pytest.mark.parametrize(
    ("one", "value"),
    [
        (field(), "000000"),
        (field(kind="a"), "Ab Cde"),
        (field(kind="an"), "1234 Z"),
        (field(kind="ans"), "a;'~|\\"),
        (variable("n", 0, 11), ""),
        (variable("n", 12, 19), "123456789012"),
        (SIGNED, "C00000100"),
        (SIGNED, "D00000000"),
        (PIN, "0412ac89ABCDEF67"),
        (TRACK, "9504010000000019=2512"),
        (TRACK, "9504010000000019D251210112345"),
        (CURRENCY, "504"),
        (CURRENCY, "MAD"),
        (NOT_BLANK, "GAB     "),
        (formatted("MMDD"), "0229"),
        (formatted("MMDD"), "1231"),
        (formatted("MMDDhhmmss"), "0229235959"),
        (formatted("hhmmss"), "000000"),
        (formatted("YYMM"), "0012"),
        (formatted("YYMMDD"), "260229"),
    ],
)
def test_a_value_of_its_kind_is_accepted(one: Field, value: str) -> None:
    assert one.pattern.fullmatch(value)


@pytest.mark.parametrize(
    ("one", "value", "offset", "words"),
    [
        (field(), "00012X", 5, "6 digits, found 'X'"),
        (field(), "+00123", 0, "6 digits, found '+'"),
        (field(), "1_0000", 1, "6 digits, found '_'"),
        (field(), " 00123", 0, "6 digits, found a space"),
        (field(), "00000\n", 5, "6 digits, found the control character 0x0A"),
        (field(), "00000", 0, "6 digits, found 5"),
        (field(), "0000000", 0, "6 digits, found 7"),
        (field(), "\uff10\uff10\uff10\uff10\uff10\uff10", 0, "6 digits, found '\\uff10'"),
        (field(), "00000\xb2", 5, "6 digits, found the byte 0xB2"),
        (field(kind="a"), "Abc1  ", 3, "6 letters, found '1'"),
        (field(kind="an"), "12-456", 2, "6 letters or digits, found '-'"),
        (field(kind="an"), "12345", 0, "found 5: pad it with spaces"),
        (field(kind="ans"), "abc\x7fde", 3, "6 printable characters, found the control character"),
        (variable("n", 12, 19), "12345678901", 0, "12 to 19 digits, found 11"),
        (variable("ans", 1, 10), "", 0, "1 to 10 printable characters, found nothing"),
        (SIGNED, "X00000100", 0, "a sign, C or D, found 'X'"),
        (SIGNED, "C0000010O", 8, "found 'O'"),
        (PIN, "0412AC89", 0, "8 bytes in hexadecimal, found 4"),
        (PIN, "0412AC89ABCDEFG7", 14, "8 bytes in hexadecimal, found 'G'"),
        (PIN, "0412AC89ABCDEF6", 0, "15 hexadecimal characters, an odd number"),
        (TRACK, "95040100000000192512", 0, "found no separator"),
        (TRACK, "===", 0, "found 0 digits before the separator"),
        (TRACK, "9504010000000019=2=12", 18, "found a second separator"),
        (TRACK, "9504010000000019=25", 17, "found 2 digits after the separator"),
        (CURRENCY, "mad", 0, "a currency: 3 digits or 3 capital letters, found 'mad'"),
        (CURRENCY, "M1D", 0, "a currency"),
        (NOT_BLANK, "        ", 0, "something else than spaces, found only spaces"),
        (
            formatted("MMDDhhmmss"),
            "1332093015",
            0,
            "a date and time MMDDhhmmss, found '1332093015'",
        ),
        (formatted("MMDDhhmmss"), "0000000000", 0, "a date and time"),
        (formatted("MMDD"), "0230", 0, "a date MMDD, found '0230'"),
        (formatted("MMDD"), "0431", 0, "a date MMDD"),
        (formatted("MMDD"), "0100", 0, "a date MMDD"),
        (formatted("hhmmss"), "240000", 0, "a time hhmmss, found '240000'"),
        (formatted("hhmmss"), "235960", 0, "a time hhmmss"),
        (formatted("YYMM"), "2513", 0, "a year and month YYMM, found '2513'"),
        (formatted("YYMM"), "0000", 0, "a year and month YYMM"),
        (formatted("YYMMDD"), "260431", 0, "a date YYMMDD"),
    ],
)
def test_any_other_value_says_where_and_why(
    one: Field, value: str, offset: int, words: str
) -> None:
    assert one.pattern.fullmatch(value) is None
    fault = explain(one, value)
    assert fault.offset == offset
    assert words in f"{fault.expected}, found {fault.found}"


@given(
    st.sampled_from([field(), SIGNED, PIN, TRACK, CURRENCY, NOT_BLANK, variable("an", 0, 5)]),
    st.text(max_size=20),
)
def test_whatever_is_refused_has_a_reason_within_the_value(one: Field, value: str) -> None:
    if one.pattern.fullmatch(value) is None:
        fault = explain(one, value)
        assert 0 <= fault.offset <= len(value)
        assert fault.expected
        assert fault.found.isascii()
    else:
        assert value.isascii()
