"""Callbacks to creditors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from switch.store import WHOLE

revision = "core_0005"
down_revision = "core_0004"


def upgrade() -> None:
    op.create_table(
        "callbacks",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("creditor", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("operation_key", sa.String(), nullable=False),
        sa.Column("settlement_reference", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("receipt", sa.String(), nullable=True),
        sa.Column("attempts", WHOLE, nullable=False),
        sa.Column("opened_at", sa.String(), nullable=False),
        sa.Column("due_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creditor", "settlement_reference", "event"),
    )
    with op.batch_alter_table("callbacks", schema=None) as batch_op:
        batch_op.create_index("callbacks_of_operation", ["operation_key"], unique=False)
        batch_op.create_index("callbacks_waiting", ["state", "creditor"], unique=False)

    with op.batch_alter_table("payment_codes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("operation_key", sa.String(), nullable=True))

    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.create_index("postings_of_card", ["card_id", "at"], unique=False)
