"""The reactor around the timeline: what libraries ask a reactor for, besides connections."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import (
    IReactorCore,
    IReactorFDSet,
    IReactorFromThreads,
    IReactorPluggableNameResolver,
    IReactorTCP,
    IReactorTime,
)
from twisted.internet.task import LoopingCall, deferLater
from zope.interface import Interface
from zope.interface.verify import verifyObject

from simulator.virtual import StillWaitingError, VirtualReactor


@pytest.mark.parametrize(
    "interface",
    [
        IReactorCore,
        IReactorTime,
        IReactorTCP,
        IReactorFDSet,
        IReactorFromThreads,
        IReactorPluggableNameResolver,
    ],
)
def test_it_is_what_it_says(interface: type[Interface]) -> None:
    assert verifyObject(interface, VirtualReactor())


def test_run_until_gives_the_result_at_its_instant() -> None:
    reactor = VirtualReactor()
    assert reactor.run_until(deferLater(reactor, 30, lambda: "done"), limit_s=30) == "done"
    assert reactor.seconds() == 30


def test_run_until_raises_what_the_coroutine_raised() -> None:
    reactor = VirtualReactor()

    async def fails() -> None:
        await deferLater(reactor, 1, lambda: None)
        raise KeyError("missing")

    with pytest.raises(KeyError, match="missing"):
        reactor.run_until(fails())


def test_run_until_says_what_is_still_to_come_when_the_limit_passes() -> None:
    reactor = VirtualReactor()
    with pytest.raises(StillWaitingError, match=r"(?s)within 5 s; at .*timer of virtual at 9\.0"):
        reactor.run_until(deferLater(reactor, 9, lambda: None), limit_s=5)
    assert reactor.seconds() == 5


def test_run_until_does_not_wait_for_what_nothing_can_bring() -> None:
    with pytest.raises(StillWaitingError, match="nothing is left to happen"):
        VirtualReactor().run_until(Deferred())


def test_run_until_quiet_refuses_to_wait_for_ever() -> None:
    reactor = VirtualReactor()
    loop = LoopingCall(int)
    loop.clock = reactor
    loop.start(1)
    with pytest.raises(StillWaitingError, match="not quiet within 10 s"):
        reactor.run_until_quiet(limit_s=10)


def test_delayed_calls_are_told_without_what_the_reactor_does_for_itself() -> None:
    reactor = VirtualReactor()
    timer = reactor.callLater(1, int)
    assert list(reactor.getDelayedCalls()) == [timer]


def test_a_call_from_a_thread_comes_in_the_next_event() -> None:
    reactor = VirtualReactor()
    seen: list[int] = []
    reactor.callFromThread(seen.append, 1)
    assert seen == []
    reactor.advance(0)
    assert seen == [1]


def test_system_events_fire_by_phase_and_can_be_withdrawn() -> None:
    reactor = VirtualReactor()
    seen: list[str] = []
    reactor.addSystemEventTrigger("after", "shutdown", seen.append, "after")
    reactor.addSystemEventTrigger("before", "shutdown", seen.append, "before")
    withdrawn = reactor.addSystemEventTrigger("during", "shutdown", seen.append, "during")
    reactor.removeSystemEventTrigger(withdrawn)
    reactor.stop()
    assert seen == ["before", "after"]
    assert not reactor.running


def test_a_running_reactor_calls_at_once() -> None:
    seen: list[int] = []
    VirtualReactor().callWhenRunning(seen.append, 1)
    assert seen == [1]


def test_it_has_no_threads_and_no_loop_of_its_own() -> None:
    reactor = VirtualReactor()
    for refused in (reactor.run, reactor.getThreadPool, reactor.callInThread):
        with pytest.raises(RuntimeError):
            refused()


def test_names_are_those_of_the_world() -> None:
    reactor = VirtualReactor()
    reactor.network.add_host("issuer.example", "10.0.0.7")
    assert reactor.run_until(reactor.resolve("issuer.example")) == "10.0.0.7"
    assert reactor.run_until(reactor.resolve("localhost")) == "127.0.0.1"
    with pytest.raises(DNSLookupError):
        reactor.run_until(reactor.resolve("www.example.com"))
