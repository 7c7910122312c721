"""What was done when it was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from switch.store import WHOLE

revision = "issuer_0006"
down_revision = "issuer_0005"


def upgrade() -> None:
    op.create_table(
        "forced_postings",
        sa.Column("posting_id", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["posting_id"],
            ["postings.id"],
        ),
        sa.PrimaryKeyConstraint("posting_id"),
    )
