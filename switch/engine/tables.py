"""The switch's journal as tables. No PIN, no track, no card number in clear."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from switch.store import WHOLE, Schema, delete_bulk, insert_bulk, update_bulk

METADATA = MetaData()
SCHEMA = Schema("switch", METADATA, Path(__file__).parent / "migrations")

TRANSACTIONS = Table(
    "transactions",
    METADATA,
    Column("id", WHOLE, primary_key=True),
    # Ours, unique for ever: the key under which the other side can be asked again.
    Column("operation_key", String, nullable=False, unique=True),
    # DE32/41/11/13+12/3/4: two requests that agree on it are one (a repeat or a duplicate).
    Column("duplicate_key", String, nullable=False, unique=True),
    Column("state", String, nullable=False),
    Column("operation", String, nullable=False),
    Column("moves_money", Boolean, nullable=False),
    Column("mti", String, nullable=False),
    Column("processing_code", String, nullable=False),
    Column("amount_minor", WHOLE, nullable=False),
    Column("currency", String, nullable=False),
    Column("card", String, nullable=False),  # masked, empty for cash
    # A keyed hash of the card number (switch/keys/vault.py), to find a card by; empty for cash.
    Column("card_key", String, nullable=False, default=""),
    Column("acquirer", String, nullable=False),
    Column("terminal", String, nullable=False),
    Column("stan", String, nullable=False),
    Column("rrn", String, nullable=False),
    Column("transmission_time", String, nullable=False),  # DE7, UTC
    Column("local_time", String, nullable=False),  # DE13 + DE12
    Column("route", String, nullable=False),
    Column("destination", String, nullable=False),  # empty when nothing took it
    # Where its second leg goes, empty for nearly all.
    Column("second", String, nullable=False, default="", server_default=""),
    # Its business date, YYYY-MM-DD: what DE15 of its answer said; empty until it is answered.
    Column("settled_on", String, nullable=False, default="", server_default=""),
    Column("reversed_minor", WHOLE, nullable=False, default=0, server_default="0"),
    Column("response_code", String, nullable=False, default=""),
    Column("answer", String, nullable=False, default=""),  # elements of the answer, JSON
    Column("reason", String, nullable=False, default=""),  # of the last change, in words
    Column("received_at", String, nullable=False),  # ISO 8601, UTC
    Column("changed_at", String, nullable=False),
    Index("ix_transactions_state", "state"),
    Index("ix_transactions_settled_on", "settled_on"),
    Index("ix_transactions_terminal_stan", "terminal", "stan"),
    Index("ix_transactions_card_key", "card_key"),
)

TRANSMISSIONS = Table(
    "transmissions",
    METADATA,
    # acquirer/terminal/STAN/DE7: what a reversal's DE41 and DE90 name. A repeat with a new DE7
    # adds a row for the same transaction.
    Column("reference", String, primary_key=True),
    Column("transaction_id", ForeignKey("transactions.id"), nullable=False),
)

PENDING = Table(
    "pending",
    METADATA,
    # What a reversal must copy of its original, card number included; gone once it is final.
    Column("transaction_id", ForeignKey("transactions.id"), primary_key=True),
    # JSON without PIN, track or chip data, sealed by the vault for the transaction's operation_key.
    Column("request", String, nullable=False),
)

STOOD_IN = Table(
    "stood_in",
    METADATA,
    # What the switch approved while an issuer was away: what counts against a card's limits.
    Column("transaction_id", ForeignKey("transactions.id"), primary_key=True),
    Column("rule", String, nullable=False),
    Column("card_key", String, nullable=False),
    Column("business_date", String, nullable=False),  # ours, YYYY-MM-DD
    Index("ix_stood_in_card", "card_key", "business_date"),
)

EARLY_REVERSALS = Table(
    "early_reversals",
    METADATA,
    # Reversals that overtook their original: the original is refused when it comes.
    Column("reference", String, primary_key=True),
    Column("received_at", String, nullable=False),
)

OWED = Table(
    "owed",
    METADATA,
    # Store-and-forward: what a destination has still to take, first in first out.
    Column("id", WHOLE, primary_key=True),
    Column("transaction_id", ForeignKey("transactions.id"), nullable=False),
    Column("kind", String, nullable=False),  # reversal, advice
    Column("destination", String, nullable=False),
    Column("status", String, nullable=False),  # queued; held by a person; aside: see `note`
    Column("note", String, nullable=False, default=""),  # why it is not queued
    Column("retained_minor", WHOLE, nullable=False, default=0),  # what stands of a partial one
    Column("reason", String, nullable=False),
    Column("attempts", WHOLE, nullable=False, default=0),
    Column("queued_at", String, nullable=False),
    # A transaction is reversed once, whoever asks for it; what had two legs, at each of them.
    UniqueConstraint("transaction_id", "kind", "destination", name="uq_owed_once"),
    Index("ix_owed_destination", "destination", "id"),
)

SWITCH_MESSAGES = Table(
    "switch_messages",
    METADATA,
    # Every message of a transaction, masked, as it came and as it left: switch/engine/messages.py.
    Column("id", WHOLE, primary_key=True),
    # Empty for the reversal of an original that has not come yet: `reference` names that.
    Column("transaction_id", ForeignKey("transactions.id"), nullable=True),
    Column("reference", String, nullable=False, default="", server_default=""),
    Column("at", String, nullable=False),
    Column("direction", String, nullable=False),  # in, out
    Column("peer", String, nullable=False),
    Column("dialect", String, nullable=False),
    Column("mti", String, nullable=False),
    Column("elements", String, nullable=False),
    Column("note", String, nullable=False),
    Index("ix_switch_messages_transaction", "transaction_id"),
)

BUSINESS_DATES = Table(
    "business_dates",
    METADATA,
    # The business date of each party: links and listeners by their names, ours under "".
    Column("party", String, primary_key=True),
    Column("business_date", String, nullable=False),  # YYYY-MM-DD
    Column("how", String, nullable=False),  # schedule, command, or who told us
    Column("changed_at", String, nullable=False),
)

RECONCILIATIONS = Table(
    "reconciliations",
    METADATA,
    # One for each link and business date: those we send, and those that are sent to us.
    Column("id", WHOLE, primary_key=True),
    Column("party", String, nullable=False),  # the destination, or the acquirer (DE32)
    Column("role", String, nullable=False),  # sent or received
    Column("business_date", String, nullable=False),
    Column("status", String, nullable=False),  # owed, in balance, out of balance, refused
    Column("stan", String, nullable=False, default=""),
    Column("attempts", WHOLE, nullable=False, default=0),
    Column("ours", String, nullable=False, default=""),  # DE74 to 89 and 97, JSON
    Column("theirs", String, nullable=False, default=""),  # what they said, JSON; empty: nothing
    Column("differences", String, nullable=False, default=""),  # words, JSON list
    Column("created_at", String, nullable=False),
    Column("changed_at", String, nullable=False),
    Index("ix_reconciliations_party", "party", "status"),
)

ORDERS = Table(
    "orders",
    METADATA,
    # What an operator asked of a running switch: it looks here, does it, and says what came of it.
    Column("id", WHOLE, primary_key=True),
    Column("kind", String, nullable=False),  # cut-over, reconcile, exchange-keys
    Column("party", String, nullable=False),
    Column("business_date", String, nullable=False),
    Column("who", String, nullable=False),
    Column("created_at", String, nullable=False),
    Column("outcome", String, nullable=False, default=""),  # empty until it is done
)

OPERATOR_ACTIONS = Table(
    "operator_actions",
    METADATA,
    # What people did about what is owed, for ever.
    Column("id", WHOLE, primary_key=True),
    Column("at", String, nullable=False),
    Column("who", String, nullable=False),
    Column("action", String, nullable=False),  # hold, release, drop
    Column("owed_id", WHOLE, nullable=False),
    Column("transaction_id", WHOLE, nullable=False),
    Column("kind", String, nullable=False),
    Column("destination", String, nullable=False),
    Column("reason", String, nullable=False),
)

ENTER = insert_bulk("transactions", [column.name for column in TRANSACTIONS.columns], rank=0)
NAME = insert_bulk(
    "transmissions",
    ["reference", "transaction_id"],
    rank=1,
    conflict="ON CONFLICT (reference) DO UPDATE SET transaction_id=excluded.transaction_id",
)
KEEP = insert_bulk("pending", ["transaction_id", "request"], rank=1)
CLOSE = update_bulk(
    "transactions",
    "id",
    ["state", "response_code", "answer", "reason", "changed_at", "settled_on"],
    rank=2,
    guard="transactions.state IN ('received','forwarded')",
)
SAID = ("at", "direction", "peer", "dialect", "mti", "elements", "note")
SAY = insert_bulk("switch_messages", ["transaction_id", *SAID], rank=1)
PURGE = delete_bulk("pending", "transaction_id", rank=3)
"""What the hot path writes, as one statement a batch."""
