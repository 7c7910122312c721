"""Remittances, payment codes and counts of tills."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from switch.store import WHOLE

revision = "core_0002"
down_revision = "core_0001"


def upgrade() -> None:
    op.create_table(
        "payment_codes",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("bill_references", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("opened_at", sa.String(), nullable=False),
        sa.Column("expires_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "remittances",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("operation_key", sa.String(), nullable=False),
        sa.Column("terminal_id", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("sent_at", sa.String(), nullable=False),
        sa.Column("expires_at", sa.String(), nullable=False),
        sa.Column("tries", WHOLE, nullable=False),
        sa.Column("cancelled", WHOLE, nullable=False),
        sa.Column("collected_by", sa.String(), nullable=True),
        sa.CheckConstraint("amount_minor > 0"),
        sa.PrimaryKeyConstraint("reference"),
        sa.UniqueConstraint("collected_by"),
        sa.UniqueConstraint("operation_key"),
    )
    with op.batch_alter_table("remittances", schema=None) as batch_op:
        batch_op.create_index("remittances_to_phone", ["phone"], unique=False)

    op.create_table(
        "text_messages",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("text_messages", schema=None) as batch_op:
        batch_op.create_index("text_messages_to_phone", ["phone"], unique=False)
