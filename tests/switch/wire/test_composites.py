from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.wire import Codec, EncodeError, WireError, load_dialect
from switch.wire.composites import check_element, close_element, open_element, pack, unpack
from switch.wire.structures import BerTlv, Mapped, Part, Positional, Structure, Tlv
from switch.wire.tlv import CompositeError

DIGITS = st.text("0123456789", min_size=2, max_size=2)
TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)

TWO = Part("two", 2, 2, kind="n")
COUNTED = Part("counted", 0, 20, prefix=2)
DATED = Part(
    "dated", 10, 10, structure=Positional((Part("date", 4, 4, kind="n"), Part("rest", 6, 6)))
)
PARTS = Positional((TWO, COUNTED, Part("left", 0, 30)))
ENTRIES = Positional((TWO, Part("sign", 1, 1)), entries=3)
INSIDE = Tlv(2, 2, {"11": Part("inside", 0, 99, structure=Tlv(2, 2), checked=False)})
MAPPED = Mapped(2, "hex", {"1": TWO, "3": COUNTED, "16": DATED})
BYTES = Positional(
    (
        Part("bcd", 3, 3, kind="n", encoding="bcd"),
        Part("counted bcd", 0, 9, prefix=2, kind="n", encoding="bcd", length_encoding="binary"),
        Part("ebcdic", 3, 3, encoding="cp500"),
        Part("raw", 0, 20, prefix=2, kind="b", encoding="raw", length_encoding="bcd"),
        Part("chip", 0, 99, prefix=2, length_encoding="cp500", structure=BerTlv()),
    )
)


def refusal(text: str, shape: Structure) -> CompositeError:
    with pytest.raises(CompositeError) as caught:
        unpack(text, shape)
    return caught.value


@given(DIGITS, TEXT, TEXT)
def test_parts_survive(two: str, counted: str, left: str) -> None:
    value = {"two": two, "counted": counted, "left": left}
    assert unpack(pack(value, PARTS), PARTS) == value


@given(st.lists(st.tuples(DIGITS, st.sampled_from("CD")), min_size=1, max_size=3))
def test_entries_survive(given_entries: list[tuple[str, str]]) -> None:
    value = [{"two": two, "sign": sign} for two, sign in given_entries]
    assert unpack(pack(value, ENTRIES), ENTRIES) == value


@given(st.dictionaries(DIGITS.filter(lambda tag: tag != "11"), TEXT, max_size=3), TEXT)
def test_tags_inside_a_tag_survive(fields: dict[str, str], inner: str) -> None:
    value = {**fields, "11": {"01": inner}}
    assert unpack(pack(value, INSIDE), INSIDE) == value


@given(st.sets(st.sampled_from(["1", "3", "16"])))
def test_what_a_bitmap_announces_survives(numbers: set[str]) -> None:
    every = {"1": "07", "3": "abc", "16": {"date": "1124", "rest": "103601"}}
    value = {number: one for number, one in every.items() if number in numbers}
    text = pack(value, MAPPED)
    assert text[:4] == f"{sum(1 << (16 - int(number)) for number in numbers):04X}"
    assert unpack(text, MAPPED) == value


@given(st.text("0123456789", max_size=9), st.binary(max_size=20))
def test_parts_in_bytes_survive(counted: str, raw: bytes) -> None:
    value = {
        "bcd": "504",
        "counted bcd": counted,
        "ebcdic": "MAD",
        "raw": raw.hex().upper(),
        "chip": {"95": "0000000000"},
    }
    text = pack(value, BYTES)
    assert text.encode("latin-1").startswith(bytes.fromhex(f"0504{len(counted):02x}"))
    assert "MAD".encode("cp500") in text.encode("latin-1")
    assert unpack(text, BYTES) == value


@given(st.text("0127AF ", max_size=24), st.sampled_from([PARTS, ENTRIES, INSIDE, MAPPED, BYTES]))
def test_any_text_is_opened_or_refused_inside_it(text: str, shape: Structure) -> None:
    try:
        value = unpack(text, shape)
    except CompositeError as error:
        offset = error.offset
    else:
        offset = 0
        assert unpack(pack(value, shape), shape) == value
    assert 0 <= offset <= len(text)


@pytest.mark.parametrize(
    ("text", "shape", "steps", "offset", "words"),
    [
        ("0x", PARTS, ("1",), 1, "2 digits, found 'x'"),
        ("01+1", PARTS, ("2",), 2, "a length of 2 digits"),
        ("0199", PARTS, ("2",), 2, "a length of at most 20, found 99"),
        ("0105abc", PARTS, ("2",), 4, "5 bytes, found the end after 3"),
        ("01C02", ENTRIES, (1, "2"), 5, "1 bytes, found the end after 0"),
        ("01C02D03C04D", ENTRIES, (), 9, "at most 3 entries, found 3 more"),
        ("1104010", INSIDE, ("11",), 4, "4 bytes, found the end after 3"),
        ("110401x0", INSIDE, ("11", "01"), 6, "a length of 2 digits"),
        ("00", MAPPED, (), 2, "a bitmap of 4 bytes, found the end"),
        ("00x0", MAPPED, (), 2, "a bitmap in hexadecimal"),
        ("4000", MAPPED, (), 0, "a bitmap of known sub-fields, found bit 2"),
        ("0001112410360", MAPPED, ("16",), 4, "10 bytes, found the end after 9"),
        ("0001x124103601", MAPPED, ("16", "1"), 4, "4 digits, found 'x'"),
        ("0000 ", MAPPED, (), 4, "its end, found 1 more"),
        ("\x15\x04", BYTES, ("1",), 0, "a pad digit 0, found 1"),
        ("\x05\x04\x01\x17", BYTES, ("2",), 3, "a pad digit 0, found 7"),
    ],
)
def test_what_is_wrong_inside_says_where(
    text: str, shape: Structure, steps: tuple[Any, ...], offset: int, words: str
) -> None:
    error = refusal(text, shape)
    assert (error.steps, error.offset) == (steps, offset)
    assert words in str(error)


@pytest.mark.parametrize(
    ("value", "shape", "words"),
    [
        ({"two": "01", "counted": ""}, PARTS, "3: expected the part 'left', found nothing"),
        ({"two": "01", "counted": "", "left": "", "x": ""}, PARTS, "only the parts 'two'"),
        ({"two": "1", "counted": "", "left": ""}, PARTS, "1: expected 2 digits, found 1"),
        ({"two": 1, "counted": "", "left": ""}, PARTS, "1: expected text in quotes"),
        ({"two": "01", "counted": "x" * 21, "left": ""}, PARTS, "2: expected 0 to 20"),
        ("01", PARTS, "expected an object, found text"),
        ({}, ENTRIES, "expected a list of objects, found an object"),
        ([], ENTRIES, "1 to 3 entries, found 0"),
        ([{"two": "01", "sign": ""}], ENTRIES, r"\[0\].2: expected 1 printable"),
        ({"11": {"1": ""}}, INSIDE, "11: expected tags of 2 digits"),
        ({"11": {"01": "x" * 98}}, INSIDE, "11: expected at most 99 bytes, found 102"),
        ({"01": "é"}, INSIDE, "01: expected ASCII"),
        ({"2": ""}, MAPPED, "only its sub-fields, found 1 unknown"),
        ({"16": {"date": "1124", "rest": "1"}}, MAPPED, "16.2: expected 6 printable"),
    ],
)
def test_what_cannot_be_closed_says_why(value: Any, shape: Structure, words: str) -> None:
    with pytest.raises(CompositeError, match=words):
        pack(value, shape)


GAB87 = load_dialect("gab87")
BINARY = load_dialect("iso87-binary")


def test_elements_that_stay_text_can_be_opened_and_closed() -> None:
    opened = {
        "3": {"transaction": "01", "from account": "00", "to account": "20"},
        "54": [
            {
                "account type": "10",
                "amount type": "02",
                "currency": "504",
                "sign": "C",
                "amount": "000000012345",
            }
        ],
        "55": {"9F26": "1122334455667788", "71": {"86": "00"}},
    }
    codec = Codec(GAB87)
    flat = {key: close_element(GAB87.fields[key], value) for key, value in opened.items()}
    assert flat["55"] == "9F260811223344556677887103860100"
    assert codec.encode({"t": "0200", **opened}) == codec.encode({"t": "0200", **flat})
    assert codec.decode(codec.encode({"t": "0200", **opened})) == {"t": "0200", **flat}
    assert {key: open_element(GAB87.fields[key], flat[key]) for key in flat} == opened


def test_an_offset_in_bytes_is_counted_in_the_characters_of_a_value() -> None:
    with pytest.raises(CompositeError) as caught:
        open_element(BINARY.fields["55"], "9F2608" + "00")
    assert (caught.value.steps, caught.value.offset) == (("9F26",), 6)


@pytest.mark.parametrize(
    ("flat", "offset"), [("9F26810100", 4), ("9f260100", 1), ("9F2601ab", 6), ("9F2601Ab", 7)]
)
def test_what_would_not_come_back_as_it_was_is_not_opened(flat: str, offset: int) -> None:
    with pytest.raises(CompositeError, match="another way to say the same") as caught:
        check_element(GAB87.fields["55"], flat)
    assert caught.value.offset == offset


EXPANDED = """\
title: Chip data opened
extends: iso87-binary
fields:
  3: {structure: {type: positional, expanded: true, parts: [{name: all, length: 6}]}}
  54:
    structure:
      type: positional
      expanded: true
      entries: 60
      parts: [{name: type, kind: n, length: 2}]
  55: {structure: {type: ber-tlv, expanded: true}}
"""


@pytest.fixture(scope="module")
def expanded(tmp_path_factory: pytest.TempPathFactory) -> Codec:
    path: Path = tmp_path_factory.mktemp("dialects") / "opened.yaml"
    path.write_text(EXPANDED)
    return Codec(load_dialect(str(path)))


def test_a_dialect_says_what_messages_hold_opened(expanded: Codec) -> None:
    message = {"t": "0200", "3": {"all": "010000"}, "54": [{"type": "01"}], "55": {"82": "5C00"}}
    body = expanded.encode(message)
    assert expanded.decode(body) == message
    flat = expanded.decode(body, flat=True)
    assert flat == {"t": "0200", "3": "010000", "54": "01", "55": "82025C00"}
    assert expanded.encode(flat) == body


def test_an_error_inside_names_the_path_and_the_byte(expanded: Codec) -> None:
    body = expanded.encode({"t": "0200", "55": {"82": "5C00", "71": {"86": "0000"}}})
    hurt = body.replace(bytes.fromhex("8602"), bytes.fromhex("8603"))
    with pytest.raises(WireError) as caught:
        expanded.decode(hurt)
    error = caught.value
    assert (error.field, error.position, error.sound) == ("55.71.86", len(body) - 2, True)
    assert "issuer script command" in str(error)
    body = expanded.encode({"t": "0200", "54": [{"type": "01"}, {"type": "02"}]})
    with pytest.raises(WireError) as caught:
        expanded.decode(body[:-1] + b"x")
    assert (caught.value.field, caught.value.position) == ("54[1].1", len(body) - 1)


def test_a_wrong_sub_field_is_not_encoded(expanded: Codec) -> None:
    with pytest.raises(EncodeError) as caught:
        expanded.encode({"t": "0200", "55": {"82": "5C0"}})
    assert caught.value.field == "55.82"
    assert str(caught.value).startswith("field 55.82 (application interchange profile): expected")
