from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.wire import mti


@pytest.mark.parametrize(
    ("request_type", "answer"),
    [
        ("0100", "0110"),
        ("0200", "0210"),
        ("0201", "0210"),
        ("0220", "0230"),
        ("0221", "0230"),
        ("0400", "0410"),
        ("0401", "0410"),
        ("0420", "0430"),
        ("0421", "0430"),
        ("0202", "0212"),
        ("0800", "0810"),
        ("1200", "1210"),
    ],
)
def test_a_request_and_its_repeat_have_one_answer(request_type: str, answer: str) -> None:
    assert mti.is_request(request_type)
    assert mti.answer_mti(request_type) == answer
    assert mti.is_answer(answer)


@pytest.mark.parametrize("answer", ["0210", "0230", "0810", "0240", "02x0", "", "020"])
def test_what_is_not_a_request_has_no_answer(answer: str) -> None:
    with pytest.raises(ValueError, match="not a message that is answered"):
        mti.answer_mti(answer)


def test_a_repeat_knows_its_original_and_repeats_as_itself() -> None:
    assert mti.repeat_mti("0200") == "0201"
    assert mti.repeat_mti("0201") == "0201"
    assert mti.original_mti("0421") == "0420"
    assert mti.original_mti("0420") == "0420"
    assert [mti.is_repeat(one) for one in ("0200", "0201", "0203")] == [False, True, True]


def test_repeating_what_is_no_type_is_an_error() -> None:
    with pytest.raises(ValueError, match="not a message type"):
        mti.repeat_mti("ZZZZ")


@pytest.mark.parametrize(
    "unknown", ["0000", "0900", "0205", "2200", "0211", "0290", "1200", "02０0"]
)
def test_types_that_1987_does_not_define_are_not_known(unknown: str) -> None:
    assert not mti.known(unknown)


@pytest.mark.parametrize("known", ["0100", "0200", "0201", "0210", "0420", "0421", "0430", "0810"])
def test_types_that_1987_defines_are_known(known: str) -> None:
    assert mti.known(known)


def test_the_parts_have_names() -> None:
    assert mti.version("1200") == "1"
    assert mti.message_class("0420") == "4"
    assert mti.words("0421") == "reversal advice, repeat"
    assert mti.words("0810") == "network management answer"


@given(st.text(max_size=6))
def test_no_text_breaks_the_questions(text: str) -> None:
    assert mti.known(text) <= mti.well_formed(text)
    assert isinstance(mti.words(text), str)
    assert not (mti.is_request(text) and mti.is_answer(text))
    assert mti.original_mti(mti.original_mti(text)) == mti.original_mti(text)
