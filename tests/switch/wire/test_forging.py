"""Messages that are wrong on purpose, in every shipped layout."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.wire import Codec, WireError, load_dialect
from switch.wire.forging import ForgeError, forge, forged

MESSAGE = {"t": "0200", "3": "010000", "4": "000000020000", "11": "000001", "41": "LAB00001"}
DIALECTS = ("gab87", "iso87-binary", "iso87-ebcdic")


@pytest.mark.parametrize("name", DIALECTS)
def test_nothing_wrong_is_what_the_codec_writes(name):
    dialect = load_dialect(name)
    assert forge(dialect, MESSAGE, {}) == Codec(dialect).encode(MESSAGE)


@pytest.mark.parametrize("name", DIALECTS)
def test_only_what_is_wrong_differs(name):
    dialect = load_dialect(name)
    right = Codec(dialect).encode(MESSAGE)
    at = right.index(dialect.fields["41"].codec and "LAB00001".encode(dialect.codec))
    body = forge(dialect, MESSAGE, {"41": "\x01\x02"})
    assert body[:at] == right[:at]
    assert body[at:] == "\x01\x02".encode(dialect.codec)


def test_a_letter_in_a_number_is_refused_by_the_codec_and_no_other_element_is():
    dialect = load_dialect("gab87")
    with pytest.raises(WireError) as caught:
        Codec(dialect).decode(forge(dialect, MESSAGE, {"4": "00000002000X"}))
    assert (caught.value.field, len(caught.value.others)) == ("4", 0)


def test_a_variable_element_says_the_length_that_it_has():
    dialect = load_dialect("gab87")
    assert forge(dialect, {"t": "0800"}, {"2": "12AB"}).endswith(b"0412AB")


def test_the_message_type_and_the_bitmap_can_be_wrong():
    dialect = load_dialect("gab87")
    body = forge(dialect, MESSAGE, {"t": "ZZZZ", "bitmap": "Q" * 16})
    assert body == b"ZZZZ" + b"Q" * 16 + Codec(dialect).encode(MESSAGE)[20:]


def test_bytes_are_sent_as_they_are():
    dialect = load_dialect("iso87-binary")
    right = Codec(dialect).encode(MESSAGE)
    body = forge(dialect, MESSAGE, {"4": b"\xaa"})
    assert body.count(b"\xaa") == 1
    assert len(body) == len(right) - 5


@pytest.mark.parametrize(
    ("name", "wrong", "why"),
    [
        ("iso87-binary", {"4": "X"}, "field 4 is bcd here"),
        ("iso87-binary", {"t": "ZZZZ"}, "the MTI is BCD here"),
        ("gab87", {"2": "1" * 100}, "its length cannot say 100"),
        ("gab87", {"999": "1"}, "999 is no element of gab87"),
        ("gab87", {"41": "\u0641"}, "a character has no byte"),
    ],
)
def test_what_cannot_be_written_is_told(name, wrong, why):
    with pytest.raises(ForgeError, match=why):
        forge(load_dialect(name), MESSAGE, wrong)


def test_what_is_right_in_it_must_be_right():
    with pytest.raises(WireError):
        forge(load_dialect("gab87"), {"t": "0200", "4": "12"}, {"11": "x"})


def test_people_see_wrong_bytes_in_hexadecimal():
    assert forged(MESSAGE, {"4": b"\xaa\xbb", "11": "A"})["4"] == "(bytes aabb)"


@given(st.sampled_from(sorted(set(MESSAGE) - {"t"})), st.binary(max_size=30))
def test_any_bytes_can_stand_in_any_place(key, content):
    dialect = load_dialect("gab87")
    body = forge(dialect, MESSAGE, {key: content})
    right = Codec(dialect).encode(MESSAGE)
    assert body[:20] == right[:20]
    assert content in body
