"""Blocking work runs on one thread, in order, and its outcome comes back to the reactor."""

from __future__ import annotations

import threading

import pytest
import pytest_twisted
from twisted.internet import reactor as real_reactor
from twisted.internet.defer import gatherResults

from switch.runtime import ThreadExecutor, real_runtime


@pytest_twisted.ensureDeferred
async def test_work_is_done_in_the_order_it_was_given_on_one_other_thread() -> None:
    executor = ThreadExecutor(real_reactor, "test/order")
    done: list[int] = []

    def work(number: int) -> str:
        done.append(number)
        return threading.current_thread().name

    names = await gatherResults([executor.run(lambda n=n: work(n)) for n in range(100)])
    assert done == list(range(100))
    assert set(names) == {"test/order"}
    await executor.stop()


@pytest_twisted.ensureDeferred
async def test_results_come_back_on_the_thread_of_the_reactor() -> None:
    executor = ThreadExecutor(real_reactor, "test/back")
    came: list[object] = []
    await executor.run(lambda: None).addCallback(
        lambda _: came.append(threading.current_thread() is threading.main_thread())
    )
    assert came == [True]
    await executor.stop()


@pytest_twisted.ensureDeferred
async def test_work_that_fails_tells_its_own_and_the_next_goes_on() -> None:
    executor = ThreadExecutor(real_reactor, "test/fail")
    failing, following = executor.run(lambda: 1 // 0), executor.run(lambda: "fine")
    with pytest.raises(ZeroDivisionError):
        await failing
    assert await following == "fine"
    await executor.stop()


@pytest_twisted.ensureDeferred
async def test_a_stop_waits_for_what_was_given_and_refuses_the_rest() -> None:
    executor = ThreadExecutor(real_reactor, "test/stop")
    gate = threading.Event()
    held, second = executor.run(gate.wait), executor.run(lambda: "second")
    stopped = [executor.stop(), executor.stop()]
    with pytest.raises(RuntimeError, match="test/stop is stopped"):
        await executor.run(lambda: None)
    assert not any(each.called for each in stopped)
    gate.set()
    await gatherResults(stopped)
    assert (held.result, second.result) == (True, "second")
    await executor.stop()


@pytest_twisted.ensureDeferred
async def test_an_executor_that_never_worked_stops_at_once() -> None:
    executor = ThreadExecutor(real_reactor, "test/idle")
    assert executor.stop().called
    assert executor.stop().called


@pytest_twisted.ensureDeferred
async def test_a_party_has_executors_named_after_it() -> None:
    executor = real_runtime(real_reactor, 1).of("core").executor("books")
    assert await executor.run(lambda: threading.current_thread().name) == "core/books"
    await executor.stop()
