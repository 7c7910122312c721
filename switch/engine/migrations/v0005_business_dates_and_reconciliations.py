"""Business dates and reconciliations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from switch.store import WHOLE

revision = "switch_0005"
down_revision = "switch_0004"


def upgrade() -> None:
    op.create_table(
        "business_dates",
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("business_date", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("changed_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("party"),
    )
    op.create_table(
        "orders",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("business_date", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "reconciliations",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("business_date", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("stan", sa.String(), nullable=False),
        sa.Column("attempts", WHOLE, nullable=False),
        sa.Column("ours", sa.String(), nullable=False),
        sa.Column("theirs", sa.String(), nullable=False),
        sa.Column("differences", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("changed_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("reconciliations", schema=None) as batch_op:
        batch_op.create_index("ix_reconciliations_party", ["party", "status"], unique=False)

    with op.batch_alter_table("transactions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("settled_on", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("reversed_minor", WHOLE, server_default="0", nullable=False))
        batch_op.create_index("ix_transactions_settled_on", ["settled_on"], unique=False)
