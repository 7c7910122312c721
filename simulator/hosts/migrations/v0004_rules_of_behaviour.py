"""Rules of behaviour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from switch.store import WHOLE

revision = "issuer_0004"
down_revision = "issuer_0003"


def upgrade() -> None:
    op.create_table(
        "rule_actions",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("effect", sa.String(), nullable=False),
        sa.Column("mti", sa.String(), nullable=False),
        sa.Column("processing", sa.String(), nullable=False),
        sa.Column("terminal_id", sa.String(), nullable=False),
        sa.Column("stan", sa.String(), nullable=False),
        sa.Column("rrn", sa.String(), nullable=False),
        sa.Column("masked_pan", sa.String(), nullable=False),
        sa.Column("amount", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "rules",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("place", WHOLE, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("seen", WHOLE, nullable=False),
        sa.Column("acted", WHOLE, nullable=False),
        sa.Column("set_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
