"""The watch over tests catches each kind of leftover, and nothing else, in a pytest of its own."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

SAMPLES = """
import threading

import pytest_twisted
from twisted.internet import defer, endpoints, protocol, task
from twisted.logger import Logger
from twisted.python.failure import Failure

from simulator.testing import flush_logged_errors, virtual_world
from simulator.testing.leftovers import real_reactor
from simulator.virtual import World
from switch.runtime import ThreadExecutor

reactor = real_reactor()


def test_clean():
    pass


@pytest_twisted.ensureDeferred
async def test_clean_with_sockets():
    factory = protocol.Factory.forProtocol(protocol.Protocol)
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    where = endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port)
    client = await endpoints.connectProtocol(where, protocol.Protocol())
    client.transport.loseConnection()
    await port.stopListening()


@pytest_twisted.ensureDeferred
async def test_clean_executor():
    executor = ThreadExecutor(reactor, "stopped")
    await executor.run(int)
    await executor.stop()


def test_clean_expected_failure():
    defer.fail(KeyError("expected"))
    assert flush_logged_errors(KeyError)


def test_clean_world():
    with virtual_world(1) as world:
        world.advance(1)


def test_leaves_a_timer():
    reactor.callLater(60, int)


def test_leaves_a_listener():
    reactor.listenTCP(0, protocol.Factory(), interface="127.0.0.1")


@pytest_twisted.ensureDeferred
async def test_leaves_a_connection():
    factory = protocol.Factory.forProtocol(protocol.Protocol)
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    where = endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port)
    await endpoints.connectProtocol(where, protocol.Protocol())
    await port.stopListening()


def test_loses_a_failure():
    defer.fail(KeyError("nobody looks"))


def test_loses_a_failure_in_a_cycle():
    lost = defer.fail(KeyError("in a cycle"))
    lost.itself = lost


def test_logs_a_failure():
    Logger().failure("it went wrong", failure=Failure(KeyError("logged")))


@pytest_twisted.ensureDeferred
async def test_fails_in_the_background():
    async def background():
        await task.deferLater(reactor, 0, int)
        raise KeyError("in the background")

    defer.ensureDeferred(background())
    await task.deferLater(reactor, 0.01, int)


def test_never_awaits():
    async def forgotten():
        pass

    coroutine = forgotten()
    cycle = [coroutine]
    cycle.append(cycle)


def test_never_awaits_and_drops():
    async def forgotten():
        pass

    forgotten()


def test_leaves_a_thread():
    threading.Thread(target=threading.Event().wait, args=(0.5,), name="left").start()


@pytest_twisted.ensureDeferred
async def test_leaves_an_executor():
    await ThreadExecutor(reactor, "never stopped").run(int)


def test_leaves_a_world():
    World(99).open()


def test_clean_after_all_that():
    assert list(reactor.getDelayedCalls()) == []
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each sample's error says, empty where it passed."""
    folder: Path = tmp_path_factory.mktemp("samples")
    (folder / "test_samples.py").write_text(SAMPLES)
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    command += ["-p", "simulator.testing.plugin", "--rootdir", str(folder)]
    command += ["-c", os.devnull, "--junit-xml", str(report), str(folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=100, check=False, cwd=folder
    )
    assert report.exists(), done.stdout + done.stderr
    return {
        case.get("name", ""): "".join(
            f"{bad.get('message')}\n{bad.text}" for bad in case if bad.tag in ("error", "failure")
        )
        for case in ElementTree.parse(report).iter("testcase")
    }


@pytest.mark.parametrize(
    ("sample", "complaint"),
    [
        ("test_leaves_a_timer", "left behind a timer on the reactor: <DelayedCall"),
        ("test_leaves_a_listener", "left behind a connection or listener: <<class"),
        ("test_leaves_a_connection", "left behind a connection or listener: <"),
        ("test_loses_a_failure", "an unhandled failure: KeyError: 'nobody looks'"),
        ("test_loses_a_failure_in_a_cycle", "an unhandled failure: KeyError: 'in a cycle'"),
        ("test_logs_a_failure", "an unhandled failure: KeyError: 'logged'"),
        ("test_fails_in_the_background", "an unhandled failure: KeyError: 'in the background'"),
        ("test_never_awaits", "a coroutine that was never awaited"),
        ("test_never_awaits_and_drops", "was never awaited"),
        ("test_leaves_a_thread", "left behind a running thread: left"),
        ("test_leaves_an_executor", "left behind a running thread: never stopped"),
        ("test_leaves_a_world", "left behind an open virtual world, of seed 99"),
    ],
)
def test_a_leftover_fails_its_test_and_is_named(
    outcomes: dict[str, str], sample: str, complaint: str
) -> None:
    assert complaint in outcomes[sample]


@pytest.mark.parametrize(
    "sample",
    [
        "test_clean",
        "test_clean_with_sockets",
        "test_clean_executor",
        "test_clean_expected_failure",
        "test_clean_world",
        "test_clean_after_all_that",
    ],
)
def test_a_clean_test_passes(outcomes: dict[str, str], sample: str) -> None:
    assert outcomes[sample] == ""
