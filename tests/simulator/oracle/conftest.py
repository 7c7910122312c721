"""Books written by hand, as their owners would."""

import json
import sqlite3
from contextlib import closing, contextmanager
from shutil import copytree

import pytest
from sqlalchemy import create_engine

from simulator.hosts.tables import METADATA as ISSUER
from simulator.oracle import read_books
from simulator.payment_core.tables import METADATA as CORE
from switch.engine.tables import METADATA as SWITCH

AT = "2026-11-24T09:00:{:02}+00:00"


class Ledger:
    """A ledger in a SQLite file, with the tables of its owner."""

    def __init__(self, path, *, is_core: bool) -> None:
        self.path = path
        self._is_core = is_core
        self._posted = 1

    def begin(self, metadata) -> None:
        """Make the file, with a customer who has 1000.00."""
        make(self.path, metadata)
        self._posted = 0
        for code in ("opening", "customer:1", "customer:2", "cash:GAB00001", "creditor:1001"):
            self.account(code)
        self.post("opening", 100_000, "opening", "customer:1", terminal=None)

    def account(self, code: str) -> None:
        kind = code.partition(":")[0]
        columns = {"code": code, "kind": kind, "balance_minor": 0}
        if kind == "customer":
            columns |= {"floor_minor": 0, "holder": code}
        if self._is_core:
            columns["currency"] = "504"
        self._insert("accounts", columns)

    def post(
        self, kind, amount, debit, credit, *, terminal="GAB00001", rrn="1", reverses=None
    ) -> int:
        self._posted += 1
        columns = {
            "kind": kind,
            "amount_minor": amount,
            "terminal_id": terminal,
            "stan": rrn.zfill(6),
            "rrn": rrn,
            "at": AT.format(self._posted),
            "reverses": reverses,
            "reversed_minor": 0,
        }
        if self._is_core:
            columns |= {"operation_key": f"key-{self._posted}", "currency": "504"}
        posting = self._insert("postings", columns)
        for code, moved in ((debit, -amount), (credit, amount)):
            (account,) = self.execute("SELECT id FROM accounts WHERE code = ?", code)[0]
            self._insert(
                "entries", {"posting_id": posting, "account_id": account, "amount_minor": moved}
            )
            self.execute(
                "UPDATE accounts SET balance_minor = balance_minor + ? WHERE id = ?", moved, account
            )
        if reverses is not None:
            self.execute(
                "UPDATE postings SET reversed_minor = ?, reversed_by = ? WHERE id = ?",
                amount,
                posting,
                reverses,
            )
        return posting

    def withdraw(self, amount=20_000, rrn="1", terminal="GAB00001") -> int:
        return self.post(
            "withdrawal", amount, "customer:1", "cash:GAB00001", rrn=rrn, terminal=terminal
        )

    def execute(self, sql, *values):
        with self._open() as connection, connection:
            return connection.execute(sql, values).fetchall()

    def _insert(self, table, columns) -> int:
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        with self._open() as connection, connection:
            sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"
            return connection.execute(sql, tuple(columns.values())).lastrowid

    @contextmanager
    def _open(self):
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            yield connection


def make(path, metadata) -> None:
    engine = create_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    engine.dispose()


class Desk:
    """A core, an issuer, a GAB and a switch, as they are at a fresh start."""

    def __init__(self, folder) -> None:
        self.core = Ledger(folder / "core.db", is_core=True)
        self.issuer = Ledger(folder / "issuer.db", is_core=False)
        self.switch = folder / "switch.db"
        self.journals = folder / "journals"
        self._second = 0

    def begin(self) -> None:
        self.core.begin(CORE)
        self.issuer.begin(ISSUER)
        make(self.switch, SWITCH)
        self.journals.mkdir()
        self.tell("started")

    def tell(self, event, *, terminal="GAB00001", **facts) -> None:
        self._second += 1
        line = {"at": AT.format(self._second), "terminal": terminal, "event": event, **facts}
        with (self.journals / f"{terminal}.jsonl").open("a") as journal:
            journal.write(json.dumps(line) + "\n")

    def dispense(self, notes, amount=None, rrn="1", **facts) -> None:
        amount = (
            sum(note * count * 100 for note, count in notes.items()) if amount is None else amount
        )
        facts = {"operation": "withdraw", "stan": rrn.zfill(6), "rrn": rrn, **facts}
        counted = {str(note): count for note, count in notes.items()}
        self.tell("dispense", amount_minor=amount, notes=counted, **facts)

    def books(self):
        ledgers = {"core": self.core.path, "issuer": self.issuer.path}
        return read_books([self.journals], ledgers, self.switch)


@pytest.fixture(scope="session")
def fresh_books(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fresh")
    Desk(folder).begin()
    return folder


@pytest.fixture
def desk(tmp_path, fresh_books):
    return Desk(copytree(fresh_books, tmp_path / "books"))
