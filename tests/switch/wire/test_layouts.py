"""What banks' dialects change about bytes: character sets, lengths, pads, bitmaps."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from switch.settings import SettingsError
from switch.wire import Codec, WireError, load_dialect

PAN = "9504010000000019"


@pytest.fixture
def bank(tmp_path: Path) -> type[Bank]:
    Bank.folder = tmp_path
    return Bank


class Bank(Codec):
    """A codec of a dialect written in a test."""

    folder: Path

    def __init__(self, text: str, extends: str = "iso87-ascii") -> None:
        path = self.folder / "bank.yaml"
        path.write_text(f"title: A bank\nextends: {extends}\n{text}")
        super().__init__(load_dialect(str(path)))


def refusal(codec: Codec, body: bytes) -> WireError:
    with pytest.raises(WireError) as caught:
        codec.decode(body)
    return caught.value


class TestEbcdic:
    CODEC = Codec(load_dialect("iso87-ebcdic"))
    MESSAGE: ClassVar = {
        "t": "0200",
        "2": PAN,
        "28": "C00000100",
        "41": "LAB00001",
        "52": "0412AC89ABCDEF67",
    }

    def test_text_numbers_and_lengths_are_ebcdic_and_the_rest_bytes(self) -> None:
        body = self.CODEC.encode(self.MESSAGE)
        assert body == (
            "0200".encode("cp500")
            + bytes.fromhex("4000001000801000")
            + f"16{PAN}C00000100LAB00001".encode("cp500")
            + bytes.fromhex("0412AC89ABCDEF67")
        )
        assert self.CODEC.decode(body) == self.MESSAGE

    def test_an_error_shows_characters_and_the_text_of_the_excerpt_in_ebcdic(self) -> None:
        body = self.CODEC.encode(self.MESSAGE)
        error = refusal(self.CODEC, body.replace("LAB0".encode("cp500"), "LAB\x00".encode("cp500")))
        assert "found the control character 0x00" in str(error)
        assert "*LAB.0001*" in error.excerpt.replace("0LAB", "*LAB")[:400]

    def test_a_bitmap_in_ascii_is_not_one_in_ebcdic(self, bank: type[Bank]) -> None:
        codec = bank("encoding: {bitmap: hex}\n", extends="iso87-ebcdic")
        body = codec.encode({"t": "0800", "11": "000001"})
        assert body[4:20] == "0020000000000000".encode("cp500")
        assert refusal(codec, body[:4] + b"0020000000000000" + body[20:]).field == "p"

    def test_a_message_that_lost_its_place_shows_no_pan(self) -> None:
        body = self.CODEC.encode(self.MESSAGE)
        shown = ""
        for at in range(len(body)):
            for hurt in (body[:at] + body[at + 1 :], body[:at], body[at:]):
                try:
                    self.CODEC.decode(hurt)
                except WireError as error:
                    shown += error.describe()
        assert PAN not in shown
        assert PAN.encode("cp500").hex(" ") not in shown
        assert "04 12 ac 89 ab cd" not in shown


class Test1993:
    ASCII = Codec(load_dialect("iso93-ascii"))
    BINARY = Codec(load_dialect("iso93-binary"))
    MESSAGE: ClassVar = {
        "t": "1210",
        "11": "000001",
        "12": "251124113601",
        "24": "200",
        "39": "000",
    }

    @pytest.mark.parametrize("codec", [ASCII, BINARY])
    def test_a_message_survives(self, codec: Codec) -> None:
        assert codec.decode(codec.encode(self.MESSAGE)) == self.MESSAGE

    def test_dates_have_a_year_and_codes_three_digits(self) -> None:
        assert self.BINARY.encode(self.MESSAGE).hex() == (
            "1210" + "0030010002000000" + "000001" + "251124113601" + "0200" + "0000"
        )

    def test_variable_bytes_travel_as_they_are_in_ascii(self) -> None:
        body = self.ASCII.encode(
            {"t": "1200", "52": "0412AC89ABCDEF67", "53": "0102", "55": "8200"}
        )
        assert body[20:] == b"0412AC89ABCDEF67" + b"02\x01\x02" + b"002\x82\x00"


class TestLengths:
    def test_an_element_may_have_a_binary_length(self, bank: type[Bank]) -> None:
        codec = bank("fields:\n  48: {length: LLL ..9999, length_encoding: binary}\n")
        body = codec.encode({"t": "0800", "48": "x" * 300})
        assert body[20:22] == b"\x01\x2c"
        assert codec.decode(body)["48"] == "x" * 300
        assert "9999 bytes, found" not in str(refusal(codec, body[:-1]))

    def test_a_length_may_count_bytes_of_digits(self, bank: type[Bank]) -> None:
        codec = bank("fields:\n  32: {length_counts: bytes}\n", extends="iso87-binary")
        body = codec.encode({"t": "0800", "32": "504001"})
        assert body[10:].hex() == "03504001"
        assert codec.decode(body)["32"] == "504001"
        with pytest.raises(WireError, match="an even number of digits, as the length counts bytes"):
            codec.encode({"t": "0800", "32": "50400"})

    def test_a_length_that_its_prefix_cannot_say_is_refused(self, bank: type[Bank]) -> None:
        with pytest.raises(SettingsError, match="256 does not fit into 2 digits of length"):
            bank("fields:\n  48: {length: LL ..256, length_encoding: binary}\n")
        bank("fields:\n  48: {length: LL ..255, length_encoding: binary}\n")


class TestPads:
    @pytest.mark.parametrize(
        ("pad", "raw"),
        [("left 0", "050123"), ("right 0", "051230"), ("left F", "05f123"), ("right F", "05123f")],
    )
    def test_odd_digits_are_padded_as_the_dialect_says(
        self, bank: type[Bank], pad: str, raw: str
    ) -> None:
        codec = bank(
            f"fields:\n  3: {{length: 3, pad: {pad}, structure: null}}\n  32: {{pad: {pad}}}\n",
            extends="iso87-binary",
        )
        body = codec.encode({"t": "0800", "3": "123", "32": "1234" + "5"})
        digits = raw[2:]
        odd = digits.replace("123", "12345")
        assert body[10:].hex() == digits + "05" + odd
        assert codec.decode(body) == {"t": "0800", "3": "123", "32": "12345"}

    def test_the_whole_of_a_dialect_may_pad_differently(self, bank: type[Bank]) -> None:
        codec = bank(
            "encoding: {fixed_pad: right 0, variable_pad: left F}\n", extends="iso87-binary"
        )
        body = codec.encode({"t": "0800", "22": "051", "32": "12345"})
        assert body[10:].hex() == "0510" + "05f12345"

    def test_a_wrong_pad_names_its_side_and_its_byte(self, bank: type[Bank]) -> None:
        codec = bank(
            "encoding: {fixed_pad: right F, variable_pad: left F}\n", extends="iso87-binary"
        )
        body = codec.encode({"t": "0800", "11": "000001", "22": "051", "32": "12345"})
        error = refusal(codec, body.replace(b"\x05\x1f", b"\x05\x10"))
        assert (error.field, error.position) == ("22", 14)
        assert "a pad digit F behind, found '0'" in str(error)
        error = refusal(codec, body.replace(b"\x05\xf1", b"\x05\x01"))
        assert (error.field, error.position) == ("32", 16)
        assert "a pad digit F in front" in str(error)

    def test_the_byte_of_a_letter_is_right_behind_a_pad_in_front(self, bank: type[Bank]) -> None:
        codec = bank("encoding: {variable_pad: left 0}\n", extends="iso87-binary")
        body = codec.encode({"t": "0800", "32": "12345"})
        assert refusal(codec, body[:-1] + b"\x4a").position == len(body) - 1


class TestBitmaps:
    THIRD = "fields:\n  130: {name: One more, kind: an, length: 1}\n"

    @pytest.mark.parametrize(("encoding", "width"), [("hex", 16), ("raw", 8)])
    def test_a_third_bitmap_is_announced_by_bit_65(
        self, bank: type[Bank], encoding: str, width: int
    ) -> None:
        codec = bank(f"encoding: {{bitmap: {encoding}}}\n{self.THIRD}")
        message = {"t": "0100", "11": "000001", "70": "301", "130": "1"}
        body = codec.encode(message)
        assert len(body) == 4 + 3 * width + 6 + 3 + 1
        assert codec.decode(body) == message
        assert codec.decode(codec.encode({"t": "0100", "70": "301"})) == {"t": "0100", "70": "301"}

    def test_a_third_bitmap_of_unknown_elements_is_an_error_there(self, bank: type[Bank]) -> None:
        codec = bank(self.THIRD)
        body = codec.encode({"t": "0100", "130": "1"})
        error = refusal(codec, body[:36] + b"6" + body[37:])
        assert (error.field, error.position) == ("65", 36)
        assert "found bit 131" in str(error)
        error = refusal(codec, body[:44])
        assert (error.field, error.position) == ("65", 44)

    @pytest.mark.parametrize("encoding", ["hex", "raw"])
    @pytest.mark.parametrize(("second", "first"), [("always", "80"), ("always unannounced", "00")])
    def test_a_second_bitmap_may_be_there_in_any_case(
        self, bank: type[Bank], encoding: str, second: str, first: str
    ) -> None:
        codec = bank(f"encoding: {{bitmap: {encoding}, second_bitmap: {second}}}\n")
        short, long = {"t": "0800", "11": "000001"}, {"t": "0800", "11": "000001", "70": "301"}
        for message, bits in ((short, "0" * 16), (long, "0400000000000000")):
            head = f"{first}20000000000000{bits}"
            packed = bytes.fromhex(head) if encoding == "raw" else head.encode()
            assert codec.encode(message)[4 : 4 + len(packed)] == packed
            assert codec.decode(codec.encode(message)) == message

    def test_a_bitmap_that_nobody_announces_is_not_announced(self, bank: type[Bank]) -> None:
        codec = bank("encoding: {second_bitmap: always unannounced}\n")
        body = codec.encode({"t": "0800", "11": "000001"})
        error = refusal(codec, body[:4] + b"8" + body[5:])
        assert (error.field, error.position) == ("p", 4)
        assert "bit 1 clear" in str(error)


def test_a_file_beside_is_extended_by_its_whole_name_too(tmp_path: Path) -> None:
    (tmp_path / "group.yaml").write_text("title: Group\nextends: iso87-ascii\n")
    (tmp_path / "bank.yaml").write_text("title: Bank\nextends: group.yaml\n")
    assert load_dialect(str(tmp_path / "bank.yaml")).ancestry == ("group", "iso87-ascii")
