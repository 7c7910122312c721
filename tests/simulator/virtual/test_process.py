"""Killing a simulated process: everything it holds is gone at once, and nothing it does counts."""

import gc
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from simulator.testing import virtual_world
from simulator.virtual import Process, ProcessKilled, World


class Peer(Protocol):
    def __init__(self) -> None:
        self.received = b""
        self.why: type[BaseException] | None = None

    def dataReceived(self, data: bytes) -> None:
        self.received += data

    def connectionLost(self, reason: Failure) -> None:
        self.why = reason.type


@pytest.fixture
def world() -> Iterator[World]:
    with virtual_world(11) as opened:
        yield opened


def line(world: World, server: Process, client: Process) -> tuple[Peer, Peer]:
    """The two ends of a connection between two processes."""
    accepted: list[Peer] = []

    class Accept(Factory):
        def buildProtocol(self, addr: object) -> Peer:
            accepted.append(Peer())
            return accepted[0]

    server.reactor.listenTCP(8583, Accept())
    endpoint = TCP4ClientEndpoint(client.reactor, "127.0.0.1", 8583)
    dialled = world.run_until(connectProtocol(endpoint, Peer()))
    world.advance(0.01)
    return accepted[0], dialled


def journal(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE IF NOT EXISTS journal (stan TEXT)")
    return database


def stans(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return [stan for (stan,) in database.execute("SELECT stan FROM journal ORDER BY stan")]


def test_no_timer_of_a_killed_process_runs(world: World) -> None:
    seen: list[str] = []
    switch, gab = world.process("switch"), world.process("gab")
    switch.reactor.callLater(1, seen.append, "switch")
    gab.reactor.callLater(1, seen.append, "gab")
    switch.kill()
    switch.reactor.callLater(1, seen.append, "after the kill")
    world.advance(2)
    assert seen == ["gab"]
    assert not switch.alive


def test_what_was_written_before_the_kill_arrives_then_the_stream_ends(world: World) -> None:
    switch = world.process("switch")
    accepted, dialled = line(world, switch, world.process("gab"))
    accepted.transport.write(b"0210")
    world.advance(0)
    switch.kill()
    assert dialled.why is None
    world.advance(1)
    assert dialled.received == b"0210"
    assert dialled.why is ConnectionDone
    assert accepted.why is None


def test_what_the_process_still_held_in_its_buffers_is_lost(world: World) -> None:
    switch = world.process("switch")
    accepted, dialled = line(world, switch, world.process("gab"))
    accepted.transport.write(b"0210")
    switch.kill()
    world.advance(1)
    assert dialled.received == b""


def test_a_kill_can_reset_its_peers(world: World) -> None:
    switch = world.process("switch")
    _accepted, dialled = line(world, switch, world.process("gab"))
    switch.kill(reset=True)
    world.advance(1)
    assert dialled.why is ConnectionLost


def test_data_that_nobody_read_makes_the_kernel_reset(world: World) -> None:
    switch = world.process("switch")
    accepted, dialled = line(world, switch, world.process("gab"))
    accepted.transport.pauseProducing()
    dialled.transport.write(b"0200")
    world.advance(1)
    switch.kill()
    world.advance(1)
    assert dialled.why is ConnectionLost


def test_the_finally_blocks_of_a_killed_process_change_nothing(
    world: World, tmp_path: Path
) -> None:
    switch = world.process("switch")
    accepted, dialled = line(world, switch, world.process("gab"))
    database = journal(tmp_path / "journal.db")
    executor = switch.runtime.executor("journal")
    did: list[str] = []

    async def handle(transport: object) -> None:
        try:
            await Deferred()
        finally:
            did.append("finally")
            accepted.transport.write(b"0210 approved")
            switch.runtime.log.info("approved")
            switch.reactor.callLater(0, did.append, "timer")
            executor.run(lambda: database.execute("INSERT INTO journal VALUES ('000001')"))
            await executor.run(lambda: did.append("commit"))

    switch.start(handle, accepted.transport)
    world.advance(1)
    before = len(world.history.of("switch"))
    switch.kill()
    assert did == ["finally"]
    world.advance(5)
    assert did == ["finally"]
    assert dialled.received == b""
    assert [event.what for event in world.history.of("switch")][before:] == ["killed"]
    database.close()
    assert stans(tmp_path / "journal.db") == []


def test_a_failure_that_nobody_will_handle_any_more_is_not_told(world: World) -> None:
    switch = world.process("switch")
    waiting: list[Deferred[None]] = [Deferred()]
    switch.reactor.callLater(9, waiting[0].callback, None)
    waiting[0].errback(RuntimeError("it was being handled"))
    switch.reactor.callLater(5, waiting.clear)
    switch.reactor.callLater(10, lambda kept: None, waiting.pop())
    switch.kill()
    gc.collect()
    assert world.failures == []


@pytest.mark.parametrize(
    ("kill_after_s", "committed", "heard"),
    [(0.0, [], []), (0.003, ["000001"], ["000001"])],
)
def test_a_kill_discards_what_was_queued_and_keeps_what_was_committed(
    world: World, tmp_path: Path, kill_after_s: float, committed: list[str], heard: list[str]
) -> None:
    path = tmp_path / "journal.db"
    switch = world.process("switch")
    database = journal(path)
    switch.own(database.close)
    executor = switch.runtime.executor("journal")
    told: list[str] = []

    def insert(stan: str) -> str:
        database.execute("INSERT INTO journal VALUES (?)", (stan,))
        return stan

    executor.run(lambda: insert("000001")).addCallback(told.append)
    world.advance(kill_after_s)
    for stan in ("000002", "000003"):
        executor.run(lambda stan=stan: insert(stan)).addCallback(told.append)
    switch.kill()
    world.advance(1)
    assert (stans(path), told) == (committed, heard)


def test_a_kill_can_come_between_the_commit_and_its_answer(world: World, tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    switch = world.process("switch")
    database = journal(path)
    switch.own(database.close)
    told: list[str] = []

    def insert() -> None:
        database.execute("INSERT INTO journal VALUES ('000001')")
        world.timeline.schedule(0, switch.kill)

    done = switch.runtime.executor("journal").run(insert)
    done.addCallback(lambda _: told.append("answered"))
    world.advance(1)
    assert (stans(path), told) == (["000001"], [])


def test_a_crash_within_a_transaction_rolls_it_back(world: World, tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    switch = world.process("switch")
    database = journal(path)
    switch.own(database.close)

    def insert() -> None:
        with database:
            database.execute("BEGIN")
            database.execute("INSERT INTO journal VALUES ('000001')")
            switch.crash()

    switch.runtime.executor("journal").run(insert)
    world.advance(1)
    assert not switch.alive
    assert stans(path) == []


def test_code_after_a_crash_point_does_not_run(world: World) -> None:
    switch = world.process("switch")
    did: list[str] = []

    async def handle() -> None:
        await deferLater(switch.reactor, 1, lambda: None)
        did.append("journaled")
        try:
            switch.crash()
        except Exception:
            did.append("went on")
        did.append("forwarded")

    switch.start(handle)
    world.advance(5)
    assert did == ["journaled"]
    assert world.failures == []


def test_a_kill_from_another_processs_code_returns_to_it(world: World) -> None:
    switch, runner = world.process("switch"), world.process("runner")
    did: list[str] = []

    async def run() -> None:
        await deferLater(switch.reactor, 1, lambda: None)
        switch.kill()
        did.append("went on")

    runner.start(run)
    world.advance(5)
    assert did == ["went on"]


def test_a_killed_process_opens_nothing_any_more(world: World) -> None:
    switch = world.process("switch")
    switch.kill()
    with pytest.raises(ProcessKilled):
        switch.reactor.listenTCP(8583, Factory.forProtocol(Peer))
    with pytest.raises(ProcessKilled):
        switch.reactor.connectTCP("127.0.0.1", 8583, Factory.forProtocol(Peer))


def test_a_killed_process_is_not_called(world: World) -> None:
    switch = world.process("switch")
    switch.kill()
    with pytest.raises(RuntimeError, match="the process switch was killed"):
        switch.call(int)


def test_a_crash_while_a_connection_is_accepted_is_no_failure(world: World) -> None:
    switch = world.process("switch")

    class Crashes(Peer):
        def connectionMade(self) -> None:
            switch.crash()

    switch.reactor.listenTCP(8583, Factory.forProtocol(Crashes))
    endpoint = TCP4ClientEndpoint(world.process("gab").reactor, "127.0.0.1", 8583)
    peer = world.run_until(connectProtocol(endpoint, Peer()))
    world.advance(1)
    assert peer.why is ConnectionDone
    assert world.failures == []


def test_a_crash_in_a_callback_that_nobody_watches_is_no_failure(world: World) -> None:
    switch = world.process("switch")
    switch.reactor.callLater(1, lambda: succeed(None).addCallback(lambda _: switch.crash()))
    world.advance(2)
    assert not switch.alive
    assert world.failures == []


def test_its_ports_are_free_for_its_next_life(world: World) -> None:
    first = world.process("switch")
    line(world, first, world.process("gab"))
    first.kill()
    second = world.process("switch")
    assert (second.generation, second is first) == (2, False)
    line(world, second, world.process("gab"))


def test_another_life_draws_other_chance_and_entropy(world: World) -> None:
    first = world.process("switch")
    drawn = first.runtime.entropy.token_bytes(8), first.runtime.random("retry").random()
    first.kill()
    second = world.process("switch").runtime
    again = second.entropy.token_bytes(8), second.random("retry").random()
    assert drawn[0] != again[0]
    assert drawn[1] != again[1]


def test_a_kill_twice_is_one_kill(world: World) -> None:
    switch = world.process("switch")
    switch.kill()
    switch.kill()
    assert [event.what for event in world.history.of("switch")] == ["started", "killed"]
