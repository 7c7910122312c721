from __future__ import annotations

from typing import Any

import pytest

from switch.wire import Codec, EncodeError, Message, WireError, load_dialect

PAN = "9504010000000019"
REQUEST: dict[str, Any] = {
    "t": "0200",
    "2": PAN,
    "3": "010000",
    "4": "000000020000",
    "7": "1124103601",
    "11": "000001",
    "12": "113601",
    "13": "1124",
    "22": "051",
    "28": "C00000100",
    "32": "504001",
    "35": f"{PAN}=2512101",
    "37": "532409000123",
    "41": "LAB00001",
    "42": "AGENCE000000001",
    "48": {"01": "1001", "02": "01"},
    "49": "504",
    "102": "999780000000000000100112",
}
ECHO: dict[str, Any] = {"t": "0800", "7": "1124103601", "11": "000001", "70": "301"}

GAB87 = Codec(load_dialect("gab87"))
ASCII = Codec(load_dialect("iso87-ascii"))
BINARY = Codec(load_dialect("iso87-binary"))


def refusal(body: bytes, codec: Codec = GAB87) -> WireError:
    with pytest.raises(WireError) as caught:
        codec.decode(body)
    assert caught.value.__context__ is None
    return caught.value


def encode_refusal(message: Any, codec: Codec = GAB87) -> EncodeError:
    with pytest.raises(EncodeError) as caught:
        codec.encode(message)
    assert caught.value.__context__ is None
    return caught.value


def test_an_echo_has_the_bytes_of_the_standard() -> None:
    assert GAB87.encode(ECHO) == b"080082200000000000000400000000000000" + b"1124103601000001301"


def test_the_order_of_the_elements_in_the_message_does_not_matter() -> None:
    assert GAB87.encode(dict(reversed(ECHO.items()))) == GAB87.encode(ECHO)


def test_bitmaps_and_header_of_a_message_are_ignored() -> None:
    assert GAB87.encode({**ECHO, "p": "FF", "1": "00", "h": "x"}) == GAB87.encode(ECHO)


@pytest.mark.parametrize("codec", [GAB87, ASCII, BINARY], ids=lambda codec: codec.dialect.name)
def test_a_message_survives(codec: Codec) -> None:
    message = REQUEST if codec is GAB87 else {**REQUEST, "48": "01004100102002010"}
    assert codec.decode(codec.encode(message)) == message


def test_decoding_gives_a_masked_message() -> None:
    message = GAB87.decode(GAB87.encode(REQUEST))
    assert isinstance(message, Message)
    assert PAN not in repr(message)


def test_bill_data_is_an_object_or_flat_text() -> None:
    body = GAB87.encode(REQUEST)
    assert GAB87.decode(body, flat=True)["48"] == "0100410010200201"
    assert GAB87.encode({**REQUEST, "48": "0100410010200201"}) == body


def test_unknown_tags_are_kept() -> None:
    message: dict[str, Any] = {**ECHO, "48": {"77": "new"}}
    assert GAB87.decode(GAB87.encode(message)) == message


def test_small_letters_are_read_in_a_bitmap_and_capitals_sent() -> None:
    body = GAB87.encode({"t": "0810", "39": "00", "41": "LAB00001"})
    assert b"0000000002800000" in body
    lower = GAB87.encode({"t": "0200", "13": "1124", "15": "1124", "11": "000001"})
    assert b"002A0000" in lower
    assert GAB87.decode(lower.replace(b"002A", b"002a")) == GAB87.decode(lower)


def test_hexadecimal_elements_and_track_separators_are_kept_as_they_came() -> None:
    message = {"t": "0200", "35": f"{PAN}D2512", "52": "0412ac89ABCDEF67"}
    assert GAB87.decode(GAB87.encode(message)) == message


def test_an_empty_secondary_bitmap_is_accepted_when_the_layout_matches() -> None:
    assert GAB87.decode(b"0800" + b"8020" + b"0" * 28 + b"000001") == {"t": "0800", "11": "000001"}


class TestBinary:
    def test_numbers_are_packed_and_padded_on_the_side_of_their_kind(self) -> None:
        body = BINARY.encode({"t": "0200", "2": "1" * 19, "22": "051", "32": "50400"})
        assert body.hex() == (
            "0200" + "4000040100000000" + "19" + "1" * 19 + "0" + "0051" + "05" + "504000"
        )

    def test_signs_are_text_and_lengths_count_digits(self) -> None:
        body = BINARY.encode({"t": "0200", "28": "D00000100", "35": f"{PAN}=25121"})
        assert body.hex()[20:] == "44" + "00000100" + "22" + PAN + "d25121"

    def test_a_separator_is_shown_as_an_equals_sign(self) -> None:
        body = BINARY.encode({"t": "0200", "35": f"{PAN}D2512"})
        assert BINARY.decode(body)["35"] == f"{PAN}=2512"

    def test_a_letter_in_a_number_is_an_error(self) -> None:
        body = bytes.fromhex("0200" + "0020000000000000" + "0000a1")
        error = refusal(body, BINARY)
        assert (error.field, error.position) == ("11", 12)
        assert "6 digits, found 'A'" in str(error)

    def test_a_letter_in_the_message_type_is_an_error(self) -> None:
        assert refusal(bytes.fromhex("02a0" + "0020000000000000000001"), BINARY).position == 1

    def test_a_wrong_pad_in_front_leaves_the_rest_readable(self) -> None:
        body = BINARY.encode({"t": "0200", "11": "000001", "22": "051", "41": "LAB00001"})
        error = refusal(body.replace(b"\x00\x51", b"\x10\x51"), BINARY)
        assert "a pad digit 0 in front, found '1'" in str(error)
        assert error.partial == {"t": "0200", "11": "000001", "22": "051", "41": "LAB00001"}
        assert error.readable

    def test_a_wrong_pad_behind_is_an_error(self) -> None:
        body = BINARY.encode({"t": "0200", "32": "50400"})
        assert "a pad digit 0 behind" in str(refusal(body[:-1] + b"\x0f", BINARY))

    def test_a_letter_in_a_length_is_an_error(self) -> None:
        body = BINARY.encode({"t": "0200", "32": "50400"})
        error = refusal(body[:10] + b"\x0a" + body[11:], BINARY)
        assert "field 32 (Acquiring institution identification code), byte 10" in str(error)


class TestLayoutErrors:
    def test_every_truncation_is_an_error_at_its_end(self) -> None:
        body = GAB87.encode(REQUEST)
        for size in range(len(body)):
            error = refusal(body[:size])
            assert error.length == size
            assert error.position is not None
            assert error.position <= size

    def test_trailing_bytes_are_an_error_behind_the_last_element(self) -> None:
        body = GAB87.encode(ECHO)
        error = refusal(body + b"0")
        assert (error.field, error.position) == ("70", len(body))
        assert "the end of the message behind it, found 1 more byte" in str(error)
        assert error.partial == ECHO

    def test_bytes_behind_an_empty_bitmap_are_an_error_of_the_bitmap(self) -> None:
        assert refusal(b"0200" + b"0" * 16 + b"000001").field == "p"

    @pytest.mark.parametrize("length", [b"+6", b" 6", b"6 ", b"-6", b"1_", b"0x", b"\xb26", b"A6"])
    def test_a_length_that_is_not_digits_is_an_error_there(self, length: bytes) -> None:
        body = GAB87.encode({"t": "0200", "11": "000001", "32": "504001", "41": "LAB00001"})
        error = refusal(body.replace(b"06504001", length + b"504001"))
        assert error.field == "32"
        assert error.position in (26, 27)
        assert "2 digits of length" in str(error)
        assert error.partial == {"t": "0200", "11": "000001"}
        assert error.readable

    def test_a_length_over_the_maximum_is_an_error_there(self) -> None:
        body = GAB87.encode({"t": "0200", "32": "504001"}).replace(b"06504001", b"12504001000000")
        assert "byte 20: expected a length of at most 11, found 12" in str(refusal(body))

    @pytest.mark.parametrize(
        ("bitmap", "position"),
        [(b"G" + b"0" * 15, 4), (b"0x38" + b"0" * 12, 5), (b"0" * 15 + b" ", 19), (b"00", 6)],
    )
    def test_a_bitmap_is_hexadecimal(self, bitmap: bytes, position: int) -> None:
        error = refusal(b"0200" + bitmap)
        assert (error.field, error.position) == ("p", position)
        assert not error.readable

    def test_a_tertiary_bitmap_is_refused(self) -> None:
        error = refusal(b"0200" + b"8" + b"0" * 15 + b"8" + b"0" * 15)
        assert (error.field, error.position) == ("1", 20)
        assert "a tertiary bitmap (bit 65)" in str(error)

    @pytest.mark.parametrize("mti", [b"ZZZZ", b"+200", b"02 0", b"\xef\xbc\x90\xef", b"020"])
    def test_a_message_type_is_four_ascii_digits(self, mti: bytes) -> None:
        error = refusal(mti)
        assert error.field == "t"
        assert not error.readable


class TestContentErrors:
    def test_everything_wrong_is_found_and_the_rest_is_read(self) -> None:
        body = GAB87.encode(REQUEST)
        body = body.replace(b"000000020000", b"00000002X000").replace(
            b"LAB00001", b"LAB\x00\xff001"
        )
        error = refusal(body)
        assert error.sound
        assert (error.field, [other.field for other in error.others]) == ("4", ["41"])
        assert set(error.partial) == set(REQUEST)
        assert error.partial["48"] == REQUEST["48"]
        assert error.readable

    def test_the_position_is_that_of_the_offending_byte(self) -> None:
        body = GAB87.encode(REQUEST).replace(b"000000020000", b"00000002X000")
        error = refusal(body)
        assert error.position == body.index(b"X")
        assert (error.expected, error.found) == ("12 digits", "'X'")

    def test_a_stan_that_is_not_digits_makes_the_message_unreadable(self) -> None:
        assert not refusal(GAB87.encode(ECHO).replace(b"000001", b"00000X")).readable

    def test_bill_data_that_is_malformed_is_an_error_of_its_tag(self) -> None:
        body = GAB87.encode(REQUEST).replace(b"0100410010200201", b"01004100102+0201")
        error = refusal(body)
        assert (error.field, error.position) == ("48.02", body.index(b"+"))
        assert "field 48.02 (kind of debt)" in str(error)
        assert error.partial["48"] == "01004100102+0201"
        assert error.readable

    def test_flat_bill_data_is_checked_as_well(self) -> None:
        body = GAB87.encode(REQUEST).replace(b"0100410010200201", b"01004100101001XX")
        with pytest.raises(WireError, match="each tag once"):
            GAB87.decode(body, flat=True)


class TestEncodeErrors:
    @pytest.mark.parametrize(
        ("changes", "field", "words"),
        [
            ({"4": "00000002X000"}, "4", "12 digits, found 'X'"),
            ({"4": "20000"}, "4", "12 digits, found 5"),
            ({"7": "1332093015"}, "7", "a date and time"),
            ({"11": 1}, "11", "a number (leading zeros would be lost)"),
            ({"11": True}, "11", "text in quotes, found true"),
            ({"11": None}, "11", "text in quotes, found null"),
            ({"11": ["000001"]}, "11", "text in quotes, found a list"),
            ({"11": {"1": "x"}}, "11", "text in quotes, found an object"),
            ({"42": "AGENCE"}, "42", "15 printable characters, found 6: pad it with spaces"),
            ({"48": "0100"}, "48.01", "a length of 3 digits"),
            ({"48": {"1": "x"}}, "48", "tags of 2 digits"),
            ({"48": {"01": 1001}}, "48.01", "text in quotes"),
            ({"48": {}}, "48", "1 to 999 printable characters, found nothing"),
            ({"48": ["x"]}, "48", "an object, found a list"),
            ({"65": "1"}, "65", "an unknown key"),
            ({"129": "1"}, "129", "an unknown key"),
            ({"02": PAN}, "02", "an unknown key"),
            ({"t": "020"}, "t", "4 digits in quotes, found '020'"),
            ({"t": 200}, "t", "a number (leading zeros would be lost)"),
            ({4: "x"}, "4", "a key in quotes, found a int"),
        ],
    )
    def test_what_could_not_be_decoded_is_not_encoded(
        self, changes: dict[Any, Any], field: str, words: str
    ) -> None:
        error = encode_refusal({**REQUEST, **changes})
        assert error.field == field
        assert error.position is None
        assert words in str(error)

    def test_a_message_type_is_needed(self) -> None:
        assert "no message type" in str(encode_refusal({"11": "000001"}))

    def test_everything_wrong_is_said(self) -> None:
        error = encode_refusal({**REQUEST, "4": "X", "11": 1})
        assert [error.field, *(other.field for other in error.others)] == ["4", "11"]

    def test_an_error_shows_no_cardholder_data(self) -> None:
        error = encode_refusal({**REQUEST, "4": "X", f"card {PAN}": PAN, PAN: "x"})
        text = f"{error!r} {error} {error.describe()} {error.to_json()}"
        assert PAN not in text
        assert "950401******0019" in text
