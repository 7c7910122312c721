"""Card numbers are sealed, and found by a keyed hash. Older rows have none until the next start."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "issuer_0003"
down_revision = "issuer_0002"


def upgrade() -> None:
    op.add_column("cards", sa.Column("card_key", sa.String(), nullable=True))
    op.create_index("ix_cards_card_key", "cards", ["card_key"], unique=True)
