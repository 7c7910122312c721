"""What holds for every framing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.wire import FRAMING_NAMES, FrameReceiver, Framing, FramingError, make_framing
from switch.wire.framing import Options

EVERY = pytest.mark.parametrize("name", FRAMING_NAMES)
HEADED = [
    Options("2-byte-binary", header="ISO026000070"),
    Options("2-byte-binary-tpdu", header="0x42"),
    Options("until-03", header="ISO"),
]
bodies = st.lists(st.binary(max_size=60).map(lambda rest: b"0" + rest.replace(b"\3", b"x")))


def made(given_options: str | Options, limit_bytes: int = 99) -> Framing:
    return make_framing(given_options, limit_bytes=limit_bytes)


def refused(receiver: FrameReceiver, data: bytes) -> FramingError:
    with pytest.raises(FramingError) as caught:
        receiver.receive(data)
    return caught.value


@given(st.sampled_from([*FRAMING_NAMES, *HEADED]), bodies, st.data())
def test_frames_come_out_whole_however_they_are_cut(
    name: str | Options, sent: list[bytes], data: st.DataObject
) -> None:
    framing = made(name)
    stream = b"".join(framing.frame(body) for body in sent)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=10).map(sorted))
    receiver = framing.receiver()
    received: list[bytes] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        received += receiver.receive(stream[start:end])
    assert received == sent
    assert receiver.pending == 0


@EVERY
def test_bytes_may_come_one_at_a_time(name: str) -> None:
    framing = made(name)
    receiver = framing.receiver()
    came = [receiver.receive(bytes([byte])) for byte in framing.frame(b"0800" * 20)]
    assert [body for some in came for body in some] == [b"0800" * 20]


@EVERY
def test_pending_counts_the_bytes_of_the_incomplete_frame(name: str) -> None:
    framing = made(name)
    receiver = framing.receiver()
    receiver.receive(framing.frame(b"0800") + framing.frame(b"0800")[:-1])
    assert receiver.pending == len(framing.frame(b"0800")) - 1


@EVERY
def test_a_keep_alive_is_counted_and_is_no_body(name: str) -> None:
    framing = made(name)
    receiver = framing.receiver()
    data = framing.keep_alive + framing.frame(b"0800") + framing.keep_alive
    assert receiver.receive(data) == [b"0800"]
    assert receiver.keep_alives == 2
    assert receiver.owed() == b""


@EVERY
def test_a_keep_alive_is_answered_with_one_where_the_rule_says_so(name: str) -> None:
    framing = made(Options(name, keep_alive="answer"))
    receiver = framing.receiver()
    receiver.receive(framing.keep_alive + framing.frame(b"0800") + framing.keep_alive)
    assert receiver.owed() == framing.keep_alive * 2
    assert receiver.owed() == b""


@EVERY
def test_a_keep_alive_ends_a_line_where_the_rule_says_so(name: str) -> None:
    framing = made(Options(name, keep_alive="close"))
    error = refused(framing.receiver(), framing.frame(b"0800") + framing.keep_alive)
    assert "a keep-alive, which closes this line" in str(error)
    assert error.complete == [b"0800"]


@EVERY
def test_a_body_of_the_limit_is_accepted_and_one_byte_more_is_not(name: str) -> None:
    receiver = made(name, 10).receiver()
    assert receiver.receive(made(name).frame(b"0" * 10)) == [b"0" * 10]
    assert refused(receiver, made(name).frame(b"0" * 11)).complete == []


@EVERY
def test_a_frame_over_the_limit_is_refused_before_its_end_arrives(name: str) -> None:
    receiver = made(name, 10).receiver()
    refused(receiver, made(name, 99).frame(b"0" * 99)[:30])
    assert receiver.pending == 0


@EVERY
def test_never_more_than_one_frame_is_held(name: str) -> None:
    framing = made(name, 90)
    whole = framing.frame(b"0" * 90)
    receiver = framing.receiver()
    receiver.receive(whole * 50 + whole[:-1])
    assert receiver.pending == len(whole) - 1


@EVERY
def test_a_broken_line_stays_broken(name: str) -> None:
    receiver = made(name, 10).receiver()
    first = refused(receiver, made(name).frame(b"0800") + made(name).frame(b"0" * 11))
    again = refused(receiver, made(name).frame(b"0800"))
    assert first.complete == [b"0800"]
    assert str(again) == str(first)
    assert again.complete == []
    assert not again.readable


@EVERY
@pytest.mark.parametrize("body", [b"", b"0" * 11])
def test_a_body_that_its_own_limit_refuses_is_not_framed(name: str, body: bytes) -> None:
    with pytest.raises(FramingError, match="a body of 1 to 10 bytes"):
        made(name, 10).frame(body)


@given(st.sampled_from([*FRAMING_NAMES, *HEADED]), st.binary(max_size=400))
def test_garbage_gives_bodies_or_a_framing_error(name: str | Options, data: bytes) -> None:
    try:
        received = made(name, 50).receiver().receive(data)
    except FramingError as error:
        received = error.complete
    assert all(1 <= len(body) <= 50 for body in received)
