"""kill -9 of a switch that is a real process, at every step: nothing is lost, nothing is twice."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor as real_reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from switch.runtime import real_runtime

SCRIPT = Path(__file__).parent / "crashing_switch.py"
STEPS = ("journaled", "forwarded", "answered", "answer journaled", "completed")
STANDS = ("answer journaled", "completed")
TURN_S, TURNS_MAX = 0.01, 2_000

pytestmark = pytest.mark.process


class SwitchProcess(ProcessProtocol):
    """The script, running; ended by its id when the test has not seen its end."""

    def __init__(self, folder: Path, bench: Any, step: str = "") -> None:
        self.ready: Deferred[int] = Deferred()
        self.ended: Deferred[int | None] = Deferred()
        self.is_ended = False
        self.told = b""
        self._out = b""
        arguments = [sys.executable, str(SCRIPT), str(folder)]
        arguments += [str(bench.issuer.port), str(bench.core.port), *([step] if step else [])]
        self.process: Any = real_reactor.spawnProcess(self, sys.executable, arguments, os.environ)

    def outReceived(self, data: bytes) -> None:
        self._out += data
        if self._out.endswith(b"\n") and not self.ready.called:
            self.ready.callback(int(self._out.split()[1]))

    def errReceived(self, data: bytes) -> None:
        self.told += data

    def processEnded(self, reason: Failure) -> None:
        self.is_ended = True
        if not self.ready.called:
            self.ready.errback(RuntimeError(self.told.decode()[-2000:]))
        self.ended.callback(getattr(reason.value, "signal", None))

    async def kill(self) -> None:
        if not self.is_ended:
            os.kill(self.process.pid, signal.SIGKILL)
        await self.ended


class Case:
    """A bench whose switch is another process, on one folder."""

    def __init__(self, bench: Any, folder: Path) -> None:
        self.bench = bench
        self._folder = folder
        self._switches: list[SwitchProcess] = []

    async def start(self, step: str = "") -> tuple[SwitchProcess, Any]:
        """Start the switch; the process and a line to it."""
        if self.bench.issuer.port == 0:
            self.bench.issuer.start()
            self.bench.core.start()
        switch = SwitchProcess(self._folder, self.bench, step)
        self._switches.append(switch)
        return switch, await self.bench.peer_at(await switch.ready)

    async def until(self, done: Callable[[], bool]) -> None:
        for _ in range(TURNS_MAX):
            if done():
                return
            turn: Deferred[None] = Deferred()
            real_reactor.callLater(TURN_S, turn.callback, None)
            await turn
        raise AssertionError("it did not come")

    async def end(self) -> None:
        for switch in self._switches:
            await switch.kill()
        for switch in self._switches:
            assert b"950401000000" not in switch.told
            assert b"950402000000" not in switch.told
        await self.bench.stop()


async def with_case(benches: Any, folder: Path, test: Callable[[Case], Awaitable[None]]) -> None:
    bench = benches(
        real_runtime(real_reactor, 1).of, folder, lambda party, function, *rest: function(*rest)
    )
    case = Case(bench, folder)
    try:
        await test(case)
    finally:
        await case.end()


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("host", ["issuer", "core"])
@pytest_twisted.ensureDeferred
async def test_a_kill_at_each_step_ends_reversed_or_completed_exactly_once(
    benches: Any, tmp_path: Path, step: str, host: str
) -> None:
    async def test(case: Case) -> None:
        bench = case.bench
        books = getattr(bench, host)
        pan = bench.THEIRS if host == "issuer" else bench.AMINA
        switch, peer = await case.start(step)
        peer.send(bench.withdrawal(pan=pan))
        assert await switch.ended == signal.SIGKILL
        assert await peer.answer() is None

        _, peer = await case.start()
        stands = step in STANDS
        repeat = await peer.code(bench.withdrawal(pan=pan, mti="0201"))
        assert repeat == ("00" if stands else "91")
        state = "approved" if stands else "reversed"
        await case.until(lambda: bench.rows("transactions")[0]["state"] == state)
        assert ended(books) == ("debit" if stands else "reversal")

        for _ in range(2):
            assert await peer.code(bench.reversal(bench.withdrawal(pan=pan), "0421")) == "00"
        assert bench.rows("transactions")[0]["state"] == "reversed"
        assert ended(books) == "reversal"

    await with_case(benches, tmp_path, test)


@pytest.mark.parametrize("step", ["answered", "authorised", "second forwarded", "second answered"])
@pytest_twisted.ensureDeferred
async def test_a_kill_between_the_legs_of_a_bill_undoes_both(
    benches: Any, tmp_path: Path, step: str
) -> None:
    async def test(case: Case) -> None:
        bench = case.bench
        switch, peer = await case.start(step)
        peer.send(bench.bill())
        assert await switch.ended == signal.SIGKILL
        assert await peer.answer() is None

        _, peer = await case.start()
        assert await peer.code(bench.bill(mti="0201")) == "91"
        await case.until(lambda: bench.rows("transactions")[0]["state"] == "reversed")
        assert ended(bench.issuer) == "reversal"
        assert bench.core.posted == [] or ended(bench.core) == "reversal"

    await with_case(benches, tmp_path, test)


def ended(books: Any) -> str:
    """What moved the money last; each kind of movement came once at most."""
    posted = [what for what, _ in books.posted]
    assert posted.count("debit") <= 1
    assert posted.count("reversal") <= 1
    last: str = posted[-1]
    return last


@pytest_twisted.ensureDeferred
async def test_a_kill_once_the_host_has_debited_is_undone_at_the_host(
    benches: Any, tmp_path: Path
) -> None:
    async def test(case: Case) -> None:
        bench = case.bench
        switch, peer = await case.start()
        bench.issuer.hold = True
        bench.issuer.on_request = lambda message: os.kill(switch.process.pid, signal.SIGKILL)
        peer.send(bench.withdrawal())
        assert await switch.ended == signal.SIGKILL
        bench.issuer.on_request = lambda message: None
        bench.issuer.release()
        assert bench.issuer.stands == 1
        bench.issuer.hold = False
        await case.start()
        await case.until(lambda: bench.rows("transactions")[0]["state"] == "reversed")
        assert bench.issuer.stands == 0
        assert [what for what, _ in bench.issuer.posted] == ["debit", "reversal"]

    await with_case(benches, tmp_path, test)


@pytest_twisted.ensureDeferred
async def test_many_under_way_at_a_kill_are_all_undone(benches: Any, tmp_path: Path) -> None:
    async def test(case: Case) -> None:
        bench = case.bench
        switch, peer = await case.start()
        bench.issuer.hold = True
        for number in range(1, 31):
            peer.send(bench.withdrawal(f"{number:06}"))
        await case.until(lambda: len(bench.issuer.asked) == 30)
        await switch.kill()
        bench.issuer.release()
        assert bench.issuer.stands == 30
        bench.issuer.hold = False
        await case.start()
        await case.until(lambda: bench.issuer.stands == 0)
        assert len(bench.issuer.posted) == 60
        await case.until(lambda: bench.rows("owed") == [])
        assert bench.rows("pending") == []

    await with_case(benches, tmp_path, test)
