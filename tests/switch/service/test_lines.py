"""The rules of lines, tried with raw bytes on real sockets against a whole switch."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import gatherResults

With = Callable[..., Coroutine[Any, Any, None]]


@pytest_twisted.ensureDeferred
async def test_an_echo_is_answered_before_sign_on(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        peer = await bench.peer(sign_on=False)
        answer = await peer.ask(bench.network("301"))
        assert (answer.mti, answer.text(39), answer.text(70)) == ("0810", "00", "301")

    await with_switch(test)


@pytest_twisted.ensureDeferred
async def test_money_before_sign_on_is_91_and_the_line_goes_on(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        peer = await bench.peer(sign_on=False)
        assert await peer.code(bench.withdrawal()) == "91"
        await peer.sign_on()
        assert await peer.code(bench.withdrawal()) == "00"
        assert bench.issuer.posted == [("debit", "LAB00001/000001/1124103601")]

    await with_switch(test)


@pytest.mark.parametrize("terminal", [{}, {"de41": "GAB00001"}])
@pytest_twisted.ensureDeferred
async def test_sign_on_is_the_lines_whoever_says_it(
    with_switch: With, terminal: dict[str, str]
) -> None:
    async def test(bench: Any) -> None:
        peer = await bench.peer(sign_on=False)
        assert await peer.code(bench.network("001", **terminal)) == "00"
        for number in (1, 2):
            message = bench.withdrawal(f"{number:06}", de41=f"LAB0000{number}")
            assert await peer.code(message) == "00"
        assert await peer.code(bench.network("002")) == "00"
        assert await peer.code(bench.withdrawal("000003")) == "91"

    await with_switch(test)


@pytest_twisted.ensureDeferred
async def test_one_terminal_on_two_lines_is_answered_where_it_asked(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        one, two = await gatherResults([_peer(bench), _peer(bench)])
        bench.issuer.hold = True
        one.send(bench.withdrawal("000001"))
        two.send(bench.withdrawal("000002"))
        await bench.until(lambda: len(bench.issuer.asked) == 2)
        bench.issuer.release()
        assert (await one.answer()).text(11) == "000001"
        assert (await two.answer()).text(11) == "000002"
        assert not one.frames
        assert not two.frames

    await with_switch(test)


def _peer(bench: Any) -> Any:
    from twisted.internet.defer import Deferred

    return Deferred.fromCoroutine(bench.peer())


@pytest_twisted.ensureDeferred
async def test_a_zero_length_is_ignored(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        peer = await bench.peer(sign_on=False)
        peer.write(b"\0\0" * 1000)
        assert await peer.code(bench.network("301")) == "00"
        assert not peer.frames
        assert bench.warnings() == []

    await with_switch(test)


@pytest_twisted.ensureDeferred
async def test_frames_in_any_pieces_are_the_same_frames(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        peer = await bench.peer(sign_on=False)
        for number in range(3):
            peer.send(bench.network("301", f"{number:06}"))
        assert [(await peer.answer()).text(11) for _ in range(3)] == ["000000", "000001", "000002"]
        whole = bench.network("301")
        peer.send(whole)
        recorded = await peer.answer()
        body = bench.encode(whole)
        for byte in len(body).to_bytes(2, "big") + body:
            peer.write(bytes([byte]))
            await bench.until(lambda: True)
        assert await peer.answer() == recorded

    await with_switch(test)


@pytest_twisted.ensureDeferred
async def test_a_peer_that_closes_its_half_gets_the_answer_it_is_owed(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        peer = await bench.peer()
        bench.issuer.hold = True
        peer.send(bench.withdrawal())
        peer.finish_sending()
        await bench.until(lambda: bool(bench.issuer.asked))
        assert not peer.is_closed
        bench.issuer.release()
        assert (await peer.answer()).text(39) == "00"
        await peer.closed

    await with_switch(test)


@pytest_twisted.ensureDeferred
async def test_a_letter_in_an_amount_is_30_and_the_line_goes_on(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        peer = await bench.peer()
        body = bench.encode(bench.withdrawal()).replace(b"000000020000", b"00000002O000")
        answer = await peer.ask(body)
        assert (answer.mti, answer.text(39), answer.text(11)) == ("0210", "30", "000001")
        (line,) = bench.warnings()
        assert "field 4" in line["reason"]
        assert await peer.code(bench.withdrawal()) == "00"

    await with_switch(test)


def good_frame(bench: Any) -> bytes:
    body: bytes = bench.encode(bench.withdrawal("000777"))
    return len(body).to_bytes(2, "big") + body


HOSTILE: dict[str, tuple[bytes, str]] = {
    "a TLS hello": (bytes.fromhex("1603010200010001fc0303") + b"\x01" * 60, "TLS"),
    "an HTTP request": (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP"),
    "SSH": (b"SSH-2.0-OpenSSH_9.6\r\n", "SSH"),
    "a frame over the limit": (b"\x10\x01" + b"0" * 64, "at most 4096"),
    "the longest length": (b"\xff\xff", "at most 4096"),
    "a length of digits": (b"0045" + b"0200F238040108C08000", "ASCII length"),
    "a message without a length": (b"0200F238040108C0800016" + b"9504020000000018", "length"),
    "bytes of no message": (b"\x00\x10" + bytes(range(16)), ""),
    "a bitmap of letters": (b"\x00\x160200ZZZZZZZZZZZZZZZZ00", ""),
    "a message cut short": (b"\x00\x28" + b"0200F238040108C08000000000000400000016" + b"95", ""),
    "a card number in the wrong place": (b"\x00\x1f" + b"9504020000000018950402000000001", ""),
}


@pytest.mark.parametrize("what", HOSTILE)
@pytest_twisted.ensureDeferred
async def test_what_is_no_message_closes_its_line_and_no_other(
    with_switch: With, what: str
) -> None:
    data, hint = HOSTILE[what]

    async def test(bench: Any) -> None:
        other, hostile = await bench.peer(), await bench.peer()
        bench.issuer.hold = True
        other.send(bench.withdrawal("000001"))
        await bench.until(lambda: bool(bench.issuer.asked))
        bench.warnings()
        hostile.write(data)
        await hostile.closed
        (line,) = bench.warnings()
        assert line["reason"]
        assert hint in line["reason"]
        assert not hostile.frames
        bench.issuer.release()
        assert (await other.answer()).text(39) == "00"
        assert await other.code(bench.network("301")) == "00"
        assert bench.issuer.types == ["0200"]

    await with_switch(test)


@pytest_twisted.ensureDeferred
async def test_what_was_whole_before_the_garbage_is_still_answered(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        peer = await bench.peer()
        bench.issuer.hold = True
        peer.write(good_frame(bench) + b"\xff\xffgarbage")
        await bench.until(lambda: bool(bench.issuer.asked))
        bench.issuer.release()
        assert (await peer.answer()).text(11) == "000777"
        await peer.closed

    await with_switch(test)


@pytest.mark.parametrize("mti", ["0300", "0500", "0620"])
@pytest_twisted.ensureDeferred
async def test_a_known_type_that_is_not_offered_is_12(with_switch: With, mti: str) -> None:
    async def test(bench: Any) -> None:
        peer = await bench.peer()
        assert await peer.code(bench.withdrawal(mti=mti)) == "12"

    await with_switch(test)


@pytest_twisted.ensureDeferred
async def test_an_unknown_type_is_30_and_the_line_goes_on(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        peer = await bench.peer()
        body = bench.encode(bench.withdrawal())
        assert await peer.code(b"0900" + body[4:]) == "30"
        (line,) = bench.warnings()
        assert "message type" in line["reason"] or "MTI" in line["reason"]
        assert await peer.code(bench.network("301")) == "00"

    await with_switch(test)


@pytest_twisted.ensureDeferred
async def test_an_answer_that_nobody_asked_for_is_not_answered(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        peer = await bench.peer()
        for mti in ("0210", "0430", "0810"):
            peer.send(bench.withdrawal(mti=mti, de39="00"))
        assert await peer.code(bench.network("301")) == "00"
        assert [line["event"] for line in bench.warnings()] == ["answer matches nothing"] * 3

    await with_switch(test)


@pytest_twisted.ensureDeferred
async def test_unknown_terminals_and_cards_are_refused(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        peer = await bench.peer()
        assert await peer.code(bench.withdrawal("000001", de41="NOBODY01")) == "58"
        assert await peer.code(bench.withdrawal("000002", de41=None)) == "58"
        assert await peer.code(bench.withdrawal("000003", pan="9504030000000017")) == "92"
        assert await peer.code(bench.withdrawal("000004", de3="400000")) == "57"
        assert await peer.code(bench.withdrawal("000005", pan=bench.AMINA)) == "00"

    await with_switch(test)
