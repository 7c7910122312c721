"""Services and jobs on a reactor: signals, exit codes, errors, in a process of their own."""

import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.process

SERVICE = """
import sys
from twisted.internet import reactor
from twisted.internet.task import deferLater
from switch.cli.serving import Serving, run_job

class Service:
    async def start(self):
        print("starting", flush=True)
        try:
            {start}
        except BaseException as error:
            print("cleaned up", type(error).__name__, flush=True)
            raise
    async def stop(self, drain):
        print("stopping", drain, flush=True)
        {stop}

async def job():
    print("job", flush=True)
    try:
        {job}
    finally:
        print("job cleaned up", flush=True)

ready = lambda: print("ready", flush=True)
try:
    {run}
except KeyboardInterrupt:
    sys.exit(99)
except ValueError as error:
    print("raised", error, flush=True)
    sys.exit(98)
"""
SERVE = "sys.exit(Serving(reactor, Service(), on_ready=ready).run())"
FOREVER = "await deferLater(reactor, 1000)"


@pytest.fixture
def process():
    """Starts the program above with some of its lines filled in; ends it after the test."""
    started = []

    def start(**lines):
        filled = {"start": "pass", "stop": "pass", "job": "return 7", "run": SERVE, **lines}
        code = SERVICE.format(**filled)
        started.append(
            subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        )
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.wait(10)
        each.stdout.close()


def until(process, line):
    for read in process.stdout:
        if read == f"{line}\n":
            return
    raise AssertionError(f"it ended without {line!r}")


def end(process):
    output = process.stdout.read().splitlines()
    return process.wait(20), output


@pytest.mark.parametrize(
    ("number", "code", "drain"), [(signal.SIGINT, 130, False), (signal.SIGTERM, 0, True)]
)
def test_a_signal_stops_a_service(process, number, code, drain):
    running = process()
    until(running, "ready")
    running.send_signal(number)
    assert end(running) == (code, [f"stopping {drain}"])


def test_a_service_may_drain_at_an_interrupt_too(process):
    running = process(run=SERVE.replace("on_ready=ready", "on_ready=ready, interrupt_drains=True"))
    until(running, "ready")
    running.send_signal(signal.SIGINT)
    assert end(running) == (130, ["stopping True"])


def test_a_second_signal_does_not_wait_for_the_stop(process):
    running = process(stop=FOREVER)
    until(running, "ready")
    running.send_signal(signal.SIGTERM)
    until(running, "stopping True")
    running.send_signal(signal.SIGTERM)
    assert end(running)[0] == 0


def test_an_interrupted_start_is_cancelled(process):
    running = process(start=FOREVER)
    until(running, "starting")
    running.send_signal(signal.SIGINT)
    assert end(running) == (130, ["cleaned up CancelledError"])


def test_what_the_start_raises_is_raised(process):
    running = process(start="raise ValueError('taken')")
    assert end(running) == (98, ["starting", "cleaned up ValueError", "raised taken"])


def test_what_the_stop_raises_is_raised(process):
    running = process(stop="raise ValueError('full disk')")
    until(running, "ready")
    running.send_signal(signal.SIGTERM)
    assert end(running) == (98, ["stopping True", "raised full disk"])


def test_a_job_gives_its_result(process):
    running = process(run="sys.exit(run_job(reactor, job))")
    assert end(running) == (7, ["job", "job cleaned up"])


def test_what_a_job_raises_is_raised(process):
    running = process(job="raise ValueError('no')", run="run_job(reactor, job)")
    assert end(running) == (98, ["job", "job cleaned up", "raised no"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_job_cleans_up(process, number):
    running = process(job=FOREVER, run="run_job(reactor, job)")
    until(running, "job")
    running.send_signal(number)
    assert end(running) == (99, ["job cleaned up"])
