from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.wire import ber
from switch.wire.structures import BerTag, BerTlv
from switch.wire.tlv import CompositeError

SHAPE = BerTlv()

PRIMITIVE = st.sampled_from(["82", "95", "9A", "5F2A", "9F02", "9F26", "DF8118", "DF818102"])
CONSTRUCTED = st.sampled_from(["61", "70", "77", "A5", "BF0C", "FF8105"])
values = st.binary(max_size=300).map(lambda raw: raw.hex().upper())


def repeated(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return inner | st.lists(inner, min_size=2, max_size=3)


def trees(depth: int) -> st.SearchStrategy[Any]:
    leaves = st.dictionaries(PRIMITIVE, repeated(values), max_size=4)
    if depth == 0:
        return leaves
    nested = st.dictionaries(CONSTRUCTED, repeated(trees(depth - 1)), max_size=2)
    return st.tuples(leaves, nested).map(lambda pair: {**pair[0], **pair[1]})


def refusal(text: str, shape: BerTlv = SHAPE) -> CompositeError:
    with pytest.raises(CompositeError) as caught:
        ber.unpack(bytes.fromhex(text), shape)
    return caught.value


@given(trees(2))
def test_tags_survive_in_their_order(tree: dict[str, Any]) -> None:
    raw = ber.pack(tree, SHAPE)
    assert ber.unpack(raw, SHAPE) == tree
    assert list(ber.unpack(raw, SHAPE)) == list(tree)
    assert ber.pack(ber.unpack(raw, SHAPE), SHAPE) == raw


@given(st.binary(max_size=60))
def test_any_bytes_are_tags_or_an_error_inside_them(raw: bytes) -> None:
    try:
        tree = ber.unpack(raw, SHAPE)
    except CompositeError as error:
        offset = error.offset
    else:
        offset = 0
        assert ber.unpack(ber.pack(tree, SHAPE), SHAPE) == tree
    assert 0 <= offset <= len(raw)


def test_a_length_has_as_many_bytes_as_it_needs() -> None:
    for size, length in ((0x7F, "7f"), (0x80, "8180"), (0x100, "820100"), (0x10000, "83010000")):
        raw = ber.pack({"DF8118": "00" * size}, SHAPE)
        assert raw.hex().startswith("df8118" + length)
        assert ber.unpack(raw, SHAPE) == {"DF8118": "00" * size}


def test_a_length_in_two_bytes_is_read() -> None:
    # moov-io/iso8583 prefix/bertlv_test.go: 82fe0f is 65039.
    assert ber.unpack(bytes.fromhex("9582fe0f") + bytes(65039), SHAPE) == {"95": "00" * 65039}


@pytest.mark.parametrize(
    ("text", "steps", "offset", "words"),
    [
        ("00", (), 0, "a tag, found 0x00"),
        ("9F", (), 0, "a whole tag"),
        ("9FFFFFFF01", (), 0, "at most 4 bytes"),
        ("95", ("95",), 1, "a length, found the end"),
        ("9580", ("95",), 1, "the indefinite one"),
        ("9584000000010A", ("95",), 1, "at most 3 bytes, found one of 4"),
        # moov-io/iso8583 prefix/bertlv_test.go: three bytes are announced and two are there.
        ("9583fe0f", ("95",), 1, "3 bytes of length, found the end after 2"),
        ("9505000000", ("95",), 2, "5 bytes, found the end after 3"),
        ("820200009F260101820100", ("82",), 8, "to come in a row, found tag 82 again"),
        ("7103860500", ("71", "86"), 4, "5 bytes, found the end after 1"),
        ("7104860200FF71028601", ("71", "86"), 10, "1 bytes, found the end after 0"),
    ],
)
def test_what_is_not_ber_says_where(
    text: str, steps: tuple[str, ...], offset: int, words: str
) -> None:
    error = refusal(text)
    assert (error.steps, error.offset) == (steps, offset)
    assert words in str(error)


def test_templates_in_templates_have_an_end() -> None:
    raw = b""
    for _ in range(ber.DEPTH_MAX):
        raw = b"\x70" + bytes((len(raw),)) + raw
    assert "at most 8 levels" in str(refusal((b"\x70" + bytes((len(raw),)) + raw).hex()))
    assert ber.unpack(raw[2:], SHAPE)


def test_deep_objects_are_refused_on_the_way_out_too() -> None:
    tree: dict[str, Any] = {}
    for _ in range(1000):
        tree = {"70": tree}
    with pytest.raises(CompositeError, match="at most 8 levels"):
        ber.pack(tree, SHAPE)


def test_a_tag_constructed_in_name_only_keeps_its_bytes() -> None:
    shape = BerTlv({"FF8105": BerTag("record", nested=False)})
    assert ber.unpack(bytes.fromhex("ff8105025610"), shape) == {"FF8105": "5610"}
    assert ber.pack({"FF8105": "5610"}, shape).hex() == "ff8105025610"
    assert refusal("ff8105025610").steps == ("FF8105", "56")


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"9f26": "00"}, "tags in capital hexadecimal"),
        ({"9F": "00"}, "tags in capital hexadecimal"),
        ({95: "00"}, "tags in capital hexadecimal"),
        ({"95": "0"}, "95: expected bytes in hexadecimal, found half a byte"),
        ({"95": "0 0 "}, "95: expected bytes in hexadecimal, found another character"),
        ({"95": {"82": "00"}}, "95: expected hexadecimal in quotes, found an object"),
        ({"71": ["", 5]}, r"71\[1\]: expected hexadecimal in quotes, found a int"),
        ({"71": "8605"}, "71.86: expected 5 bytes"),
    ],
)
def test_what_cannot_be_written_is_refused(tree: Any, words: str) -> None:
    with pytest.raises(CompositeError, match=words):
        ber.pack(tree, SHAPE)
