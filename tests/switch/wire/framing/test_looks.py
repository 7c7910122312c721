from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.wire import FRAMING_NAMES, FramingError, make_framing
from switch.wire.framing import looks_like


@pytest.mark.parametrize(
    ("start", "hint"),
    [
        (b"\x16\x03\x01\x02\x00\x01", "looks like TLS: a ClientHello"),
        (b"GET / HTTP/1.1\r\n", "looks like HTTP: 'GE'"),
        (b"POST /x", "looks like HTTP: 'PO'"),
        (b"SSH-2.0-", "looks like SSH"),
        (b"0168020082", "looks like a 4 digit ASCII length: 4-digit-ascii"),
        (b"0168", "looks like a 4 digit ASCII length"),
        (b"01", "looks like a 4 digit ASCII length"),
        (b"00A80200", "looks like a 4 digit hexadecimal length: 4-digit-hex"),
        (b"00A8", "looks like a 4 digit hexadecimal length"),
        (b"08008220000000000000", "looks like a message without a length in front"),
        (b"\xa8\x000200", "looks like a little-endian length of 168"),
        (b"\xa8\x00", "looks like a little-endian length of 168"),
        (b"\x60\x00\x01\x00\x00", "looks like a TPDU without a length in front"),
        (b"\x60\x00\x01\x00\x00\x02\x00", "looks like a TPDU without a length in front"),
        (b"hello\r\n", "looks like plain text"),
        (b"\xff\xfe\xfd", ""),
    ],
)
def test_a_refused_start_says_what_the_peer_looks_like(start: bytes, hint: str) -> None:
    assert looks_like(start, 400) == hint


def test_a_refused_line_says_what_the_peer_looks_like() -> None:
    with pytest.raises(FramingError, match=r"looks like HTTP: 'PO'\)$") as caught:
        make_framing("2-byte-binary").receiver().receive(b"POST /pay HTTP/1.1")
    assert caught.value.hint == "looks like HTTP: 'PO'"


@pytest.mark.parametrize(
    "sent", [name for name in FRAMING_NAMES if name not in ("until-03", "2-byte-bcd")]
)
def test_the_framing_of_a_peer_is_recognised(sent: str) -> None:
    body = b"0200" + b"B220000000100000" + b"0" * 54
    hint = looks_like(make_framing(sent).frame(body))
    # Whether a length counts itself cannot be told before the frame ends.
    usual = sent.removesuffix("-tpdu").removesuffix("-inclusive")
    assert hint.endswith(f": {usual}")


@given(st.binary(max_size=60))
def test_anything_has_a_hint_or_none(start: bytes) -> None:
    assert isinstance(looks_like(start), str)
