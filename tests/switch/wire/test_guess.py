"""Published messages are read rightly whatever stands around them; what is odd is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switch.wire import Codec, Message, dialect_names, load_dialect, make_framing
from switch.wire.guess import GUESS_MAX_BYTES, GUESSES_MAX, Guess, Guesser

GUESSER = Guesser([load_dialect(name) for name in dialect_names()])
PUBLISHED: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "published.jsonl").read_text().splitlines()
]
DATA = Path(__file__).with_name("data")
VECTORS: list[dict[str, Any]] = [
    json.loads(line) for line in (DATA / "vectors.jsonl").read_text().splitlines()
]
SHIPPED = [row for row in PUBLISHED if row["dialect"] in dialect_names()]
MESSAGE = {
    "t": "0200",
    "2": "9504010000000019",
    "3": "010000",
    "4": "000000020000",
    "7": "1124103601",
    "11": "000001",
    "32": "504001",
    "41": "GAB00001",
    "49": "504",
}
ASCII = Codec(load_dialect("iso87-ascii"))
BINARY = Codec(load_dialect("iso87-binary"))
BODY, PACKED = ASCII.encode(MESSAGE), BINARY.encode(MESSAGE)


def first(data: bytes | str) -> Guess:
    return GUESSER.guess(data if isinstance(data, str) else data.hex())[0]


def said(guess: Guess) -> Message:
    if guess.error is not None:
        return guess.error.partial
    assert guess.message is not None
    return guess.message


@pytest.mark.parametrize("row", SHIPPED, ids=[f"{at}" for at in range(len(SHIPPED))])
def test_a_published_message_is_read_as_published(row: dict[str, Any]) -> None:
    found = first(row["hex"])
    assert said(found) == row["message"]
    assert found.fits or "refused" in row


@pytest.mark.parametrize("row", VECTORS, ids=[row["id"] for row in VECTORS])
def test_a_message_of_others_is_read_first_as_they_say_it(row: dict[str, Any]) -> None:
    own = DATA / "dialects" / f"{row['dialect']}.yaml"
    guesser = GUESSER
    if own.exists():
        # As `decode --guess --dialect FILE` does: the bank's own beside the shipped ones.
        names = (str(own), *dialect_names())
        guesser = Guesser([load_dialect(name) for name in names])
    found = guesser.guess(row.get("header", "") + row["hex"])[0]
    assert found.fits
    assert found.message == row["message"]


@pytest.mark.parametrize("row", SHIPPED[::7], ids=[f"{at}" for at in range(0, len(SHIPPED), 7)])
@pytest.mark.parametrize("framing", ["2-byte-binary", "2-byte-binary-tpdu", "4-digit-ascii"])
def test_and_in_a_frame_as_well(row: dict[str, Any], framing: str) -> None:
    found = first(make_framing(framing).frame(bytes.fromhex(row["hex"])))
    assert said(found) == row["message"]
    assert found.framing == framing


def with_raw_bitmap(body: bytes) -> bytes:
    return body[:4] + bytes.fromhex(body[4:20].decode()) + body[20:]


@pytest.mark.parametrize(
    ("data", "odd"),
    [
        (BODY, []),
        (PACKED, []),
        (with_raw_bitmap(BODY), ["the bitmap is binary but the rest is ASCII"]),
        (
            PACKED[:2] + PACKED[2:10].hex().upper().encode() + PACKED[10:],
            ["the bitmap is hexadecimal but the rest is BCD"],
        ),
        (
            make_framing("2-byte-binary").frame(with_raw_bitmap(BODY)),
            ["a 2-byte length is still in front", "the bitmap is binary but the rest is ASCII"],
        ),
        (b"\x60\0\1\0\2\3" + BODY, ["looks like 6 bytes of TPDU"]),
        (BODY + b"\r\n", ["a line end stands at the end"]),
        (BODY + b"\x01\x02\x04", ["3 bytes too many at the end"]),
        (BODY.hex().encode(), ["hexadecimal of hexadecimal"]),
        (
            PACKED.replace(b"\x02\x00", b"\x12\x00", 1),
            [],
        ),
    ],
)
def test_what_is_odd_is_said_in_words(data: bytes, odd: list[str]) -> None:
    assert list(first(data).odd) == odd


def test_bcd_numbers_may_have_ascii_lengths() -> None:
    packed = PACKED.replace(b"\x16\x95", b"16\x95").replace(b"\x06\x50", b"06\x50")
    found = first(packed)
    assert found.odd == ("lengths are ASCII but numbers are BCD",)
    assert found.changes == (("encoding", "length", "ascii"),)
    assert said(found) == MESSAGE


def test_the_characters_of_a_message_are_seen() -> None:
    text = with_raw_bitmap(BODY).decode("latin-1")
    found = first(BODY.decode().replace("GAB00001", "GAB-0001"))
    assert found.odd == ("the characters of the message, not hexadecimal",)
    assert GUESSER.guess(text) is not None


def test_what_a_link_would_have_to_tolerate_is_said() -> None:
    found = first(BODY.replace(b"1124103601", b"0024103601"))
    assert found.fits
    assert found.tolerate == ("impossible-dates",)


def test_what_only_breaks_a_rule_of_content_comes_before_what_is_far_fetched() -> None:
    found = first(BODY.replace(b"504001", b"5O4001"))
    assert not found.fits
    assert found.error is not None
    assert found.error.field == "32"


def test_dialects_that_read_the_same_are_one_guess() -> None:
    found = GUESSER.guess(BODY.hex())
    assert (found[0].dialect.name, found[0].also) == ("gab87", ("iso87-ascii",))


def test_bill_data_is_opened_where_a_dialect_opens_it() -> None:
    body = Codec(load_dialect("gab87")).encode({**MESSAGE, "48": {"01": "1001"}})
    assert said(first(body))["48"] == {"01": "1001"}


def test_what_is_no_message_is_refused_with_the_likeliest_reason() -> None:
    found = first(b"\xff" * 40)
    assert not found.fits
    assert "the MTI, byte 0" in str(found.error)


def test_too_many_bytes_are_not_guessed_at() -> None:
    assert GUESSER.guess("00" * (GUESS_MAX_BYTES + 1)) == []


@settings(deadline=None, max_examples=30)
@given(st.binary(min_size=1, max_size=120) | st.binary(max_size=60).map(lambda tail: BODY + tail))
def test_any_bytes_give_a_few_guesses_or_none(data: bytes) -> None:
    found = GUESSER.guess(data.hex())
    assert len(found) <= GUESSES_MAX
    assert sorted(found, key=lambda one: one.cost) == found
