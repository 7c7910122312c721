"""The rules of lines that are about time and memory, in virtual time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.testing import virtual_world
from switch.link.line import STUCK_TIMEOUT_S

FLOOD = 4_000


class VirtualBench:
    """A bench whose parties are processes of a world."""

    def __init__(self, world: Any, folder: Path, benches: Any) -> None:
        self.world = world
        self.bench = benches(
            world.runtime,
            folder,
            lambda party, function, *rest: world.process(party).call(function, *rest),
        )

    def do(self, coroutine: Any, limit_s: float = 60.0) -> Any:
        return self.world.run_until(coroutine, limit_s)

    def events(self, party: str = "switch") -> list[str]:
        return [event.what for event in self.world.history.events if event.party == party]

    def buffered_bytes(self) -> int:
        """What the switch holds to be sent on its lines of terminals."""
        held = 0
        for session in self.bench.switch._links.listeners["terminals"].sessions:
            transport: Any = session.line.transport
            held += len(transport.dataBuffer) + transport._tempDataLen
        return held


@pytest.fixture
def virtual(tmp_path: Path, benches: Any) -> Iterator[VirtualBench]:
    with virtual_world(seed=5) as world:
        virtual = VirtualBench(world, tmp_path, benches)
        virtual.do(virtual.bench.start())
        yield virtual
        virtual.do(virtual.bench.stop())
        assert world.failures == []


def test_a_frame_may_take_ten_seconds(virtual: VirtualBench) -> None:
    bench = virtual.bench
    slow, other = virtual.do(bench.peer()), virtual.do(bench.peer())
    body = bench.encode(bench.network("301"))
    frame = len(body).to_bytes(2, "big") + body
    slow.write(frame[:1])
    virtual.world.advance(9.9)
    slow.write(frame[1:])
    assert virtual.do(slow.answer()).text(39) == "00"
    slow.write(frame[:20])
    virtual.world.advance(9.9)
    assert not slow.is_closed
    virtual.world.advance(0.2)
    assert slow.is_closed
    assert virtual.events().count("line refused") == 1
    assert virtual.do(other.code(bench.network("301"))) == "00"


def test_a_frame_that_trickles_is_given_no_more_time(virtual: VirtualBench) -> None:
    peer = virtual.do(virtual.bench.peer())
    peer.write(b"\x00\x50")
    for _ in range(11):
        peer.write(b"0")
        virtual.world.advance(1)
    assert peer.is_closed


def test_a_line_that_says_nothing_is_left_open(virtual: VirtualBench) -> None:
    peer = virtual.do(virtual.bench.peer())
    virtual.world.advance(3_600)
    assert virtual.do(peer.code(virtual.bench.network("301"))) == "00"


def test_a_flood_from_a_peer_that_does_not_read_takes_no_memory(virtual: VirtualBench) -> None:
    bench = virtual.bench
    other, flood = virtual.do(bench.peer()), virtual.do(bench.peer())
    flood.transport.pauseProducing()
    for number in range(FLOOD):
        flood.send(bench.network("301", f"{number:06}"))
    virtual.world.advance(5)
    assert virtual.buffered_bytes() < 2 * 65_536
    assert virtual.do(other.code(bench.network("301"))) == "00"
    flood.transport.resumeProducing()
    virtual.world.advance(5)
    assert len(flood.frames) == FLOOD
    assert virtual.buffered_bytes() == 0


def test_a_peer_that_never_reads_is_dropped(virtual: VirtualBench) -> None:
    bench = virtual.bench
    flood = virtual.do(bench.peer())
    flood.transport.pauseProducing()
    for number in range(FLOOD):
        flood.send(bench.network("301", f"{number:06}"))
    virtual.world.advance(STUCK_TIMEOUT_S + 5)
    assert virtual.events().count("line dropped") == 1
    assert len(bench.switch._links.listeners["terminals"].sessions) == 0
    assert virtual.buffered_bytes() == 0
    flood.transport.resumeProducing()
    virtual.do(flood.closed)


def test_requests_beyond_a_lines_share_are_not_read_and_come_later(virtual: VirtualBench) -> None:
    bench = virtual.bench
    peer = virtual.do(bench.peer())
    share = bench.settings.switch.listeners["terminals"].in_flight_max
    bench.issuer.hold = True
    for number in range(share + 10):
        peer.send(bench.withdrawal(f"{number:06}"))
    virtual.world.advance(1)
    assert len(bench.issuer.asked) == share
    bench.issuer.hold = False
    bench.issuer.release()
    answers = [virtual.do(peer.answer()).text(39) for _ in range(share + 10)]
    assert answers == ["00"] * (share + 10)


def test_a_silent_host_is_91_in_time_and_its_reversal_repeated_until_it_speaks(
    virtual: VirtualBench,
) -> None:
    bench = virtual.bench
    peer = virtual.do(bench.peer())
    bench.issuer.hold = True
    asked_at_s = virtual.world.timeline.now_s
    assert virtual.do(peer.code(bench.withdrawal())) == "91"
    assert virtual.world.timeline.now_s - asked_at_s == pytest.approx(6.0, abs=0.1)
    virtual.world.advance(30)
    assert bench.issuer.types == ["0200", "0420", "0421", "0421", "0421"]
    bench.issuer.hold = False
    virtual.world.advance(60)
    assert (bench.issuer.stands, bench.rows("owed")) == (0, [])


def test_a_silent_core_is_91_in_time(virtual: VirtualBench) -> None:
    from twisted.web.server import NOT_DONE_YET

    bench = virtual.bench
    peer = virtual.do(bench.peer())
    bench.core.render = lambda request: (request.notifyFinish().addErrback(id), NOT_DONE_YET)[1]
    asked_at_s = virtual.world.timeline.now_s
    assert virtual.do(peer.code(bench.withdrawal(pan=bench.AMINA))) == "91"
    assert virtual.world.timeline.now_s - asked_at_s == pytest.approx(4.0, abs=0.1)
    del bench.core.render
    virtual.world.advance(10)
    assert [what for what, _ in bench.core.posted] == ["reversal"]
    assert bench.rows("transactions")[0]["state"] == "reversed"


def test_a_core_that_is_gone_is_91_at_once_and_found_again(virtual: VirtualBench) -> None:
    bench, world = virtual.bench, virtual.world
    peer = virtual.do(bench.peer())
    virtual.do(world.process("core").start(bench.core.stop))
    asked_at_s = world.timeline.now_s
    assert virtual.do(peer.code(bench.withdrawal("000001", pan=bench.AMINA))) == "91"
    assert world.timeline.now_s - asked_at_s < 0.1
    world.process("core").call(bench.core.start)
    assert virtual.do(peer.code(bench.withdrawal("000002", pan=bench.AMINA))) == "00"
    assert bench.rows("owed") == []
