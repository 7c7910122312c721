"""Drafts the migration that a change of tables needs; see docs/development.md.

    python -m switch.store.drafting switch.engine.tables "keep the messages of a transaction"

The draft goes beside the others. It is to be read, and completed where rows must move.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import BigInteger, create_engine

from switch.store.schema import Schema

TEMPLATE = '''"""{title}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from switch.store import WHOLE

revision = "{revision}"
down_revision = {before!r}


def upgrade() -> None:
{body}
'''


def draft(schema: Schema, title: str) -> Path | None:
    """Write the migration that leads to the tables as they are now; None when there is none."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        schema.upgrade(connection, complete=False)
        context = MigrationContext.configure(connection)
        operations = produce_migrations(context, schema.metadata).upgrade_ops
    engine.dispose()
    if operations is None or operations.is_empty():
        return None
    done = schema.revisions
    number = f"{len(done) + 1:04}"
    body = render_python_code(operations, render_as_batch=True, render_item=_render)
    text = TEMPLATE.format(
        title=title[:1].upper() + title[1:],
        revision=f"{schema.name}_{number}",
        before=done[-1] if done else None,
        body=textwrap.indent(_bare(body), "    "),
    ).replace("'", '"')
    slug = re.sub("[^a-z0-9]+", "_", title.lower())[:40].strip("_")
    path = schema.migrations / f"v{number}_{slug}.py"
    path.write_text(text)
    return path


def _bare(code: str) -> str:
    """The rendered operations without the generator's own remarks."""
    kept = [line for line in code.splitlines() if not line.strip().startswith("# ###")]
    return textwrap.dedent("\n".join(kept))


def _render(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Our own type by its name; False leaves the rest to Alembic."""
    return "WHOLE" if kind == "type" and isinstance(item, BigInteger) else False


def main(arguments: Sequence[str]) -> int:
    """Draft for the `SCHEMA` of a module; the exit code."""
    if len(arguments) != 2:
        sys.stderr.write('usage: python -m switch.store.drafting MODULE "what changes"\n')
        return 2
    schema: Schema = import_module(arguments[0]).SCHEMA
    path = draft(schema, arguments[1])
    sys.stdout.write(f"{path}: read it, then ruff format it\n" if path else "nothing to migrate\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
