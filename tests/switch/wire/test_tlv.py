from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.wire import tlv
from switch.wire.dialect import Tlv

SHAPE = Tlv(2, 3)

fields = st.dictionaries(
    st.integers(0, 99).map("{:02}".format),
    st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=50),
    max_size=8,
)


@given(fields)
def test_sub_fields_survive_packing_in_their_order(inner: dict[str, str]) -> None:
    read = tlv.unpack(tlv.pack(inner, SHAPE), SHAPE)
    assert list(read.items()) == list(inner.items())


@given(st.text(alphabet="01239aX ", max_size=30))
def test_any_text_is_sub_fields_or_a_tlv_error(text: str) -> None:
    try:
        read = tlv.unpack(text, SHAPE)
    except tlv.TlvError as error:
        offset = error.offset
    else:
        offset = len(text)
        assert tlv.pack(read, SHAPE) == text
    assert 0 <= offset <= len(text)


@pytest.mark.parametrize(
    ("text", "tag", "offset", "words"),
    [
        ("0", "", 0, "a tag of 2 digits, found '0'"),
        ("0x0011", "", 0, "a tag of 2 digits, found '0x'"),
        ("01", "01", 2, "a length of 3 digits, found the end"),
        ("01+01x", "01", 2, "a length of 3 digits, found '+01'"),
        ("01 11x", "01", 2, "a length of 3 digits"),
        ("01004100", "01", 5, "4 bytes, found the end after 3"),
        ("01001a01001b", "01", 6, "each tag once, found tag 01 again"),
        ("01001a\uff10\uff11001b", "", 6, "a tag of 2 digits"),
    ],
)
def test_what_is_not_well_formed_says_where(text: str, tag: str, offset: int, words: str) -> None:
    with pytest.raises(tlv.TlvError) as caught:
        tlv.unpack(text, SHAPE)
    assert (caught.value.tag, caught.value.offset) == (tag, offset)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("inner", "words"),
    [
        ({"1": "x"}, "tags of 2 digits"),
        ({1: "x"}, "tags of 2 digits"),
        ({"01": 1001}, "tag 01: expected text in quotes, found a int"),
        ({"01": {"02": "x"}}, "text in quotes"),
        ({"01": "é"}, "percent-encode"),
        ({"01": "x" * 1000}, "at most 999 bytes, found 1000"),
    ],
)
def test_what_cannot_travel_is_refused(inner: dict[Any, Any], words: str) -> None:
    with pytest.raises(tlv.TlvError, match=words):
        tlv.pack(inner, SHAPE)
