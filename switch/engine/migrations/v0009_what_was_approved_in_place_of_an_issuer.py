"""What was approved in place of an issuer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from switch.store import WHOLE

revision = "switch_0009"
down_revision = "switch_0008"


def upgrade() -> None:
    op.create_table(
        "stood_in",
        sa.Column("transaction_id", WHOLE, nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("card_key", sa.String(), nullable=False),
        sa.Column("business_date", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["transactions.id"],
        ),
        sa.PrimaryKeyConstraint("transaction_id"),
    )
    with op.batch_alter_table("stood_in", schema=None) as batch_op:
        batch_op.create_index("ix_stood_in_card", ["card_key", "business_date"], unique=False)
