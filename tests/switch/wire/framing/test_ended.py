from __future__ import annotations

import pytest

from switch.wire import FramingError, make_framing
from switch.wire.framing import Options

UNTIL = make_framing("until-03", limit_bytes=50)


def refused(data: bytes, header: str | None = None) -> FramingError:
    receiver = make_framing(Options("until-03", header=header), limit_bytes=50).receiver()
    with pytest.raises(FramingError) as caught:
        receiver.receive(data)
    return caught.value


def test_a_body_that_holds_the_end_is_not_framed() -> None:
    with pytest.raises(FramingError, match="without a byte 03, which would end it, found one at"):
        UNTIL.frame(b"08\x0300")


def test_a_message_in_ebcdic_is_taken_as_well() -> None:
    assert UNTIL.receiver().receive(b"\xf0\xf8\xf0\xf0\x03") == [b"\xf0\xf8\xf0\xf0"]


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"\x16\x03\x01\x02\x00", "looks like TLS: a ClientHello"),
        (b"GET / HTTP/1.1", "looks like HTTP: 'GE'"),
        (b"\x00\x080800----", "looks like a 2-byte length: 2-byte-binary"),
    ],
)
def test_what_does_not_begin_with_a_message_type_is_refused_at_once(data: bytes, hint: str) -> None:
    error = refused(data)
    assert error.expected == "a message type in digits"
    assert error.hint == hint


def test_a_header_without_a_message_is_refused() -> None:
    assert "a message behind 3 bytes of header" in str(refused(b"ISO\x03", "ISO"))


def test_another_header_is_refused() -> None:
    assert "the header 'ISO'" in str(refused(b"ISX0800", "ISO"))


def test_what_never_ends_is_refused_at_the_limit() -> None:
    receiver = UNTIL.receiver()
    assert receiver.receive(b"0" * 50) == []
    with pytest.raises(FramingError, match="03 within 50 bytes"):
        receiver.receive(b"0")
