from __future__ import annotations

import pytest

from switch.wire import Framing, FramingError, make_framing
from switch.wire.framing import Body, Options

TPDU = make_framing(Options("2-byte-binary-tpdu", tpdu="6000030001"))
BASE24 = make_framing(Options("4-digit-ascii", header="ISO026000070"))
BINARY = make_framing(Options("2-byte-binary", header="0x42FF"))


def received(framing: Framing, payload: bytes) -> bytes:
    length = make_framing(framing.name.removesuffix("-tpdu")).frame(payload)
    [body] = framing.receiver().receive(length)
    return body


def test_a_message_of_our_own_has_our_tpdu() -> None:
    assert TPDU.frame(b"0800") == bytes.fromhex("0009 6000030001") + b"0800"


def test_an_answer_has_the_tpdu_of_its_request_with_the_addresses_swapped() -> None:
    request = received(TPDU, bytes.fromhex("60 0102 0304") + b"0800")
    assert request == b"0800"
    assert TPDU.frame(b"0810", request) == bytes.fromhex("0009 60 0304 0102") + b"0810"


def test_a_tpdu_that_does_not_begin_with_60_is_refused() -> None:
    with pytest.raises(FramingError, match="a TPDU, which begins with 60, found 61"):
        received(TPDU, bytes.fromhex("61 0102 0304") + b"0800")


def test_a_header_is_taken_off_and_put_in_front() -> None:
    assert BASE24.frame(b"0800") == b"0016ISO0260000700800"
    assert received(BASE24, b"ISO0260000700800") == b"0800"


def test_a_header_of_text_may_hold_other_digits_and_an_answer_bears_them() -> None:
    request = received(BASE24, b"ISO0160000750800")
    assert BASE24.frame(b"0810", request) == b"0016ISO0160000750810"


def test_a_tpdu_is_swapped_in_front_of_a_header_that_is_not() -> None:
    framing = make_framing(Options("2-byte-binary-tpdu", header="ISO"))
    request = received(framing, bytes.fromhex("60 0102 0304") + b"ISO0800")
    assert framing.frame(b"0810", request)[2:] == bytes.fromhex("60 0304 0102") + b"ISO0810"


@pytest.mark.parametrize(
    ("framing", "payload", "words"),
    [
        (BASE24, b"ISX0260000700800", "the header 'ISO026000070', found 58 as its byte 2"),
        (BASE24, b"ISO02600007X0800", "found 58 as its byte 11"),
        (BINARY, b"\x42\xfe0800", "the header 42ff, found fe as its byte 1"),
    ],
)
def test_another_header_is_refused(framing: Framing, payload: bytes, words: str) -> None:
    with pytest.raises(FramingError) as caught:
        received(framing, payload)
    assert words in str(caught.value)


def test_a_header_that_is_wrong_is_refused_before_the_body_arrives() -> None:
    with pytest.raises(FramingError, match="the header 42ff"):
        BINARY.receiver().receive(bytes.fromhex("0006 4200"))


def test_an_answer_to_a_body_of_another_framing_has_our_own_head() -> None:
    assert TPDU.frame(b"0810", Body.behind(b"ISO", b"0800")) == TPDU.frame(b"0810")
    assert TPDU.frame(b"0810", b"0800") == TPDU.frame(b"0810")


def test_a_body_does_not_show_itself() -> None:
    assert repr(Body.behind(b"ISO", b"9504010000000019")) == "Body(16 bytes behind 49534f)"
