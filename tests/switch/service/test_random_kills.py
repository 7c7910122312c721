"""kill -9 of a switch at random moments under load: nothing is lost, nothing is twice.

Four lines keep sixteen withdrawals each under way, at an issuer and at the core. Whoever got no
answer reverses at the next start, or repeats and goes by the answer, as terminals do. In the end
three books must agree, which know nothing of each other: what terminals were told, the hosts'
movements, the journal. Five kills in every run of the tests, a hundred in `make soak`.
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor as real_reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater

pytestmark = pytest.mark.process

LINES, WINDOW = 4, 16
LOAD_S = (0.02, 0.6)
OPEN = ("received", "forwarded", "authorised", "in_doubt", "reversing")


def _crashes() -> Any:
    """The neighbour that starts and kills switches; tests are no package."""
    path = Path(__file__).with_name("test_crashes.py")
    spec = spec_from_file_location("switch_crashes", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Terminals:
    """What the terminals know: each withdrawal by its STAN, and what they were told of it."""

    def __init__(self, bench: Any, chance: random.Random) -> None:
        self.bench = bench
        self.chance = chance
        self.sent: dict[str, Any] = {}
        self.told: dict[str, str] = {}
        self._stan = 0

    def withdrawal(self) -> Any:
        self._stan += 1
        stan = f"{self._stan:06}"
        pan = self.chance.choice([self.bench.AMINA, self.bench.THEIRS])
        # The core's answers are few; its customers are never out of money here.
        self.sent[stan] = self.bench.withdrawal(stan, pan=pan, de4="000000000100")
        return self.sent[stan]

    async def load(self, peer: Any) -> None:
        """Keep withdrawals under way until the line closes."""
        for _ in range(WINDOW):
            peer.send(self.withdrawal())
        while (answer := await peer.answer()) is not None:
            self.told[answer.text(11)] = answer.text(39)
            peer.send(self.withdrawal())

    async def settle(self, peer: Any) -> None:
        """At the next start: reverse what is in doubt, or repeat it and go by the answer."""
        for stan in [stan for stan in self.sent if stan not in self.told]:
            message = self.sent[stan]
            if self.chance.random() < 0.5:
                assert await peer.code(self.bench.reversal(message, "0421")) == "00"
                self.told[stan] = "reversed"
            else:
                repeat = type(message)({**message, "t": "0201"})
                self.told[stan] = await peer.code(repeat)

    @property
    def paid(self) -> set[str]:
        """The withdrawals for which cash was given."""
        return {stan for stan, code in self.told.items() if code == "00"}


def standing(posted: list[tuple[str, str]]) -> set[str]:
    """Keys of the debits of a host that stand; each moved at most once either way."""
    debits = Counter(key for what, key in posted if what == "debit")
    reversals = Counter(key for what, key in posted if what == "reversal")
    assert max(debits.values(), default=0) <= 1
    assert max(reversals.values(), default=0) <= 1
    return set(debits) - set(reversals)


async def kill_at_random(benches: Any, folder: Path, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    crashes = _crashes()

    async def test(case: Any) -> None:
        bench = case.bench
        terminals = Terminals(bench, chance)
        for _ in range(kills):
            switch, first = await case.start()
            await terminals.settle(first)
            port = int(switch._out.split()[1])
            peers = [first, *[await bench.peer_at(port) for _ in range(LINES - 1)]]
            loads = [Deferred.fromCoroutine(terminals.load(peer)) for peer in peers]
            await deferLater(real_reactor, chance.uniform(*LOAD_S))
            await switch.kill()
            await gatherResults(loads, consumeErrors=True)
        _, peer = await case.start()
        await terminals.settle(peer)
        await case.until(lambda: not bench.rows("owed"))
        rows = bench.rows("transactions")
        agree(bench, terminals, rows)
        states = dict(Counter(row["state"] for row in rows))
        # The soak is run to be read.
        sys.stdout.write(f"seed {seed}: {kills} kills, {len(terminals.sent)} sent, {states}\n")

    await crashes.with_case(benches, folder, test)


def agree(bench: Any, terminals: Terminals, rows: list[dict[str, Any]]) -> None:
    """The three books say the same."""
    assert [row["state"] for row in rows if row["state"] in OPEN] == []
    approved = {row["stan"] for row in rows if row["state"] == "approved"}
    assert approved == terminals.paid
    keys = {row["operation_key"]: row["stan"] for row in rows}
    at_issuer = {key.split("/")[1] for key in standing(bench.issuer.posted)}
    at_core = {keys[key] for key in standing(bench.core.posted)}
    assert at_issuer | at_core == terminals.paid
    assert at_issuer & at_core == set()
    assert len(terminals.paid) > 0


@pytest.mark.timeout(300)
@pytest_twisted.ensureDeferred
async def test_five_kills_at_random_lose_nothing_and_double_nothing(
    benches: Any, tmp_path: Path
) -> None:
    await kill_at_random(benches, tmp_path, 5, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest_twisted.ensureDeferred
async def test_a_hundred_kills_at_random_lose_nothing_and_double_nothing(
    benches: Any, tmp_path: Path
) -> None:
    seed = int(os.environ.get("GUICHET_SEED", "2"))
    await kill_at_random(benches, tmp_path, 100, seed)
