"""The core starts, stops, starts again on the same books, and runs in virtual time."""

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.error import CannotListenError

from simulator.payment_core import PaymentCore
from simulator.payment_core.ledger import LedgerError
from simulator.testing import virtual_world
from switch.runtime import real_runtime
from switch.store import StoreFormatError, sqlite_engine


@pytest.fixture
def core(settings, tmp_path):
    return PaymentCore(real_runtime(reactor, 1), settings, tmp_path / "core.db", port=0)


@pytest_twisted.ensureDeferred
async def test_the_books_go_on_after_a_restart(core, caller, bodies):
    body = bodies.money(bodies.amina, 100_00)
    for expected in (False, True):
        await core.start()
        call = caller(reactor, core.port)
        answer = await call.post("/v1/withdrawals", body, "k")
        assert (answer["_replayed"], answer["ledger_minor"]) == (expected, 9_900_00)
        await call.close()
        await core.stop()


@pytest_twisted.ensureDeferred
async def test_a_stopped_core_refuses_connections_and_comes_back_on_its_port(core, caller):
    await core.start()
    port = core.port
    await core.stop()
    call = caller(reactor, port, keep_alive=False)
    with pytest.raises(Exception, match="refused"):
        await call.get("/health")
    await core.start()
    assert core.port == port
    await call.get("/health")
    await core.stop()


@pytest_twisted.ensureDeferred
async def test_stopping_twice_or_before_the_start_does_nothing(core):
    await core.stop()
    await core.start()
    await core.stop()
    await core.stop()


@pytest_twisted.ensureDeferred
async def test_starting_twice_is_an_error_of_the_caller(core):
    await core.start()
    with pytest.raises(RuntimeError, match="runs already"):
        await core.start()
    await core.stop()


@pytest_twisted.ensureDeferred
async def test_a_taken_port_is_told_and_leaves_nothing_behind(core, settings, tmp_path):
    await core.start()
    other = PaymentCore(real_runtime(reactor, 1), settings, tmp_path / "other.db", port=core.port)
    with pytest.raises(CannotListenError, match=str(core.port)):
        await other.start()
    await core.stop()
    await other.start()
    await other.stop()


@pytest_twisted.ensureDeferred
async def test_a_file_of_something_else_is_refused(core, tmp_path):
    (tmp_path / "core.db").write_text("this is no database, but a text that is long enough" * 20)
    with pytest.raises(StoreFormatError):
        await core.start()


@pytest_twisted.ensureDeferred
async def test_books_that_do_not_add_up_are_refused(core, tmp_path):
    await core.start()
    await core.stop()
    engine = sqlite_engine(tmp_path / "core.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE accounts SET balance_minor = 1 WHERE id = 1")
    engine.dispose()
    with pytest.raises(LedgerError, match="not the sum of its entries"):
        await core.start()


@pytest_twisted.ensureDeferred
async def test_the_books_can_be_read_while_the_core_runs(core, tmp_path):
    await core.start()
    engine = sqlite_engine(tmp_path / "core.db", read_only=True)
    with engine.begin() as connection:
        total = connection.exec_driver_sql("SELECT SUM(balance_minor) FROM accounts").scalar_one()
    engine.dispose()
    await core.stop()
    assert total == 0


@pytest_twisted.ensureDeferred
async def test_a_stop_gives_up_an_answer_that_is_held_back(core, caller, bodies):
    held = Deferred()

    async def hold(exchange):
        held.callback(exchange.key)
        await Deferred()

    core.before_answer = hold
    await core.start()
    call = caller(reactor, core.port)
    asked = ensureDeferred(call.post("/v1/withdrawals", bodies.money(bodies.amina, 1), "k"))
    assert await held == "k"
    await core.stop()
    with pytest.raises(Exception, match=r"ResponseNeverReceived|ConnectionLost|ConnectionDone"):
        await asked


def virtual_story(seed, settings, folder, bodies, caller):
    """Withdraw, kill the core, start it again, ask again; the answers and the history."""
    folder.mkdir()
    with virtual_world(seed) as world:
        switch = world.process("switch")
        call = caller(switch.reactor, 8587)
        answers = []
        for _ in range(2):
            process = world.process("core")
            core = PaymentCore(process.runtime, settings, folder / "core.db", port=8587)
            world.run_until(process.start(core.start))
            body = bodies.money(bodies.amina, 100_00)
            answers.append(world.run_until(switch.start(call.post, "/v1/withdrawals", body, "k")))
            process.kill()
            world.advance(1.0)
        return answers, world.history.digest()


def test_the_core_runs_in_virtual_time_and_survives_a_kill(settings, tmp_path, bodies, caller):
    stories = [virtual_story(7, settings, tmp_path / name, bodies, caller) for name in ("a", "b")]
    [first, again], _ = stories[0]
    assert first["ledger_minor"] == 9_900_00
    assert again == first | {"_replayed": True}
    assert stories[0] == stories[1]


@pytest.mark.parametrize("life_ms", [0, 1, 2, 3, 4, 5, 6, 8, 10, 15])
def test_an_operation_repeated_after_a_kill_at_any_moment_is_done_once(
    settings, tmp_path, bodies, caller, life_ms
):
    with virtual_world(life_ms) as world:
        switch = world.process("switch")
        call = caller(switch.reactor, 8587, keep_alive=False)
        body = bodies.money(bodies.amina, 100_00)
        for _ in range(2):
            process = world.process("core")
            core = PaymentCore(process.runtime, settings, tmp_path / "core.db", port=8587)
            world.run_until(process.start(core.start))
            asked = switch.start(call.post, "/v1/withdrawals", body, "k")
            asked.addErrback(lambda _: None)
            world.advance(life_ms / 1000)
            process.kill()
            world.advance(1.0)
        process = world.process("core")
        core = PaymentCore(process.runtime, settings, tmp_path / "core.db", port=8587)
        world.run_until(process.start(core.start))
        answer = world.run_until(switch.start(call.post, "/v1/withdrawals", body, "k"))
        assert answer["ledger_minor"] == 9_900_00
        world.run_until(process.start(core.stop))
