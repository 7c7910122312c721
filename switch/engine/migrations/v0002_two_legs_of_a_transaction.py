"""Two legs of a transaction: one more destination, and a reversal owed to each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "switch_0002"
down_revision = "switch_0001"

# The constraint of the first tables was given no name: PostgreSQL made one, SQLite has none.
CONVENTION = {"uq": "uq_%(table_name)s_%(column_0_name)s"}


def upgrade() -> None:
    with op.batch_alter_table("transactions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("second", sa.String(), server_default="", nullable=False))

    is_sqlite = op.get_context().dialect.name == "sqlite"
    once = "uq_reversals_owed_transaction_id" if is_sqlite else "reversals_owed_transaction_id_key"
    with op.batch_alter_table(
        "reversals_owed", schema=None, naming_convention=CONVENTION
    ) as batch_op:
        batch_op.drop_constraint(once, type_="unique")
        batch_op.create_unique_constraint(
            "uq_reversals_owed_leg", ["transaction_id", "destination"]
        )
