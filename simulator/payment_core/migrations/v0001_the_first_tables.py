"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from switch.store import WHOLE

revision = "core_0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("floor_minor", WHOLE, nullable=True),
        sa.Column("balance_minor", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "articles",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("creditor", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("article", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("date", sa.String(), nullable=False),
        sa.Column("price_minor", WHOLE, nullable=False),
        sa.Column("kind_of_article", sa.String(), nullable=False),
        sa.CheckConstraint("price_minor > 0"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creditor", "article"),
    )
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.create_index(
            "articles_of_customer", ["creditor", "kind", "identity"], unique=False
        )

    op.create_table(
        "bill_references",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("creditor", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parameters", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("opened_at", sa.String(), nullable=False),
        sa.Column("expires_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_table(
        "cancellations",
        sa.Column("cancels", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("retained_minor", WHOLE, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("cancels"),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "customers",
        sa.Column("creditor", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("parameters", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("creditor", "kind", "identity"),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "operations",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "bill_reference_articles",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("article_id", WHOLE, nullable=False),
        sa.Column("price_minor", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["bill_references.reference"],
        ),
        sa.PrimaryKeyConstraint("reference", "article_id"),
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
        "payments",
        sa.Column("operation_key", sa.String(), nullable=False),
        sa.Column("article_id", WHOLE, nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("settlement_reference", sa.String(), nullable=False),
        sa.Column("price_minor", WHOLE, nullable=False),
        sa.Column("live", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["bill_references.reference"],
        ),
        sa.PrimaryKeyConstraint("operation_key", "article_id"),
    )
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.create_index(
            "paid_once",
            ["article_id"],
            unique=True,
            sqlite_where=sa.text("live = 1"),
            postgresql_where=sa.text("live = 1"),
        )

    op.create_table(
        "postings",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("operation_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("reversed_minor", WHOLE, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("terminal_id", sa.String(), nullable=True),
        sa.Column("stan", sa.String(), nullable=True),
        sa.Column("rrn", sa.String(), nullable=True),
        sa.Column("card_id", WHOLE, nullable=True),
        sa.Column("masked_pan", sa.String(), nullable=True),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("reverses", WHOLE, nullable=True),
        sa.Column("reversed_by", WHOLE, nullable=True),
        sa.CheckConstraint("amount_minor > 0"),
        sa.CheckConstraint("reversed_minor BETWEEN 0 AND amount_minor"),
        sa.ForeignKeyConstraint(
            ["card_id"],
            ["cards.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reversed_by"],
            ["postings.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reverses"],
            ["postings.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("operation_key"),
        sa.UniqueConstraint("reverses"),
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
