from __future__ import annotations

import pytest

from switch.wire import FramingError, make_framing
from switch.wire.framing import Options
from switch.wire.framing.lengths import PREFIXES


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("2-byte-binary", "0004 30383030"),
        ("2-byte-binary-inclusive", "0006 30383030"),
        ("2-byte-binary-tpdu", "0009 6000000000 30383030"),
        ("2-byte-binary-inclusive-tpdu", "000b 6000000000 30383030"),
        ("2-byte-binary-zeros", "00040000 30383030"),
        ("2-byte-bcd", "0004 30383030"),
        ("3-byte-binary", "000004 30383030"),
        ("4-byte-binary", "00000004 30383030"),
        ("4-digit-hex", "30303034 30383030"),
        ("4-digit-ascii", "30303034 30383030"),
        ("2-digit-ascii", "3034 30383030"),
        ("3-digit-ascii", "303034 30383030"),
        ("5-digit-ascii", "3030303034 30383030"),
        ("6-digit-ascii", "303030303034 30383030"),
        ("until-03", "30383030 03"),
    ],
)
def test_a_frame_is_laid_out_as_its_name_says(name: str, frame: str) -> None:
    assert make_framing(name).frame(b"0800") == bytes.fromhex(frame)


@pytest.mark.parametrize(
    ("name", "length"),
    [
        ("2-byte-binary", "0101"),
        ("2-byte-binary-inclusive", "0103"),
        ("2-byte-bcd", "0257"),
        ("4-digit-hex", "30313031"),
        ("4-digit-ascii", "30323537"),
    ],
)
def test_a_length_of_257_shows_the_order_and_the_base(name: str, length: str) -> None:
    assert make_framing(name).frame(b"0" * 257).startswith(bytes.fromhex(length))


@pytest.mark.parametrize(
    ("name", "start", "words"),
    [
        ("2-byte-bcd", "000a", "a length of 4 digits, two a byte, found bytes 00 0a"),
        ("4-digit-ascii", "30303441", "a length of 4 digits"),
        ("4-digit-ascii", "30302b34", "a length of 4 digits"),
        ("4-digit-hex", "30303478", "a length of 4 hexadecimal digits"),
        ("2-byte-binary-zeros", "00040100", "2 bytes of length and 2 zero bytes"),
        ("2-byte-binary-inclusive", "0001", "a length of at least 2, for it counts itself"),
        ("2-byte-binary-tpdu", "0005", "a message behind 5 bytes of header, found 5 bytes"),
    ],
)
def test_a_length_that_cannot_be_is_refused_at_once(name: str, start: str, words: str) -> None:
    with pytest.raises(FramingError, match="frame: expected ") as caught:
        make_framing(name).receiver().receive(bytes.fromhex(start))
    assert words in str(caught.value)


def test_hexadecimal_digits_are_sent_in_capitals_and_taken_in_either() -> None:
    framing = make_framing("4-digit-hex")
    assert framing.frame(b"0" * 10).startswith(b"000A")
    assert framing.receiver().receive(b"000a" + b"0" * 10) == [b"0" * 10]


def test_a_zero_length_that_counts_itself_is_a_keep_alive_written_either_way() -> None:
    receiver = make_framing("2-byte-binary-inclusive").receiver()
    assert receiver.receive(bytes.fromhex("0000 0002")) == []
    assert receiver.keep_alives == 2


@pytest.mark.parametrize("name", sorted(PREFIXES))
def test_a_limit_beyond_what_a_length_can_say_is_brought_down_to_it(name: str) -> None:
    prefix = PREFIXES[name]
    framing = make_framing(name, limit_bytes=0xFFFF)
    longest = min(prefix.largest_payload, 0xFFFF)
    assert framing.limit_bytes == longest
    assert framing.receiver().receive(framing.frame(b"0" * longest)) == [b"0" * longest]


def test_what_stands_in_front_of_the_body_does_not_count_against_its_limit() -> None:
    framing = make_framing(Options("2-digit-ascii", header="ISO026000070"), limit_bytes=99)
    assert framing.limit_bytes == 99 - 12
