from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.wire import FRAMING_NAMES, FrameReceiver, Framing, FramingError, make_framing
from switch.wire.framing import looks_like


def framing(limit_bytes: int = 4096) -> Framing:
    return make_framing("2-byte-binary", limit_bytes=limit_bytes)


def refused(receiver: FrameReceiver, data: bytes) -> FramingError:
    with pytest.raises(FramingError) as caught:
        receiver.receive(data)
    return caught.value


def test_a_frame_is_its_length_and_its_body() -> None:
    assert framing().frame(b"0800") == b"\x00\x040800"


def test_several_frames_may_come_at_once() -> None:
    data = framing().frame(b"one") + framing().frame(b"three")
    assert framing().receiver().receive(data) == [b"one", b"three"]


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=8), st.data())
def test_frames_come_out_whole_however_they_are_cut(
    bodies: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(framing().frame(body) for body in bodies)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=10).map(sorted))
    receiver = framing().receiver()
    received: list[bytes] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        received += receiver.receive(stream[start:end])
    assert received == bodies
    assert receiver.pending == 0


def test_bytes_may_come_one_at_a_time() -> None:
    receiver = framing().receiver()
    bodies = [receiver.receive(bytes([byte])) for byte in framing().frame(b"0800" * 100)]
    assert [body for some in bodies for body in some] == [b"0800" * 100]


def test_pending_counts_the_bytes_of_the_incomplete_frame() -> None:
    receiver = framing().receiver()
    receiver.receive(framing().frame(b"0800") + b"\x00\x0408")
    assert receiver.pending == 4


def test_a_zero_length_is_a_keep_alive_and_no_body() -> None:
    receiver = framing().receiver()
    assert receiver.receive(b"\x00\x00" + framing().frame(b"0800") + b"\x00\x00\x00") == [b"0800"]
    assert receiver.keep_alives == 2


def test_a_body_of_the_limit_is_accepted_and_one_byte_more_is_not() -> None:
    receiver = framing(10).receiver()
    assert receiver.receive(b"\x00\x0a" + b"x" * 10) == [b"x" * 10]
    assert refused(receiver, b"\x00\x0b").found.startswith("11 ")


def test_a_length_over_the_limit_is_refused_before_its_body_arrives() -> None:
    receiver = framing().receiver()
    assert receiver.receive(b"\xff") == []
    assert "at most 4096" in str(refused(receiver, b"\xff"))
    assert receiver.pending == 0


def test_what_came_whole_before_the_trouble_is_not_lost() -> None:
    assert refused(framing().receiver(), b"\x00\x02ok\x00\x00\xff\xff").complete == [b"ok"]


def test_a_broken_line_stays_broken() -> None:
    receiver = framing().receiver()
    first = refused(receiver, b"\x00\x02okGET /")
    again = refused(receiver, framing().frame(b"0800"))
    assert str(again) == str(first)
    assert again.complete == []
    assert not again.readable


def test_never_more_than_one_frame_is_held() -> None:
    receiver = framing(100).receiver()
    receiver.receive(framing().frame(b"y" * 100) * 50 + b"\x00\x64" + b"y" * 99)
    assert receiver.pending == 101


@pytest.mark.parametrize(
    ("start", "hint"),
    [
        (b"\x16\x03\x01\x02\x00\x01", "looks like TLS: a ClientHello"),
        (b"GET / HTTP/1.1\r\n", "looks like HTTP: 'GE'"),
        (b"POST /x", "looks like HTTP: 'PO'"),
        (b"SSH-2.0-", "looks like SSH"),
        (b"0168020082", "looks like a 4 digit ASCII length"),
        (b"00A80200", "looks like a 4 digit hexadecimal length"),
        (b"08008220000000000000", "looks like a message without a length in front"),
        (b"\xa8\x000200", "looks like a little-endian length of 168"),
        (b"\x60\x00\x01\x00\x00", "looks like a TPDU without a length in front"),
        (b"hello\r\n", "looks like plain text"),
        (b"\xff\xfe\xfd", ""),
    ],
)
def test_a_refused_length_says_what_the_peer_looks_like(start: bytes, hint: str) -> None:
    error = refused(framing(200).receiver(), start)
    assert error.hint == hint
    assert hint in str(error)


@given(st.binary(max_size=60))
def test_anything_has_a_hint_or_none(start: bytes) -> None:
    assert isinstance(looks_like(start), str)


@given(st.binary(max_size=400))
def test_garbage_gives_bodies_or_a_framing_error(data: bytes) -> None:
    try:
        bodies = framing(50).receiver().receive(data)
    except FramingError as error:
        bodies = error.complete
    assert all(1 <= len(body) <= 50 for body in bodies)


@pytest.mark.parametrize("body", [b"", b"x" * 11])
def test_a_body_that_its_own_limit_refuses_is_not_framed(body: bytes) -> None:
    with pytest.raises(FramingError, match="a body of 1 to 10 bytes"):
        framing(10).frame(body)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="known: 2-byte-binary"):
        make_framing("3-byte-binary")


@pytest.mark.parametrize("limit_bytes", [0, 65536])
def test_a_limit_that_the_length_cannot_say_is_refused(limit_bytes: int) -> None:
    with pytest.raises(ValueError, match="limit"):
        framing(limit_bytes)


def test_every_named_framing_can_be_made() -> None:
    assert [make_framing(name).name for name in FRAMING_NAMES] == list(FRAMING_NAMES)
