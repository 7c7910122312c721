"""Find by terminal and trace number."""

from __future__ import annotations

from alembic import op

revision = "switch_0006"
down_revision = "switch_0005"


def upgrade() -> None:
    with op.batch_alter_table("transactions", schema=None) as batch_op:
        batch_op.create_index("ix_transactions_terminal_stan", ["terminal", "stan"], unique=False)
