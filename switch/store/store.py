"""A database behind one writer, with group commit.

Whatever wants to read or write hands over a function of a connection. The functions that queue
up while a commit is under way run together in the next transaction, so that one `fsync` serves
them all; each waits for that commit before its Deferred fires. A function that raises spoils
only itself: the batch is rolled back and its members run again one by one.

The works of a hot path say what they do as rows of `Bulk` statements too. Those of a batch run
first, each statement once; when that does not come out, every work runs by its function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from switch.runtime import Executor
from switch.store.bulk import Bulk, Row

T = TypeVar("T")

BATCH_MAX = 256
"""Functions in one commit. More would make the first of them wait for the last."""

QUEUE_MAX = 10_000
"""Functions waiting. Beyond it, work is refused: the disk does not follow."""


class StoreUnavailableError(Exception):
    """The database cannot be used now: full disk, locked or lost file, too long a queue."""


class StoreFormatError(Exception):
    """The file is not a database of this version of the product."""


@dataclass
class _Work:
    function: Callable[[Connection], Any]
    done: Deferred[Any]
    rows: Sequence[tuple[Bulk, Row]] = ()
    result: Any = None


class Store:
    """One database, one serial executor, group commit."""

    def __init__(self, engine: Engine, executor: Executor) -> None:
        self._engine = engine
        self._executor = executor
        self._connection: Connection | None = None
        self._queue: list[_Work] = []
        self._busy = False
        self._closing: Deferred[None] | None = None
        self.commits = 0

    @classmethod
    def open(cls, path: Path, metadata: MetaData, executor: Executor, *, version: int) -> Store:
        """Open or create the SQLite database at `path` with the tables of `metadata`.

        Raises StoreFormatError when the file holds something else, or tables of another
        `version`; StoreUnavailableError when it cannot be opened at all.
        """
        engine = sqlite_engine(path)
        try:
            _create_or_check(engine, metadata, path, version)
        except OperationalError as error:
            engine.dispose()
            raise StoreUnavailableError(f"{path}: {error.orig}") from None
        except SQLAlchemyError as error:
            engine.dispose()
            raise StoreFormatError(f"{path} is not a database of ours: {error}") from None
        return cls(engine, executor)

    @property
    def queued(self) -> int:
        """How many functions wait for a commit that has not begun."""
        return len(self._queue)

    def commit(
        self,
        function: Callable[[Connection], T],
        *,
        rows: Sequence[tuple[Bulk, Row]] = (),
        result: T | None = None,
    ) -> Deferred[T]:
        """Run `function` in the next transaction; fires with its result once that is durable.

        `function` runs on another thread and may run twice (see the module): it reads and
        writes through its connection and touches nothing else. With `rows`, which do the same,
        it runs only when they cannot be written as they are, and `result` is the result.
        """
        done: Deferred[T] = Deferred()
        if self._closing is not None:
            done.errback(Failure(StoreUnavailableError("the store is closed")))
        elif len(self._queue) >= QUEUE_MAX:
            done.errback(Failure(StoreUnavailableError(f"{QUEUE_MAX} commits are waiting already")))
        else:
            self._queue.append(_Work(function, done, rows, result))
            self._next()
        return done

    def close(self) -> Deferred[None]:
        """Commit what is queued, then close; fires when the file is let go."""
        if self._closing is None:
            self._closing = Deferred()
            if not self._busy:
                self._finish()
        waiting: Deferred[None] = Deferred()
        self._closing.addCallback(lambda _: waiting.callback(None))
        return waiting

    def _next(self) -> None:
        if self._busy:
            return
        if not self._queue:
            if self._closing is not None:
                self._finish()
            return
        batch, self._queue = self._queue[:BATCH_MAX], self._queue[BATCH_MAX:]
        self._busy = True
        self._executor.run(lambda: self._run(batch)).addBoth(self._ran, batch)

    def _ran(self, outcomes: list[Any] | Failure, batch: list[_Work]) -> None:
        self._busy = False
        self._next()
        if isinstance(outcomes, Failure):
            outcomes = [outcomes] * len(batch)
        for work, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Failure):
                work.done.errback(outcome)
            else:
                work.done.callback(outcome)

    def _finish(self) -> None:
        closing = self._closing
        if closing is None:
            return
        self._busy = True

        def stop(result: object) -> Deferred[object]:
            return self._executor.stop().addBoth(lambda _: result)

        ended = self._executor.run(self._release)
        ended.addBoth(stop).addErrback(lambda _: None).addBoth(lambda _: closing.callback(None))

    def _run(self, batch: list[_Work]) -> list[Any]:
        ways = [_by_function]
        if any(work.rows for work in batch):
            ways.insert(0, _in_bulk)
        for way in ways:
            with suppress(Exception):  # the works then run another way, and tell their own errors
                return self._transaction(partial(way, batch=batch))
        return [self._alone(work) for work in batch]

    def _alone(self, work: _Work) -> Any:
        try:
            return self._transaction(partial(_by_function, batch=[work]))[0]
        except OperationalError as error:
            return Failure(StoreUnavailableError(str(error.orig)))
        except Exception:  # noqa: BLE001 - it is handed to whoever waits for the work
            return Failure()

    def _transaction(self, run: Callable[[Connection], list[Any]]) -> list[Any]:
        if self._connection is None:
            self._connection = self._engine.connect()
        connection = self._connection
        try:
            with connection.begin():
                outcomes = run(connection)
        except OperationalError:
            # A connection that met a full disk or a lost file is not trusted again.
            self._release()
            raise
        self.commits += 1
        return outcomes

    def _release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        self._engine.dispose()


def _in_bulk(connection: Connection, batch: list[_Work]) -> list[Any]:
    """The rows of all works first, each statement once; then the works that have only functions.

    A batch has no order to keep: whoever needs another's outcome waits for it.
    """
    rows: dict[Bulk, list[Row]] = {}
    for work in batch:
        for bulk, row in work.rows:
            rows.setdefault(bulk, []).append(row)
    for bulk in sorted(rows, key=lambda each: each.rank):
        bulk.run(connection, rows[bulk])
    return [work.result if work.rows else work.function(connection) for work in batch]


def _by_function(connection: Connection, batch: list[_Work]) -> list[Any]:
    return [work.function(connection) for work in batch]


def sqlite_engine(path: Path, *, read_only: bool = False) -> Engine:
    """An engine on a SQLite file in WAL mode, `synchronous=FULL`: a commit survives a power cut."""
    url = f"sqlite:///file:{path}?uri=true" + ("&mode=ro" if read_only else "")
    engine = create_engine(url, poolclass=NullPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        # The driver's own transaction control is off, so that BEGIN and COMMIT are ours.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=2000")
        if not read_only:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA foreign_keys=ON")
            # What is deleted is overwritten: some builds of SQLite do so by default, not all.
            cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _create_or_check(engine: Engine, metadata: MetaData, path: Path, version: int) -> None:
    with engine.begin() as connection:
        found = connection.execute(text("PRAGMA user_version")).scalar_one()
        tables = set(connection.execute(text("SELECT name FROM sqlite_master")).scalars())
        if found == 0 and not tables:
            metadata.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA user_version={version}")
        elif found != version or not tables.issuperset(metadata.tables):
            raise StoreFormatError(
                f"{path} holds tables of version {found}; this program writes version {version}"
            )
