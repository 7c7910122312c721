"""A database behind one writer, with group commit.

Whatever wants to read or write hands over a function of a connection. The functions that queue
up until a commit begins run together in its transaction, so that one `fsync` serves
them all; each waits for that commit before its Deferred fires. A function that raises spoils
only itself: the batch is rolled back and its members run again one by one.

The works of a hot path say what they do as rows of `Bulk` statements too. Those of a batch run
first, each statement once; when that does not come out, every work runs by its function.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from switch.runtime import Executor
from switch.store.bulk import Bulk, Row
from switch.store.databases import Database, SqliteDatabase
from switch.store.migrating import migrate
from switch.store.outages import StoreUnavailableError, outage
from switch.store.schema import Schema

T = TypeVar("T")

BATCH_MAX = 256
"""Functions in one commit. More would make the first of them wait for the last."""

QUEUE_MAX = 10_000
"""Functions waiting. Beyond it, work is refused: the disk does not follow."""


@dataclass(slots=True)
class _Work:
    function: Callable[[Connection], Any]
    done: Deferred[Any]
    rows: Sequence[tuple[Bulk, Row]] = ()
    result: Any = None
    proof: bool = False


class Store:
    """One database, one serial executor, group commit."""

    def __init__(self, engine: Engine, executor: Executor) -> None:
        self._engine = engine
        self._executor = executor
        self._connection: Connection | None = None
        # The executor's thread takes from its left what the reactor's puts at its right.
        self._queue: deque[_Work] = deque()
        self._taken: list[_Work] = []
        self._busy = False
        self._closing: Deferred[None] | None = None
        self._outage = ""
        self.commits = 0
        self.on_outage: Callable[[str], object] = lambda reason: None
        """Told why the database cannot be used, once, and "" when it can again."""
        self.guarded = False
        """Whether somebody calls `prove` in an outage: until that succeeds, work is refused."""

    @classmethod
    def open(cls, place: Path | Database, schema: Schema, executor: Executor) -> Store:
        """Open or create the database at `place`, and bring its tables to their newest state.

        A path is a SQLite file. Raises StoreFormatError when it holds something else, or tables
        of a newer program; StoreUnavailableError when it cannot be opened at all.
        """
        database = SqliteDatabase(place) if isinstance(place, Path) else place
        migrate(database, schema)
        return cls(database.engine(alone=True), executor)

    @property
    def queued(self) -> int:
        """How many functions wait for a commit that has not begun."""
        return len(self._queue)

    @property
    def outage(self) -> str:
        """Why the database could not be used when it last was; empty when it could."""
        return self._outage

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
        elif self._outage and (self._busy or self.guarded):
            # One work at a time tries whether the database is back; the others need not wait.
            done.errback(Failure(StoreUnavailableError(self._outage)))
        elif len(self._queue) >= QUEUE_MAX:
            done.errback(Failure(StoreUnavailableError(f"{QUEUE_MAX} commits are waiting already")))
        else:
            self._queue.append(_Work(function, done, rows, result))
            self._next()
        return done

    def prove(self, function: Callable[[Connection], object]) -> Deferred[object]:
        """In an outage, try `function` all the same: the outage is over when it can be committed.

        It must write, for a full disk can be read.
        """
        done: Deferred[object] = Deferred()
        if self._closing is not None:
            done.errback(Failure(StoreUnavailableError("the store is closed")))
        else:
            self._queue.append(_Work(function, done, proof=True))
            self._next()
        return done

    def tidy(self) -> Deferred[None]:
        """Empty SQLite's log of what was written over, so that deleted rows are in no file."""

        def work() -> None:
            if self._connection is not None and self._connection.dialect.name == "sqlite":
                raw: Any = self._connection.connection.driver_connection
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        return self._executor.run(work)

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
        self._busy = True
        self._executor.run(self._turn).addBoth(self._ran)

    def _turn(self) -> list[Any]:
        """Take what waits and run it, on the executor.

        What is queued between the asking and this is in the batch too: the more are in one, the
        less each of them costs.
        """
        queue = self._queue
        self._taken = [queue.popleft() for _ in range(min(len(queue), BATCH_MAX))]
        return self._run(self._taken)

    def _ran(self, outcomes: list[Any] | Failure) -> None:
        self._busy = False
        batch, self._taken = self._taken, []
        if isinstance(outcomes, Failure):
            if not batch:
                # It was never begun: the executor is stopped.
                batch = list(self._queue)
                self._queue.clear()
            outcomes = [outcomes] * len(batch)
        self._note(outcomes[-1], proof=batch[-1].proof)
        self._next()
        for work, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Failure):
                work.done.errback(outcome)
            else:
                work.done.callback(outcome)

    def _note(self, last: object, *, proof: bool) -> None:
        """Whether the database can be used; when not, whoever waits for it hears so now."""
        reason = ""
        if isinstance(last, Failure) and last.check(StoreUnavailableError):
            reason = str(last.value)
        if reason:
            waiting = list(self._queue)
            self._queue.clear()
            for work in waiting:
                work.done.errback(Failure(StoreUnavailableError(reason)))
        elif self.guarded and not proof:
            return
        if bool(reason) != bool(self._outage):
            self._outage = reason
            self.on_outage(reason)

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
        """What each work gives, a Failure where it failed.

        One that is told StoreUnavailableError was not done, or was, when the connection was lost
        in its commit: works must stand being asked for again.
        """
        ways = [_by_function]
        if any(work.rows for work in batch):
            ways.insert(0, _in_bulk)
        try:
            for way in ways:
                outcomes = self._attempt(partial(way, batch=batch))
                if outcomes is not None:
                    return outcomes
        except StoreUnavailableError:
            return [Failure()] * len(batch)
        return self._one_by_one(batch)

    def _attempt(self, run: Callable[[Connection], list[Any]]) -> list[Any] | None:
        try:
            return self._transaction(run)
        except StoreUnavailableError:
            raise
        except Exception:  # noqa: BLE001 - the works run another way, and tell their own errors
            return None

    def _one_by_one(self, batch: list[_Work]) -> list[Any]:
        outcomes: list[Any] = []
        for work in batch:
            try:
                outcomes += self._transaction(partial(_by_function, batch=[work]))
            except StoreUnavailableError:
                return outcomes + [Failure()] * (len(batch) - len(outcomes))
            except Exception:  # noqa: BLE001 - it is handed to whoever waits for the work
                outcomes.append(Failure())
        return outcomes

    def _transaction(self, run: Callable[[Connection], list[Any]]) -> list[Any]:
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            with self._connection.begin():
                outcomes = run(self._connection)
        except Exception as error:
            reason = outage(error)
            if not reason:
                raise
            # A connection that met a full disk or a lost server is not trusted again.
            if self._connection is not None:
                self._connection.invalidate()
            self._release()
            raise StoreUnavailableError(reason) from None
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
