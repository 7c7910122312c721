"""What a server of host commands does with peers that are slow, wrong or hostile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred

from simulator.testing import RecordingTransport, connected, virtual_world
from simulator.virtual.world import World
from switch.keys import ModuleServer, SecurityModule, SoftwareModule
from switch.keys.commands import TEXT_MAX, read_answer, write_request
from switch.keys.frames import FRAME_TIMEOUT_S
from switch.keys.requests import GenerateMac, RandomBytes, Request
from switch.keys.server import IN_FLIGHT_MAX, STUCK_TIMEOUT_S

PEER = IPv4Address("TCP", "127.0.0.1", 50_000)


class Held(SecurityModule):
    """A module that keeps every request."""

    def __init__(self) -> None:
        self.asked: list[Deferred[Any]] = []

    def perform(self, request: Request[Any]) -> Deferred[Any]:
        self.asked.append(Deferred())
        return self.asked[-1]


@pytest.fixture
def world() -> Iterator[World]:
    with virtual_world(seed=7) as opened:
        yield opened


def line_to(world: World, module: SecurityModule) -> tuple[Any, RecordingTransport]:
    server = ModuleServer(world.runtime("hsm"), module, 8589)
    line = server.buildProtocol(PEER)
    assert line is not None
    return connected(line)


def framed(body: bytes) -> bytes:
    return len(body).to_bytes(2) + body


def sent(transport: RecordingTransport) -> list[bytes]:
    data: bytes = transport.value()  # type: ignore[no-untyped-call]
    frames = []
    while data:
        end = 2 + int.from_bytes(data[:2])
        frames.append(data[2:end])
        data = data[end:]
    return frames


def test_frames_are_found_however_they_are_cut(world: World, module: SoftwareModule) -> None:
    line, transport = line_to(world, module)
    asked = [GenerateMac("mac", bytes([at])) for at in range(5)]
    stream = b"".join(framed(write_request(at, one)) for at, one in enumerate(asked))
    for byte in stream:
        line.dataReceived(bytes([byte]))
    whole, other = line_to(world, module)
    whole.dataReceived(stream)
    assert len(sent(transport)) == 5
    assert sent(transport) == sent(other)


@pytest.mark.parametrize(
    "start",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        (TEXT_MAX + 1).to_bytes(2),
        b"\x00\x00",
        framed(b"hello"),
        framed(b"\xff" * 20),
    ],
)
def test_a_peer_that_speaks_something_else_is_dropped(
    start: bytes, world: World, module: SoftwareModule
) -> None:
    line, transport = line_to(world, module)
    line.dataReceived(start)
    world.advance(FRAME_TIMEOUT_S)
    assert ("abort",) in transport.log
    assert sent(transport) == []
    line.dataReceived(framed(write_request(1, RandomBytes(1))))
    assert sent(transport) == []


def test_a_frame_that_does_not_end_is_not_waited_for(world: World, module: SoftwareModule) -> None:
    line, transport = line_to(world, module)
    line.dataReceived(framed(write_request(1, RandomBytes(1)))[:-1])
    world.advance(FRAME_TIMEOUT_S - 1)
    assert ("abort",) not in transport.log
    world.advance(1)
    assert ("abort",) in transport.log


def test_a_silent_connection_between_frames_is_left_alone(
    world: World, module: SoftwareModule
) -> None:
    line, transport = line_to(world, module)
    line.dataReceived(framed(write_request(1, RandomBytes(1))))
    world.advance(3600)
    assert ("abort",) not in transport.log
    line.connectionLost()


def test_a_wrong_command_is_answered_and_the_next_one_too(
    world: World, module: SoftwareModule
) -> None:
    line, transport = line_to(world, module)
    line.dataReceived(framed(b"1 00000001 make-coffee") + framed(write_request(2, RandomBytes(4))))
    wrong, right = sent(transport)
    assert wrong.startswith(b"1 00000001 error code=invalid-input")
    assert len(read_answer(RandomBytes(4), right)) == 4
    line.connectionLost()


def test_no_more_is_read_than_can_be_under_way(world: World) -> None:
    module = Held()
    line, transport = line_to(world, module)
    requests = [framed(write_request(at, RandomBytes(1))) for at in range(IN_FLIGHT_MAX + 5)]
    line.dataReceived(b"".join(requests))
    assert len(module.asked) == IN_FLIGHT_MAX
    assert transport.log[-1] == ("pause",)
    module.asked[0].callback(b"1")
    assert len(module.asked) == IN_FLIGHT_MAX + 1
    for answer in module.asked[1:]:
        answer.callback(b"1")
    while len(module.asked) < IN_FLIGHT_MAX + 5:
        module.asked[-1].callback(b"1")
    for answer in module.asked:
        if not answer.called:
            answer.callback(b"1")
    assert len(sent(transport)) == IN_FLIGHT_MAX + 5
    line.connectionLost()


def test_thousands_of_frames_at_once_are_not_thousands_of_calls_deep(
    world: World, module: SoftwareModule
) -> None:
    class Slow(Held):
        """Keeps all but the last that can be under way, and answers that one at once."""

        def perform(self, request: Request[Any]) -> Deferred[Any]:
            if len(self.asked) < IN_FLIGHT_MAX - 1:
                return super().perform(request)
            return module.perform(request)

    count = 2_000
    line, transport = line_to(world, Slow())
    requests = [framed(write_request(at, RandomBytes(1))) for at in range(count)]
    line.dataReceived(b"".join(requests))
    assert len(sent(transport)) == count - (IN_FLIGHT_MAX - 1)
    line.connectionLost()


def test_a_peer_that_reads_nothing_is_read_no_more_and_then_dropped(
    world: World, module: SoftwareModule
) -> None:
    line, transport = line_to(world, module)
    line.pauseProducing()
    line.dataReceived(framed(write_request(1, RandomBytes(1))))
    assert sent(transport) == []
    world.advance(STUCK_TIMEOUT_S)
    assert ("abort",) in transport.log


def test_a_peer_that_reads_again_gets_its_answers(world: World, module: SoftwareModule) -> None:
    line, transport = line_to(world, module)
    line.pauseProducing()
    line.dataReceived(framed(write_request(1, RandomBytes(1))))
    line.resumeProducing()
    assert len(sent(transport)) == 1
    world.advance(STUCK_TIMEOUT_S)
    assert ("abort",) not in transport.log
    line.connectionLost()


def test_an_answer_for_a_peer_that_is_gone_goes_nowhere(world: World) -> None:
    module = Held()
    line, transport = line_to(world, module)
    line.dataReceived(framed(write_request(1, RandomBytes(1))))
    line.connectionLost()
    module.asked[0].callback(b"1")
    assert sent(transport) == []
