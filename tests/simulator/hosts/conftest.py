"""An issuer's books in memory, and an issuer that a dialler asks in virtual time."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from simulator.hosts import issuing, ledger
from simulator.hosts.deciding import Policy
from simulator.hosts.issuer import IssuerHost, begin
from simulator.hosts.settings import AccountSeed, CardSeed, IssuerSeed
from simulator.hosts.tables import METADATA
from simulator.testing import virtual_world
from switch.keys.vault import Vault
from switch.link import Dialer, NoAnswerError, SessionProfile
from switch.runtime import SystemEntropy
from switch.store.databases import sqlite_engine
from switch.wire import Codec, Message, load_dialect, make_framing

VAULT = Vault({"1": b"k" * 32}, b"l" * 32, SystemEntropy())
NOW = datetime(2026, 11, 24, 12, 0, 5, tzinfo=UTC)
RICH, POOR = "9504020000000018", "9504020000000026"
LOST, STOLEN, OVER = "9504020000000034", "9504020000000042", "9504020000000059"

SEED = IssuerSeed(
    accounts=(
        AccountSeed(id="0018", holder="customer 0018", balance=500_000),
        AccountSeed(id="0026", holder="customer 0026", balance=8_000),
    ),
    cards=(
        CardSeed(pan=RICH, account="0018", expiry="3112"),
        CardSeed(pan=POOR, account="0026", expiry="3112"),
        CardSeed(pan=LOST, account="0018", expiry="3112", status="lost"),
        CardSeed(pan=STOLEN, account="0018", expiry="3112", status="stolen"),
        CardSeed(pan=OVER, account="0018", expiry="2610"),
    ),
)


def withdrawal(stan="000001", amount_minor=20_000, **changes):
    """A 0200 as a switch forwards it; `de3="..."` changes an element, None leaves it out."""
    message = Message(
        {
            "t": "0200",
            "2": RICH,
            "3": "010000",
            "4": f"{amount_minor:012}",
            "7": "1124120000",
            "11": stan,
            "12": "130000",
            "13": "1124",
            "32": "504001",
            "37": f"632812{stan}",
            "41": "GAB00001",
            "49": "504",
        }
    )
    for name, value in changes.items():
        message.pop(name.removeprefix("de"), None)
        if value is not None:
            message[name.removeprefix("de")] = value
    return message


def reversal_of(original, mti="0420", **changes):
    """The reversal of a request."""
    kept = ("3", "4", "12", "13", "32", "37", "41", "49")
    message = Message({key: original[key] for key in kept if key in original})
    acquirer = original.text(32).rjust(11, "0")
    message.update(
        {
            "t": mti,
            "7": "1124120010",
            "11": original["11"],
            "90": original.mti + original["11"] + original["7"] + acquirer + "0" * 11,
        }
    )
    message.update({name.removeprefix("de"): value for name, value in changes.items()})
    return message


@pytest.fixture(name="withdrawal", scope="session")
def _withdrawal():
    return withdrawal


@pytest.fixture(name="reversal_of", scope="session")
def _reversal_of():
    return reversal_of


class Books:
    """The issuer's books on a database in memory."""

    def __init__(self, seed=SEED) -> None:
        self.policy = Policy.of(seed)
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        METADATA.create_all(self.engine)
        with self.engine.begin() as connection:
            begin(connection, seed, NOW.isoformat(), VAULT)

    def ask(self, message, now=NOW, chip=None):
        with self.engine.begin() as connection:
            return issuing.answer(connection, message, now, VAULT, policy=self.policy, chip=chip)

    def code(self, message, now=NOW, chip=None) -> str:
        return self.ask(message, now, chip)["39"]

    def balance_minor(self, account="0018") -> int:
        with self.engine.begin() as connection:
            return ledger.trial_balance(connection)[f"customer:{account}"]

    def audit(self) -> None:
        with self.engine.begin() as connection:
            ledger.audit(connection)
            assert sum(ledger.trial_balance(connection).values()) == 0


@pytest.fixture(scope="session")
def now():
    return NOW


@pytest.fixture(scope="session")
def fresh_books():
    return Books


@pytest.fixture
def books():
    books = Books()
    yield books
    books.audit()
    books.engine.dispose()


class Line:
    """An issuer host and a link that dials it, in one world."""

    def __init__(self, world, database) -> None:
        self.world = world
        self.database = database
        self.given = []
        self.seen = []
        self.process = world.process("issuer")
        self.host = self.start()
        peer = world.process("peer")
        self.dialer = Dialer(
            peer.runtime,
            SessionProfile(name="issuer", signs_on=True),
            Codec(load_dialect("gab87")),
            make_framing("2-byte-binary"),
            host="127.0.0.1",
            port=8586,
            new_stan=iter(f"{n:06}" for n in range(900_001, 999_999)).__next__,
            tap=lambda session, way, message: self.seen.append((way, message.mti)),
        )
        peer.call(self.dialer.start)
        self.peer = peer
        world.run_until(self.dialer.when_up())

    def start(self):
        self.process = self.world.process("issuer")
        self.host = IssuerHost(
            self.process.runtime,
            SEED,
            self.database,
            port=8586,
            codec=Codec(load_dialect("gab87")),
            framing=make_framing("2-byte-binary"),
        )
        self.world.run_until(self.process.start(self.host.start))
        return self.host

    def engine(self):
        """The host's books, for reading."""
        return sqlite_engine(self.database)

    def balance_minor(self, withdrawal, stan="800000") -> int:
        """What is on the first card, by a balance enquiry."""
        asked = withdrawal(stan, 0, t="0100", de3="310000")
        return int(self.world.run_until(self.send(asked))["54"][28:40])

    def rules(self, *rules):
        """The host follows these, and no other that a test gave it."""
        given = self.given
        self.world.run_until(self.process.start(lambda: self.host.drop_rules(*given)))
        self.given = [rule.name for rule in rules]
        self.world.run_until(self.process.start(lambda: self.host.set_rules(*rules)))

    def send(self, message, deadline_s=6.0):
        return self.peer.call(self.dialer.ask, message, deadline_s)

    def code(self, message, deadline_s=6.0) -> str:
        """DE39 of the answer; "none" when there is no answer."""
        try:
            return self.world.run_until(self.send(message, deadline_s))["39"]
        except NoAnswerError:
            return "none"


@pytest.fixture
def line(tmp_path):
    with virtual_world(seed=11) as world:
        line = Line(world, tmp_path / "issuer.db")
        yield line
        assert world.failures == []
