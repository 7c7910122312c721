"""What a database must look like: its tables, and the migrations that lead to them.

The migrations of a room are Alembic scripts in a folder beside its tables, named `v0001_...py`
and so on, each with the revision `<schema>_0001`. They travel in the wheel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import BigInteger, Connection, Integer, MetaData, inspect

WHOLE = BigInteger().with_variant(Integer(), "sqlite")
"""The type of every whole number: 64 bits. An amount of DE4 does not fit in 32, and SQLite
numbers its rows by itself only in what it calls INTEGER."""


class StoreFormatError(Exception):
    """The database does not hold the tables of this version of the product."""


@dataclass(frozen=True, eq=False)
class Schema:
    """The tables of one kind of database, by a name such as `switch`."""

    name: str
    metadata: MetaData
    migrations: Path

    @property
    def revisions(self) -> list[str]:
        """The name of each state of the tables there has been, oldest first."""
        return [str(script.revision) for script in self._steps("base")]

    def current(self, connection: Connection) -> str | None:
        """The revision of a database, None when it is empty; it is not changed.

        Raises StoreFormatError when it holds something else, or comes from a newer program.
        """
        context = MigrationContext.configure(connection)
        revision = context.get_current_revision()
        revisions = self.revisions
        if revision is None:
            return self._before_migrations(connection)
        if revision in revisions:
            return revision
        kind = revision.rpartition("_")[0]
        if kind == self.name:
            raise StoreFormatError(
                f"was written by a newer version of this program: its tables are of {revision}, "
                f"and this version knows them up to {revisions[-1]}"
            )
        raise StoreFormatError(f"holds the tables of '{kind}', not of '{self.name}'")

    def upgrade(self, connection: Connection, *, complete: bool = True) -> Sequence[str]:
        """Bring the tables to their newest state, in the transaction of `connection`.

        Gives the revisions that were run through. Raises StoreFormatError, also when `complete`
        tables are wanted and some are missing then: roll back.
        """
        current = self.current(connection)
        context = MigrationContext.configure(connection)
        if current is not None and context.get_current_revision() is None:
            context.stamp(self._directory(), current)
        steps = list(self._steps(current or "base"))
        for script in steps:
            with Operations.context(context):
                script.module.upgrade()
            context.stamp(self._directory(), script.revision)
        missing = self.metadata.tables.keys() - set(inspect(connection).get_table_names())
        if missing and complete:
            raise StoreFormatError(f"has no table {', '.join(sorted(missing))}")
        return [script.revision for script in steps]

    def differences(self, connection: Connection) -> list[object]:
        """What the tables of a database have otherwise than `metadata` says."""
        return list(compare_metadata(MigrationContext.configure(connection), self.metadata))

    def _before_migrations(self, connection: Connection) -> str | None:
        """The revision of a database that has none, None when it is empty.

        Before there were migrations, the version was in `PRAGMA user_version`: 1 for the tables
        of the first revision, and so on.
        """
        if not set(inspect(connection).get_table_names()) - {"alembic_version"}:
            return None
        if connection.dialect.name == "sqlite":
            version = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
            if 1 <= version <= len(self.revisions):
                return str(self.revisions[version - 1])
        raise StoreFormatError("holds tables that are not ours")

    def _directory(self) -> ScriptDirectory:
        folder = str(self.migrations)
        return ScriptDirectory(folder, version_locations=[folder])

    def _steps(self, after: str) -> list[Script]:
        try:
            found = list(self._directory().iterate_revisions("head", after))
        except CommandError as error:
            raise StoreFormatError(f"cannot be migrated: {error}") from None
        return found[::-1]
