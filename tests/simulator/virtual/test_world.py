"""A world as a whole: its processes, its failures, and that a seed repeats it exactly."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from twisted.internet.defer import fail
from twisted.internet.task import deferLater

from simulator.testing import flush_logged_errors, run, virtual_world
from simulator.virtual import World, open_world

# Terminals that reconnect and journal, an HTTP core, a kill in the middle and a restart.
BUSY = """
import sys
from io import BytesIO
from simulator.virtual import World


def serve(process):
    from klein import Klein
    from twisted.web.server import Site

    app = Klein()

    @app.route("/confirm", methods=["POST"])
    async def confirm(request):
        body = request.content.read()
        await executor.run(lambda: booked.append(body))
        process.runtime.log.info("confirmed", body=body)
        return body

    booked = []
    executor = process.runtime.executor("ledger")
    process.reactor.listenTCP(8587, Site(app.resource(), reactor=process.reactor))


def start_client(process):
    from twisted.application.internet import ClientService
    from twisted.internet.endpoints import TCP4ClientEndpoint
    from twisted.internet.protocol import Factory, Protocol
    from twisted.web.client import Agent, FileBodyProducer, HTTPConnectionPool

    class Echoing(Protocol):
        def connectionMade(self):
            process.runtime.log.info("line is up")

        def connectionLost(self, reason):
            process.runtime.log.info("line is down", why=reason.type.__name__)

    endpoint = TCP4ClientEndpoint(process.reactor, "127.0.0.1", 8587)
    factory = Factory.forProtocol(Echoing)
    ClientService(endpoint, factory, clock=process.reactor).startService()
    agent = Agent(process.reactor, pool=HTTPConnectionPool(process.reactor))
    random = process.runtime.random("workload")

    async def ask():
        body = process.runtime.entropy.token_bytes(8)
        try:
            url = b"http://localhost:8587/confirm"
            response = await agent.request(b"POST", url, None, FileBodyProducer(BytesIO(body)))
            process.runtime.log.info("answered", code=response.code)
        except Exception as error:
            process.runtime.log.info("failed", kind=type(error).__name__)

    for number in range(30):
        process.reactor.callLater(random.uniform(0, 60), process.start, ask)


def history(seed):
    with World(seed) as world:
        core = world.process("core")
        core.call(serve, core)
        for name in ("gab-1", "gab-2", "counter"):
            client = world.process(name)
            client.call(start_client, client)
        world.advance(20)
        world.process("core").kill()
        world.advance(5)
        core = world.process("core")
        core.call(serve, core)
        world.advance(100)
        assert world.failures == [], world.failures
        return world.history


if __name__ == "__main__":
    written = history(int(sys.argv[1]))
    print(written.count, written.digest())
"""


def busy(seed: int, hash_seed: int) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BUSY, str(seed)],
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_seed_repeats_the_whole_history_in_another_process() -> None:
    first = busy(7, hash_seed=1)
    assert int(first.split()[0]) > 500
    assert busy(7, hash_seed=2) == first


def test_a_seed_repeats_the_whole_history_in_the_same_process() -> None:
    scope: dict[str, object] = {"__name__": "busy"}
    exec(BUSY, scope)
    history = scope["history"]
    assert callable(history)
    assert history(7).digest() == history(7).digest() != history(8).digest()


def test_the_date_follows_virtual_time() -> None:
    start = datetime(2026, 2, 15, 1, 59, 59, tzinfo=UTC)
    with virtual_world(1, start) as world:
        clock = world.runtime("gab").wall_clock
        assert clock.now() == start
        world.advance(86_400)
        assert clock.now() == datetime(2026, 2, 16, 1, 59, 59, tzinfo=UTC)


def test_a_start_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        World(1, datetime(2026, 1, 1))


def test_a_party_has_one_process_and_its_own_chance() -> None:
    with virtual_world(1) as world:
        assert world.process("gab") is world.process("gab")
        gab, core = world.runtime("gab"), world.runtime("core")
        assert gab.random("think").random() != core.random("think").random()
        assert gab.entropy.token_bytes(16) != core.entropy.token_bytes(16)


def test_a_log_line_is_an_event_of_its_party() -> None:
    with virtual_world(1) as world:
        world.advance(2)
        runtime = world.runtime("switch").of("link")
        runtime.log.bind(line=3).warning("peer is silent", for_s=60)
        event = world.history.of("link")[0]
        assert (event.time_s, event.what) == (2.0, "peer is silent")
        assert event.facts == {"line": 3, "for_s": 60, "level": "warning"}


def test_a_failure_that_nobody_handled_is_the_worlds() -> None:
    with virtual_world(1) as world:
        gab = world.process("gab")
        gab.reactor.callLater(1, lambda: fail(ArithmeticError("lost")) and None)
        world.advance(2)
        assert world.failures == ["gab: ArithmeticError"]
        assert world.history.of("gab")[-1].what == "unhandled failure"
    assert len(flush_logged_errors(ArithmeticError)) == 1


def test_coroutines_that_wait_when_the_world_closes_end_quietly() -> None:
    with virtual_world(1) as world:
        gab = world.process("gab")
        ends: list[str] = []

        async def works() -> None:
            try:
                await deferLater(gab.reactor, 3600, lambda: None)
            finally:
                ends.append("finally")
                await deferLater(gab.reactor, 1, lambda: None)

        gab.start(works)
        world.advance(1)
    assert ends == ["finally"]
    assert open_world() is None


def test_a_closed_world_starts_nothing() -> None:
    with virtual_world(1) as world:
        pass
    with pytest.raises(RuntimeError, match="must be open"):
        world.process("gab")


def test_run_gives_the_result_of_a_coroutine() -> None:
    with virtual_world(1) as world:
        reactor = world.runtime("gab").reactor
        assert run(deferLater(reactor, 5, lambda: 42), world, limit_s=5) == 42


def test_the_seed_is_told_when_a_test_fails(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError), virtual_world(4711) as world:
        world.process("gab").reactor.run()
    assert "seed 4711, at 0.000000 s" in capsys.readouterr().err
