"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from switch.store import WHOLE

revision = "issuer_0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("floor_minor", WHOLE, nullable=True),
        sa.Column("balance_minor", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "early_reversals",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("transmitted", sa.String(), nullable=False),
        sa.Column("local", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("early_reversals", schema=None) as batch_op:
        batch_op.create_index("early_reversals_of_origin", ["origin"], unique=False)

    op.create_table(
        "postings",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("reversed_minor", WHOLE, nullable=False),
        sa.Column("terminal_id", sa.String(), nullable=True),
        sa.Column("stan", sa.String(), nullable=True),
        sa.Column("rrn", sa.String(), nullable=True),
        sa.Column("masked_pan", sa.String(), nullable=True),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("reverses", WHOLE, nullable=True),
        sa.Column("reversed_by", WHOLE, nullable=True),
        sa.CheckConstraint("amount_minor > 0"),
        sa.CheckConstraint("reversed_minor BETWEEN 0 AND amount_minor"),
        sa.ForeignKeyConstraint(
            ["reversed_by"],
            ["postings.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reverses"],
            ["postings.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reverses"),
    )
    op.create_table(
        "cards",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("pan", sa.String(), nullable=False),
        sa.Column("masked_pan", sa.String(), nullable=False),
        sa.Column("account_id", WHOLE, nullable=False),
        sa.Column("expiry", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("pan"),
    )
    op.create_table(
        "entries",
        sa.Column("posting_id", WHOLE, nullable=False),
        sa.Column("account_id", WHOLE, nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.CheckConstraint("amount_minor <> 0"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["posting_id"],
            ["postings.id"],
        ),
        sa.PrimaryKeyConstraint("posting_id", "account_id"),
    )
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.create_index("entries_of_account", ["account_id", "posting_id"], unique=False)

    op.create_table(
        "requests",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("duplicate_key", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("local", sa.String(), nullable=False),
        sa.Column("masked_pan", sa.String(), nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("posting_id", WHOLE, nullable=True),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("reversed_at", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["posting_id"],
            ["postings.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("duplicate_key"),
    )
    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.create_index("requests_of_origin", ["origin", "local"], unique=False)

    op.create_table(
        "transmissions",
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("transmitted", sa.String(), nullable=False),
        sa.Column("request_id", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["requests.id"],
        ),
        sa.PrimaryKeyConstraint("origin", "transmitted"),
    )
