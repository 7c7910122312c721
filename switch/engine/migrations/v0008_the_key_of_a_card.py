"""A keyed hash of the card number, to find a card by. Older rows have none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "switch_0008"
down_revision = "switch_0007"


def upgrade() -> None:
    with op.batch_alter_table("transactions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("card_key", sa.String(), server_default="", nullable=False))
        batch_op.create_index("ix_transactions_card_key", ["card_key"], unique=False)
