"""PINs of cards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from switch.store import WHOLE

revision = "issuer_0002"
down_revision = "issuer_0001"


def upgrade() -> None:
    op.create_table(
        "card_pins",
        sa.Column("card_id", WHOLE, nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("tries", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["card_id"],
            ["cards.id"],
        ),
        sa.PrimaryKeyConstraint("card_id"),
    )
