from __future__ import annotations

from typing import Any

import pytest

from switch.wire import Codec, EncodeError, WireError, load_dialect
from switch.wire.tolerance import TOLERANCES

ASCII = load_dialect("iso87-ascii")
BINARY = load_dialect("iso87-binary")
TRACK = "9504010000000019=2512101"


def body_of(message: dict[str, Any], before: bytes, after: bytes, dialect: Any = ASCII) -> bytes:
    """The bytes of a right message, spoilt."""
    right: bytes = Codec(dialect).encode(message)
    assert right.count(before) == 1
    return right.replace(before, after)


CASES = {
    "trailing-bytes": (
        ASCII,
        body_of({"t": "0800", "11": "000001"}, b"000001", b"000001\x03\x00"),
        {"t": "0800", "11": "000001"},
    ),
    "empty-elements": (
        ASCII,
        body_of({"t": "0800", "33": "1"}, b"011", b"00"),
        {"t": "0800", "33": ""},
    ),
    "impossible-dates": (
        ASCII,
        body_of({"t": "0800", "13": "1224"}, b"1224", b"2412"),
        {"t": "0800", "13": "2412"},
    ),
    "unsigned-amounts": (
        ASCII,
        body_of({"t": "0800", "28": "C00000100"}, b"C0", b"00"),
        {"t": "0800", "28": "000000100"},
    ),
    "track-sentinels": (
        ASCII,
        body_of({"t": "0800", "35": TRACK}, b"24" + TRACK.encode(), f"26;{TRACK}?".encode()),
        {"t": "0800", "35": f";{TRACK}?"},
    ),
    "any-pad": (
        BINARY,
        body_of(
            {"t": "0800", "22": "051", "33": "12345"}, b"\x12\x34\x50", b"\x12\x34\x5f", BINARY
        ),
        {"t": "0800", "22": "051", "33": "12345"},
    ),
}


def test_every_tolerance_is_tried_here() -> None:
    assert CASES.keys() == TOLERANCES.keys()


@pytest.mark.parametrize("name", CASES)
def test_what_is_tolerated_is_read_and_counted(name: str) -> None:
    dialect, body, message = CASES[name]
    codec = Codec(dialect, tolerate=[name])
    for _ in range(2):
        assert codec.decode(body) == message
    assert codec.tolerated == {name: 2}


@pytest.mark.parametrize("name", CASES)
def test_nothing_else_is_tolerated(name: str) -> None:
    dialect, body, _ = CASES[name]
    codec = Codec(dialect, tolerate=CASES.keys() - {name})
    with pytest.raises(WireError):
        codec.decode(body)
    assert not codec.tolerated


@pytest.mark.parametrize("name", CASES)
def test_what_is_tolerated_can_be_sent_again(name: str) -> None:
    dialect, body, message = CASES[name]
    codec = Codec(dialect, tolerate=[name])
    again = codec.encode(message)
    assert codec.decode(again) == message
    # Left-over bytes and odd pads are no part of a message.
    assert (again == body) == (name not in ("trailing-bytes", "any-pad"))


def test_a_refused_message_counts_nothing() -> None:
    codec = Codec(ASCII, tolerate=["impossible-dates"])
    with pytest.raises(WireError):
        codec.decode(CASES["impossible-dates"][1] + b"x")
    with pytest.raises(EncodeError):
        codec.encode({"t": "0800", "13": "24x2"})
    assert not codec.tolerated


def test_pads_of_fixed_and_of_several_elements_are_tolerated() -> None:
    body = Codec(BINARY).encode({"t": "0800", "22": "051", "23": "001", "32": "1", "33": "123"})
    hurt = body.replace(b"\x00\x51\x00\x01", b"\xf0\x51\x90\x01")
    hurt = hurt.replace(b"\x01\x10\x03\x12\x30", b"\x01\x1a\x03\x12\x3b")
    codec = Codec(BINARY, tolerate=["any-pad"])
    message = {"t": "0800", "22": "051", "23": "001", "32": "1", "33": "123"}
    assert codec.decode(hurt) == message
    assert codec.tolerated == {"any-pad": 4}


def test_a_letter_in_front_of_a_pad_is_not_tolerated() -> None:
    codec = Codec(BINARY, tolerate=["any-pad"])
    body = Codec(BINARY).encode({"t": "0800", "33": "123"})
    with pytest.raises(WireError) as caught:
        codec.decode(body.replace(b"\x03\x12\x30", b"\x03\x1c\x3f"))
    assert (caught.value.field, caught.value.position) == ("33", len(body) - 2)


def test_sentinels_of_a_track_in_bcd_are_nibbles() -> None:
    codec = Codec(BINARY, tolerate=["track-sentinels"])
    body = codec.encode({"t": "0200", "35": f";{TRACK}?"})
    assert body.hex().endswith("26b9504010000000019d2512101f")
    assert codec.decode(body)["35"] == f";{TRACK}?"
    with pytest.raises(WireError, match="found 'B'"):
        Codec(BINARY).decode(body)


def test_a_tolerance_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown tolerance 'any-dates'; known are trailing-bytes"):
        Codec(ASCII, tolerate=["any-dates"])
