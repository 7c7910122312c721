"""What is owed to destinations, and states that say more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from switch.store import WHOLE

revision = "switch_0003"
down_revision = "switch_0002"


def upgrade() -> None:
    op.create_table(
        "owed",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("transaction_id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("retained_minor", WHOLE, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("attempts", WHOLE, nullable=False),
        sa.Column("queued_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["transactions.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("transaction_id", "kind", "destination", name="uq_owed_once"),
    )
    with op.batch_alter_table("owed", schema=None) as batch_op:
        batch_op.create_index("ix_owed_destination", ["destination", "id"], unique=False)

    op.execute(
        "INSERT INTO owed (transaction_id, kind, destination, status, note, retained_minor,"
        " reason, attempts, queued_at)"
        " SELECT transaction_id, 'reversal', destination, 'queued', '', retained_minor, reason,"
        " attempts, queued_at FROM reversals_owed ORDER BY id"
    )
    # A request was entered as received whether or not it left; what had no answer, as reversing.
    op.execute("UPDATE transactions SET state='forwarded' WHERE state='received'")
    op.execute(
        "UPDATE transactions SET state='in_doubt' WHERE state='reversing' AND response_code='91'"
    )
    with op.batch_alter_table("reversals_owed", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reversals_owed_destination"))

    op.drop_table("reversals_owed")
