"""The messages of transactions, kept with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from switch.store import WHOLE

revision = "switch_0004"
down_revision = "switch_0003"


def upgrade() -> None:
    op.create_table(
        "switch_messages",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("transaction_id", WHOLE, nullable=True),
        sa.Column("reference", sa.String(), server_default="", nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("peer", sa.String(), nullable=False),
        sa.Column("dialect", sa.String(), nullable=False),
        sa.Column("mti", sa.String(), nullable=False),
        sa.Column("elements", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["transactions.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("switch_messages", schema=None) as batch_op:
        batch_op.create_index("ix_switch_messages_transaction", ["transaction_id"], unique=False)
