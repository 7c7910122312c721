"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from switch.store import WHOLE

revision = "switch_0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "early_reversals",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("received_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_table(
        "transactions",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("operation_key", sa.String(), nullable=False),
        sa.Column("duplicate_key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("moves_money", sa.Boolean(), nullable=False),
        sa.Column("mti", sa.String(), nullable=False),
        sa.Column("processing_code", sa.String(), nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("card", sa.String(), nullable=False),
        sa.Column("acquirer", sa.String(), nullable=False),
        sa.Column("terminal", sa.String(), nullable=False),
        sa.Column("stan", sa.String(), nullable=False),
        sa.Column("rrn", sa.String(), nullable=False),
        sa.Column("transmission_time", sa.String(), nullable=False),
        sa.Column("local_time", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("response_code", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("received_at", sa.String(), nullable=False),
        sa.Column("changed_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("duplicate_key"),
        sa.UniqueConstraint("operation_key"),
    )
    with op.batch_alter_table("transactions", schema=None) as batch_op:
        batch_op.create_index("ix_transactions_state", ["state"], unique=False)

    op.create_table(
        "pending",
        sa.Column("transaction_id", WHOLE, nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["transactions.id"],
        ),
        sa.PrimaryKeyConstraint("transaction_id"),
    )
    op.create_table(
        "reversals_owed",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("transaction_id", WHOLE, nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("retained_minor", WHOLE, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("attempts", WHOLE, nullable=False),
        sa.Column("queued_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["transactions.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("transaction_id"),
    )
    with op.batch_alter_table("reversals_owed", schema=None) as batch_op:
        batch_op.create_index("ix_reversals_owed_destination", ["destination", "id"], unique=False)

    op.create_table(
        "transmissions",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("transaction_id", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["transactions.id"],
        ),
        sa.PrimaryKeyConstraint("reference"),
    )
