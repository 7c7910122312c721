from __future__ import annotations

import pytest

from switch.wire import FRAMING_NAMES, WireError, make_framing
from switch.wire.framing import Options, one_body, read_options


def test_every_named_framing_can_be_made() -> None:
    assert [make_framing(name).name for name in FRAMING_NAMES] == list(FRAMING_NAMES)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (Options("7-byte-binary"), "known: 2-byte-binary"),
        (Options("2-byte-binary", limit_bytes=0), "a limit of 1 to 65535"),
        (Options("2-byte-binary", limit_bytes=65536), "a limit of 1 to 65535"),
        (Options("2-byte-binary", keep_alive="nod"), "keep_alive is ignore, answer, close"),  # type: ignore[arg-type]
        (Options("2-byte-binary", tpdu="6100000000"), "a tpdu is 60 and 8 more"),
        (Options("2-byte-binary", tpdu="60000000"), "a tpdu is 60 and 8 more"),
        (Options("until-03", tpdu="6000000000"), "until-03 has no TPDU"),
        (Options("2-byte-binary", header="0x4"), "two digits a byte"),
        (Options("2-byte-binary", header="0xZZ"), "two digits a byte"),
        (Options("2-byte-binary", header="é"), "ASCII text"),
        (Options("2-byte-binary", header=""), "1 to 64 bytes"),
        (Options("2-byte-binary", header="x" * 65), "1 to 64 bytes"),
        (Options("2-digit-ascii", header="x" * 60, tpdu="6000000000"), ""),
    ],
)
def test_parameters_that_cannot_be_are_refused_in_words(options: Options, words: str) -> None:
    if not words:
        assert make_framing(options).limit_bytes == 99 - 65
        return
    with pytest.raises(ValueError, match=words):
        make_framing(options)


def test_the_limit_of_a_framing_comes_before_that_of_its_link() -> None:
    assert make_framing(Options("2-byte-binary", limit_bytes=7), limit_bytes=9).limit_bytes == 7


def test_a_command_line_may_add_a_header_and_a_tpdu() -> None:
    given = read_options("4-digit-ascii,header=ISO026000070,tpdu=6000010002")
    assert given == Options("4-digit-ascii", header="ISO026000070", tpdu="6000010002")


@pytest.mark.parametrize("text", ["x,", "x,header=", "x,limit=3", "x,header=a,header=b"])
def test_a_command_line_that_says_something_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected header=.* behind x"):
        read_options(text)


@pytest.mark.parametrize("name", FRAMING_NAMES)
def test_exactly_one_frame_gives_its_body(name: str) -> None:
    framing = make_framing(name)
    assert one_body(framing.frame(b"0800"), framing) == b"0800"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("2-byte-binary", "0005 30323030", "expected 5 bytes behind the length, found 4"),
        ("2-byte-binary", "0003 30323030", "byte 5: expected the end of the frame, found 1 more"),
        ("2-byte-binary", "0003 303230 000330", "byte 5: expected the end of the frame, found 3"),
        ("2-byte-binary", "00", "2 bytes of length, found 1"),
        ("2-byte-binary", "", "2 bytes of length, found 0"),
        ("2-byte-binary", "0000", "a zero length: a keep-alive"),
        ("2-byte-binary", "0000 0004 30323030", "a zero length: a keep-alive"),
        ("4-digit-ascii", "30303033 303230 30", "byte 7: expected the end of the frame"),
        ("until-03", "30323030", "03 at the end, found 4 bytes without it"),
        ("until-03", "30323030 03 30", "byte 5: expected the end of the frame, found 1 more"),
    ],
)
def test_bytes_that_are_not_one_frame_are_an_error(name: str, data: str, words: str) -> None:
    with pytest.raises(WireError) as caught:
        one_body(bytes.fromhex(data), make_framing(name))
    assert words in str(caught.value)
