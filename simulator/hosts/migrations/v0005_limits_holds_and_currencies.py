"""Limits holds and currencies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from switch.store import WHOLE

revision = "issuer_0005"
down_revision = "issuer_0004"


def upgrade() -> None:
    op.create_table(
        "card_limits",
        sa.Column("card_id", WHOLE, nullable=False),
        sa.Column("per_operation_minor", WHOLE, nullable=True),
        sa.Column("per_day_minor", WHOLE, nullable=True),
        sa.Column("per_day_count", WHOLE, nullable=True),
        sa.ForeignKeyConstraint(
            ["card_id"],
            ["cards.id"],
        ),
        sa.PrimaryKeyConstraint("card_id"),
    )
    op.create_table(
        "holds",
        sa.Column("request_id", WHOLE, nullable=False),
        sa.Column("account_id", WHOLE, nullable=False),
        sa.Column("card_id", WHOLE, nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("approval", sa.String(), nullable=False),
        sa.Column("rrn", sa.String(), nullable=False),
        sa.Column("expires_at", sa.String(), nullable=False),
        sa.Column("ended_at", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["card_id"],
            ["cards.id"],
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["requests.id"],
        ),
        sa.PrimaryKeyConstraint("request_id"),
    )
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.create_index("holds_of_account", ["account_id", "ended_at"], unique=False)
        batch_op.create_index("holds_of_card", ["card_id", "approval"], unique=False)

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("currency", sa.String(), server_default="504", nullable=False)
        )

    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("converts", WHOLE, nullable=True))

    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("card_id", WHOLE, nullable=True))
        batch_op.add_column(
            sa.Column("currency", sa.String(), server_default="504", nullable=False)
        )
        batch_op.create_index("requests_of_card", ["card_id", "at"], unique=False)
