from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.wire.lengths import (
    all_digits,
    codec_of,
    largest_length,
    length_digits,
    prefix_width,
    write_length,
)

encodings = st.sampled_from(["ascii", "cp500", "cp037", "bcd", "binary"])


@given(encodings, st.integers(1, 6), st.data())
def test_every_length_that_fits_survives(encoding: str, digits: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(0, largest_length(digits, encoding)))
    raw = write_length(size, digits, encoding)
    assert len(raw) == prefix_width(digits, encoding)
    assert int(length_digits(raw, encoding)) == size


@pytest.mark.parametrize(
    ("size", "digits", "encoding", "raw"),
    [
        (200, 3, "cp500", "f2f0f0"),
        (16, 2, "bcd", "16"),
        (16, 3, "bcd", "0016"),
        (16, 3, "binary", "0010"),
        (255, 2, "binary", "ff"),
    ],
)
def test_lengths_have_the_bytes_of_published_ones(
    size: int, digits: int, encoding: str, raw: str
) -> None:
    assert write_length(size, digits, encoding).hex() == raw


@pytest.mark.parametrize("text", ["", "+1", " 6", "1_0", "\uff11", "a"])
def test_what_int_would_take_is_no_length(text: str) -> None:
    assert not all_digits(text)


@pytest.mark.parametrize("charset", ["ascii", "cp500", "cp037"])
def test_every_byte_is_one_character(charset: str) -> None:
    every = bytes(range(256))
    text = every.decode(codec_of(charset))
    assert len(set(text)) == 256
    assert text.encode(codec_of(charset)) == every


def test_the_separators_of_track_1_are_those_of_mainframes_in_cp500_only() -> None:
    # IBM-1047 has ^ at 0x5F.
    assert ("^".encode("cp500"), "^".encode("cp037")) == (b"\x5f", b"\xb0")
