from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.wire import FRAMING_NAMES, make_framing
from switch.wire.framing import Options, read_options
from switch.wire.guess_strip import Stripped, stripped

BODY = b"0200B220000000100000" + b"0" * 70


def one(data: bytes) -> Stripped:
    """The likeliest way to come to the body."""
    return next(each for each in stripped(data) if each.body == BODY)


def test_bare_bytes_are_the_likeliest() -> None:
    assert stripped(BODY)[0] == Stripped(BODY, 0.0)


@pytest.mark.parametrize("name", FRAMING_NAMES)
def test_each_framing_is_taken_off_and_named(name: str) -> None:
    found = one(make_framing(name).frame(BODY))
    assert found.framing == name
    assert "still" in found.odd[0]


@pytest.mark.parametrize(
    ("head", "odd"),
    [
        ("6000030001", "5 bytes of TPDU stand in front"),
        ("600003000100", "looks like 6 bytes of TPDU"),
        (b"ISO026000070".hex(), "a header of 12 characters stands in front: ISO026000070"),
        ("42ff", "2 bytes stand in front of the message type: 42ff"),
        (b"9504010000000019".hex(), "a header of 16 characters stands in front: (digits)"),
    ],
)
def test_what_stands_in_front_is_said(head: str, odd: str) -> None:
    assert one(bytes.fromhex(head) + BODY).odd == (odd,)


@pytest.mark.parametrize(
    "options",
    [
        Options("2-byte-binary", header="ISO026000070"),
        Options("4-digit-ascii", header="0x42ff"),
        Options("2-byte-bcd", tpdu="6000030001"),
    ],
)
def test_a_length_and_what_is_behind_it_are_one_framing(options: Options) -> None:
    framed = make_framing(options).frame(BODY)
    found = one(framed)
    assert found.framing is not None
    assert make_framing(read_options(found.framing)).frame(BODY) == framed


@pytest.mark.parametrize(
    ("data", "odd"),
    [
        (BODY + b"\r\n", "a line end stands at the end"),
        (BODY + b"\x03", "the byte 03 that ends a frame is still there"),
        (
            b"\x00\x99" + BODY,
            "a 2-byte length may be in front, but says 153 where 90 follow",
        ),
        (
            b"\x00\x5a" + BODY + b"\x00\x5a",
            "a 2-byte length is still in front, and 2 bytes follow its message",
        ),
    ],
)
def test_what_does_not_match_is_said(data: bytes, odd: str) -> None:
    assert one(data).odd == (odd,)


@given(st.binary(max_size=300))
def test_any_bytes_give_bounded_candidates(data: bytes) -> None:
    found = stripped(data)
    assert len(found) < 3000
    assert all(each.body for each in found)
