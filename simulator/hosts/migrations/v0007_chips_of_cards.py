"""The transaction counters of the chips of cards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from switch.store import WHOLE

revision = "issuer_0007"
down_revision = "issuer_0006"


def upgrade() -> None:
    op.create_table(
        "card_chips",
        sa.Column("card_id", WHOLE, nullable=False),
        sa.Column("counter", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["card_id"],
            ["cards.id"],
        ),
        sa.PrimaryKeyConstraint("card_id"),
    )
