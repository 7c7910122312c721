"""An engine on a real journal, without time or network: fake destinations, a clock, a log."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from structlog import wrap_logger
from structlog.testing import LogCapture
from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from switch.engine.journal import Journal
from switch.engine.saf import StoreAndForward
from switch.engine.tables import SCHEMA
from switch.engine.transactions import UNKNOWN_TERMINAL, Source, Transactions
from switch.keys.vault import Vault
from switch.link import answer_to
from switch.runtime import Chance, ReactorWallClock, Runtime, SeededEntropy
from switch.settings.links import DUPLICATES
from switch.settings.network import RetrySettings, SwitchFile
from switch.store import Database, Store, StoreUnavailableError, database_at
from switch.wire import Message

START = datetime(2026, 11, 24, 10, 36, 1, tzinfo=UTC)
AMINA = "9504010000000019"
THEIRS = "9504020000000018"

NETWORK = {
    "network": "test",
    "institution": "504001",
    "switch": {
        "listeners": {"terminals": {"kind": "terminals", "port": "0"}},
        "routes": [
            {"name": "enquiries", "processing": ["bill_enquiry"], "to": "core"},
            {"name": "cash", "processing": ["bill_payment"], "card": "absent", "to": "core"},
            {"name": "ours", "cards": ["950401"], "to": "core"},
            {
                "name": "theirs",
                "cards": ["950402"],
                "processing": ["withdrawal", "balance"],
                "to": "issuer",
            },
        ],
        "groups": {
            "gab": {"channel": "gab"},
            "counter": {"channel": "agency", "cash_bills": "true"},
            "lab": {"channel": "agency", "cash_bills": "true", "lenient": "true"},
        },
        "terminals": [
            {"id": "GAB00001", "group": "gab"},
            {"id": "AGC00001", "group": "counter"},
            {"id": "LAB00001", "to": "LAB00009", "group": "lab"},
            {"id": "G1", "group": "gab"},
        ],
    },
}


class AtOnce:
    """An executor that works on the caller's thread: real SQL, and no other turn in between."""

    def run(self, work: Callable[[], Any]) -> Deferred[Any]:
        return maybeDeferred(work)

    def stop(self) -> Deferred[None]:
        return succeed(None)


class FlakyStore(Store):
    """A store that is unavailable while `down`, or for the next works it is told to refuse."""

    down = False
    refuse: int = 0
    let_pass: int = 0
    lie = False

    def commit(self, function: Any, **quick: Any) -> Deferred[Any]:
        if self.let_pass:
            self.let_pass -= 1
        elif self.down or self.refuse:
            self.refuse = max(0, self.refuse - 1)
            return fail(StoreUnavailableError("database or disk is full"))
        done = super().commit(function, **quick)
        if self.lie:
            self.lie = False
            return fail(StoreUnavailableError("disk I/O error"))
        return done


class FakeDestination:
    """Remembers what it is asked; the test answers, or `script` does at once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.timeout_s = 6.0
        self.up = True
        self.asked: list[Message] = []
        self.keys: list[str] = []
        self.waiting: list[Deferred[Message]] = []
        self.script: Callable[[Message], Message | Exception | None] = lambda message: None

    def ask(self, request: Message, deadline_s: float, operation_key: str) -> Deferred[Message]:
        self.asked.append(request)
        self.keys.append(operation_key)
        scripted = self.script(request)
        if isinstance(scripted, Exception):
            return fail(scripted)
        if scripted is not None:
            return succeed(scripted)
        self.waiting.append(Deferred())
        return self.waiting[-1]

    @property
    def types(self) -> list[str]:
        return [message.mti for message in self.asked]

    def answer(self, code: str = "00", index: int = -1, **elements: Any) -> None:
        """Answer one of those that wait (the last one asked unless told otherwise)."""
        waiting = [w for w in self.waiting if not w.called]
        request = self.asked[
            len(self.asked) - len(self.waiting) + self.waiting.index(waiting[index])
        ]
        waiting[index].callback(answer_to(request, code, **elements))

    def fail(self, error: Exception) -> None:
        next(w for w in reversed(self.waiting) if not w.called).errback(error)


class Counting:
    """What an engine counts, as words; of what is answered the other tests tell."""

    def __init__(self, counted: list[str]) -> None:
        self._counted = counted

    def answered(self, mti: str, response_code: str) -> None:
        """Told by the answer itself."""

    def stood_in(self, rule: str, outcome: str) -> None:
        self._counted.append(f"{rule}: {outcome}")

    def terminal_unknown(self, listener: str) -> None:
        self._counted.append(f"terminal unknown at {listener}")


class Bench:
    """Everything an engine needs, and the engine."""

    clock: Clock
    network = NETWORK
    answer_to = staticmethod(answer_to)

    def __init__(self, database: Database, *, in_bulk: bool = False) -> None:
        self.database = database
        self.in_bulk = in_bulk
        self.clock = Clock()
        self.logged = LogCapture()
        self.chance = Chance(1)
        self.steps: list[str] = []
        self.wall_clock = ReactorWallClock(self.clock, START)
        self.settings = SwitchFile.model_validate(NETWORK)
        self.runtime = Runtime(
            reactor=self.clock,
            wall_clock=self.wall_clock,
            chance=self.chance,
            entropy=SeededEntropy(self.chance.stream("entropy")),
            new_executor=lambda name: AtOnce(),
            log=wrap_logger(None, processors=[self.logged]),
        )
        self.retry = RetrySettings()
        self.duplicates = DUPLICATES
        self.unknown_terminal = UNKNOWN_TERMINAL
        self.counted: list[str] = []
        self.core = FakeDestination("core")
        self.issuer = FakeDestination("issuer")
        self.open()

    @property
    def vault(self) -> Vault:
        return Vault({"1": b"1" * 32}, b"2" * 32, self.runtime.entropy)

    def open(self, milestone: Any = None) -> None:
        """Open the journal and wire the engine, as at a start."""
        if hasattr(self, "store"):
            self.store.close()
        self.store = FlakyStore.open(self.database, SCHEMA, AtOnce())
        self.journal = Journal(self.store, self.wall_clock, self.vault)
        if self.in_bulk:
            # A journal that has looked into its database writes rows in bulk.
            self.journal.recover()
        destinations = {"core": self.core, "issuer": self.issuer}
        self.saf = {
            name: StoreAndForward(self.runtime, self.journal, destination, self.retry)
            for name, destination in destinations.items()
        }
        try:
            self.transactions = Transactions(
                self.runtime,
                self.settings,
                self.journal,
                destinations,
                self.saf,
                counts=Counting(self.counted),
                milestone=milestone or (lambda step, request: self.steps.append(step)),
            )
        except ValueError:
            self.store.close()
            raise

    def close(self) -> None:
        self.transactions.stop()
        for each in (*self.core.waiting, *self.issuer.waiting):
            if not each.called:
                each.addErrback(lambda _: None)
        for saf in self.saf.values():
            Deferred.fromCoroutine(saf.stop())
        self.store.close()

    def engine(self) -> Any:
        """The database itself, for what the engine does not do."""
        return self.database.engine()

    def rows(self, table: str) -> list[dict[str, Any]]:
        with self.database.engine(read_only=True).begin() as connection:
            return [
                dict(row._mapping)
                for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY 1"))
            ]

    def only(self) -> dict[str, Any]:
        """The one transaction there is."""
        (row,) = self.rows("transactions")
        return row

    def kept(self) -> list[dict[str, Any]]:
        """What is kept of requests for their reversals, opened with the vault's keys."""
        key_of = {row["id"]: row["operation_key"] for row in self.rows("transactions")}
        return [
            json.loads(self.vault.unseal(row["request"], key_of[row["transaction_id"]]))
            for row in self.rows("pending")
        ]

    @property
    def owed(self) -> int:
        return len(self.rows("owed"))

    @property
    def events(self) -> list[str]:
        return [entry["event"] for entry in self.logged.entries]

    def ask(self, message: Message, kind: str = "terminals", groups: tuple[str, ...] = ()) -> Asked:
        return Asked(
            Deferred.fromCoroutine(
                self.transactions.handle(
                    message,
                    Source(
                        kind,
                        "test",
                        groups,
                        self.duplicates,
                        unknown_terminal=self.unknown_terminal,
                    ),
                )
            )
        )

    @staticmethod
    def message(mti: str = "0200", processing: str = "010000", **elements: Any) -> Message:
        """A full request of LAB00001 about a card of the other bank; None takes one away."""
        message = Message(
            {
                "t": mti,
                "2": THEIRS,
                "3": processing,
                "4": "000000020000",
                "7": "1124103601",
                "11": "000001",
                "12": "113601",
                "13": "1124",
                "18": "6011",
                "22": "051",
                "25": "02",
                "32": "504001",
                "37": "632810000001",
                "41": "LAB00001",
                "42": "AGENCE000000001",
                "49": "504",
            }
        )
        for name, value in elements.items():
            message.pop(name.removeprefix("de"), None)
            if value is not None:
                message[name.removeprefix("de")] = value
        return message

    @classmethod
    def reversal(cls, original: Message, mti: str = "0420", **elements: Any) -> Message:
        """A terminal's reversal of `original`, without its card number."""
        acquirer = (original.text(32) or "504001").rjust(11, "0")
        ninety = f"{original.mti[:3]}0{original.text(11)}{original.text(7)}{acquirer}{'0' * 11}"
        given: dict[str, Any] = {
            "de2": None,
            "de4": original.text(4),
            "de7": "1124103700",
            "de11": "000099",
            "de90": ninety,
            "de41": original.text(41),
        }
        return cls.message(mti, original.text(3), **{**given, **elements})


class Asked:
    """The answer to come to a message."""

    def __init__(self, coming: Deferred[Message | None]) -> None:
        self._outcome: list[Any] = []
        coming.addBoth(self._outcome.append)

    @property
    def answered(self) -> bool:
        return bool(self._outcome)

    @property
    def nothing(self) -> bool:
        """Whether it was decided that there is no answer."""
        return self._outcome == [None]

    @property
    def answer(self) -> Message:
        (outcome,) = self._outcome
        if isinstance(outcome, Failure):
            outcome.raiseException()
        assert isinstance(outcome, Message)
        return outcome

    @property
    def code(self) -> str:
        return self.answer.text(39)


ROW_BY_ROW = ("test_journal", "test_reversals", "test_transactions")
"""What is tested before a journal has looked into its database too: it writes in bulk after."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test of the engine runs on each kind of database."""
    if "bench" in metafunc.fixturenames:
        ways = ["in bulk", "in bulk on postgresql"]
        if metafunc.module.__name__.rpartition(".")[2] in ROW_BY_ROW:
            ways.insert(0, "row by row")
        metafunc.parametrize("bench", ways, indirect=True)


@pytest.fixture
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param.endswith("postgresql"):
        database = database_at(request.getfixturevalue("postgres").emptied_database("engine"))
    else:
        database = database_at(f"sqlite:///{tmp_path / 'switch.db'}")
    bench = Bench(database, in_bulk=request.param.startswith("in bulk"))
    yield bench
    bench.close()
    shown = json.dumps(bench.logged.entries, default=repr)
    assert AMINA not in shown
    assert THEIRS not in shown
