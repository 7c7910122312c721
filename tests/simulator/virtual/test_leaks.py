"""Real time does not leak into a world, and Twisted is as it was before once it is closed."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import twisted.internet
from twisted.application import _client_service
from twisted.application.internet import backoffPolicy
from twisted.internet import task, threads
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import LoopingCall
from twisted.logger import Logger, _logger
from twisted.protocols.policies import TimeoutMixin
from twisted.web import http
from twisted.web.resource import Resource
from twisted.web.server import Site

from simulator.testing import virtual_world
from simulator.testing.leftovers import real_reactor
from simulator.virtual import RealTimeLeakError, World, no_real_time


@pytest.fixture
def world() -> Iterator[World]:
    with virtual_world(2) as opened:
        yield opened


def defaults() -> list[object]:
    """What a world replaces."""
    installed = real_reactor()
    return [
        installed,
        twisted.internet.reactor,
        dict(vars(installed)),
        time.sleep,
        threads.deferToThread,
        threads.deferToThreadPool,
        task._theCooperator,
        TimeoutMixin.callLater,
        http.gmtime,
        http.time,
        _logger.time,
        backoffPolicy.__defaults__,
        _client_service._defaultPolicy,
        _client_service._maybeGlobalReactor,
    ]


def test_closing_a_world_leaves_no_trace() -> None:
    before = defaults()
    with World(1):
        assert defaults()[3:] != before[3:]
    assert defaults() == before


def test_a_world_that_ends_in_an_error_leaves_no_trace_either() -> None:
    before = defaults()
    with pytest.raises(KeyError), World(1):
        raise KeyError
    assert defaults() == before


def test_a_looping_call_without_its_clock_fails_at_its_start(world: World) -> None:
    with pytest.raises(RealTimeLeakError, match=r"reactor\.seconds was used"):
        LoopingCall(int).start(1)


def test_a_site_without_its_reactor_fails_when_it_starts(world: World) -> None:
    with pytest.raises(RealTimeLeakError):
        world.process("core").reactor.listenTCP(8587, Site(Resource()))


@pytest.mark.parametrize(
    "use",
    [
        lambda: time.sleep(0),
        lambda: threads.deferToThread(int),
        lambda: threads.deferToThreadPool(None, None, int),
        lambda: twisted.internet.reactor.callLater(0, int),
    ],
)
def test_real_time_raises_while_a_world_is_open(world: World, use: Callable[[], Any]) -> None:
    with pytest.raises(RealTimeLeakError):
        use()


@pytest.mark.parametrize("method", ["callLater", "listenTCP", "connectTCP", "callInThread"])
def test_the_real_reactor_itself_is_poisoned(method: str) -> None:
    installed = real_reactor()
    with no_real_time(), pytest.raises(RealTimeLeakError, match=f"reactor.{method} was used"):
        getattr(installed, method)(0, int)


def test_other_threads_are_not_of_the_world(world: World) -> None:
    slept: list[bool] = []
    thread = threading.Thread(target=lambda: slept.append(time.sleep(0) is None))
    thread.start()
    thread.join()
    assert slept == [True]


class Impatient(TimeoutMixin, Protocol):
    def connectionMade(self) -> None:
        self.setTimeout(30)

    def dataReceived(self, data: bytes) -> None:
        self.resetTimeout()


def test_a_timeout_mixin_counts_virtual_seconds_and_dies_with_its_process(world: World) -> None:
    server, client = world.process("server"), world.process("client")
    server.reactor.listenTCP(8583, Factory.forProtocol(Impatient))
    endpoint = TCP4ClientEndpoint(client.reactor, "127.0.0.1", 8583)
    peer = world.run_until(connectProtocol(endpoint, Protocol()))
    client.reactor.callLater(20, peer.transport.write, b"still there")
    world.advance(49)
    assert peer.transport.connected
    world.advance(2)
    assert not peer.transport.connected


def test_cooperative_tasks_belong_to_the_process_that_started_them(world: World) -> None:
    did: list[str] = []

    def work(name: str) -> Iterator[None]:
        for _ in range(3):
            did.append(name)
            yield

    switch, core = world.process("switch"), world.process("core")
    switch.call(task.cooperate, work("switch"))
    core.call(task.cooperate, work("core"))
    switch.kill()
    world.advance(1)
    assert did == ["core", "core", "core"]


def test_a_default_used_outside_of_any_process_is_an_error(world: World) -> None:
    with pytest.raises(RealTimeLeakError, match=r"process\.call"):
        task.cooperate(iter(()))


def test_twisteds_log_carries_the_worlds_time(world: World) -> None:
    events: list[dict[str, Any]] = []
    world.advance(60)
    Logger(observer=events.append).info("x")
    assert events[0]["log_time"] == world.start.timestamp() + 60


def test_a_second_world_waits_for_the_first_to_close(world: World) -> None:
    with pytest.raises(RuntimeError, match="another virtual world is open"):
        World(3).open()


WITHOUT_REACTOR = """
import sys
from simulator.virtual import World
assert "twisted.internet.reactor" not in sys.modules
with World(1):
    import klein
assert "twisted.internet.reactor" not in sys.modules
import twisted.internet
assert not hasattr(twisted.internet, "reactor")
"""


def test_klein_can_be_imported_in_a_world_without_installing_a_reactor() -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", WITHOUT_REACTOR], check=True, timeout=60)


def test_the_clock_of_tls_is_that_of_the_process_that_uses_it(world: World) -> None:
    tls = pytest.importorskip("twisted.protocols.tls")
    clock = tls._get_default_clock()
    seen: list[str] = []
    switch, core = world.process("switch"), world.process("core")
    switch.call(clock.callLater, 1, seen.append, "switch")
    core.call(clock.callLater, 1, seen.append, "core")
    switch.kill()
    world.advance(2)
    assert seen == ["core"]
    assert core.call(clock.seconds) == 2
