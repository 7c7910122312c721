"""The issuer host's database: its cards and accounts, its ledger, and the messages it answered.

Anyone may open the SQLite file read-only to judge the books. Amounts are integers of minor units
of MAD; instants are text, ISO 8601 in UTC. A PAN is sealed, in `cards` only, the issuer's own
card file. What the terminals of the network took out, and still stands:

    SELECT terminal_id, SUM(amount_minor - reversed_minor) FROM postings
    WHERE kind = 'withdrawal' GROUP BY terminal_id
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    MetaData,
    String,
    Table,
)

from switch.store import WHOLE, Schema

METADATA = MetaData()
SCHEMA = Schema("issuer", METADATA, Path(__file__).parent / "migrations")

# The last number given of each sequence.
counters = Table(
    "counters",
    METADATA,
    Column("name", String, primary_key=True),
    Column("value", WHOLE, nullable=False),
)

# `code` is `customer:<account>`, `settlement:<acquirer>` (what is owed to an acquirer) or
# `opening`; `kind` is what stands before the colon. `balance_minor` is the sum of the account's
# entries; a customer's may not be taken below `floor_minor`, the others have no floor.
accounts = Table(
    "accounts",
    METADATA,
    Column("id", WHOLE, primary_key=True),
    Column("code", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("holder", String),
    Column("floor_minor", WHOLE),
    Column("balance_minor", WHOLE, nullable=False, default=0),
    # Numeric code. The balances of all accounts of one currency sum to zero.
    Column("currency", String, nullable=False, default="504", server_default="504"),
)

# `status` is active, lost, stolen or blocked; `expiry` is YYMM, valid to that month's last day.
cards = Table(
    "cards",
    METADATA,
    Column("id", WHOLE, primary_key=True),
    # The number, sealed (switch/store/sealed_cards.py), and the keyed hash to find it by.
    Column("pan", String, nullable=False, unique=True),
    Column("card_key", String, unique=True, index=True),
    Column("masked_pan", String, nullable=False),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("expiry", String, nullable=False),
    Column("status", String, nullable=False),
)

# What stands for the PIN of a card (a PVV or an offset), and wrong PINs since the last right one.
card_pins = Table(
    "card_pins",
    METADATA,
    Column("card_id", ForeignKey("cards.id"), primary_key=True),
    Column("value", String, nullable=False),
    Column("tries", WHOLE, nullable=False, default=0),
)

# What a card may be used for in one local day: none where there is no limit.
card_limits = Table(
    "card_limits",
    METADATA,
    Column("card_id", ForeignKey("cards.id"), primary_key=True),
    Column("per_operation_minor", WHOLE),
    Column("per_day_minor", WHOLE),
    Column("per_day_count", WHOLE),
)

# The highest transaction counter (ATC) that the chip of a card has shown.
card_chips = Table(
    "card_chips",
    METADATA,
    Column("card_id", ForeignKey("cards.id"), primary_key=True),
    Column("counter", WHOLE, nullable=False),
)

# One movement of money. `kind` is opening, withdrawal, purchase, refund, bill_payment, adjustment,
# conversion or reversal. What stands of it is `amount_minor - reversed_minor`. A `conversion` is
# the other half of the posting it `converts`: what an account in another currency gave for it.
postings = Table(
    "postings",
    METADATA,
    Column("id", WHOLE, primary_key=True),
    Column("kind", String, nullable=False),
    Column("amount_minor", WHOLE, nullable=False),
    Column("reversed_minor", WHOLE, nullable=False, default=0),
    Column("terminal_id", String),
    Column("stan", String),
    Column("rrn", String),
    Column("masked_pan", String),
    Column("at", String, nullable=False),
    Column("reverses", ForeignKey("postings.id"), unique=True),
    Column("reversed_by", ForeignKey("postings.id")),
    # The number of a posting, of a request's card below: columns added later have no constraint.
    Column("converts", WHOLE),
    CheckConstraint("amount_minor > 0"),
    CheckConstraint("reversed_minor BETWEEN 0 AND amount_minor"),
)

# The sides of a posting: they always sum to zero. Positive is a credit, negative a debit.
entries = Table(
    "entries",
    METADATA,
    Column("posting_id", ForeignKey("postings.id"), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("amount_minor", WHOLE, nullable=False),
    CheckConstraint("amount_minor <> 0"),
    Index("entries_of_account", "account_id", "posting_id"),
)

# Postings of what had been done when we were told of it (advices): they pass the floor.
forced_postings = Table(
    "forced_postings",
    METADATA,
    Column("posting_id", ForeignKey("postings.id"), primary_key=True),
)

# Every request answered, by its duplicate key (DE32, 41, 11, 13, 12, 3 and 4), with the elements
# of the answer as JSON. `local` is DE13 and DE12. `reversed_at` says since when it stands no more.
requests = Table(
    "requests",
    METADATA,
    Column("id", WHOLE, primary_key=True),
    Column("duplicate_key", String, nullable=False, unique=True),
    Column("operation", String, nullable=False),
    Column("origin", String, nullable=False),
    Column("local", String, nullable=False),
    Column("masked_pan", String, nullable=False),
    Column("amount_minor", WHOLE, nullable=False),
    Column("answer", String, nullable=False),
    Column("posting_id", ForeignKey("postings.id")),
    Column("at", String, nullable=False),
    Column("reversed_at", String),
    Column("card_id", WHOLE),
    Column("currency", String, nullable=False, default="504", server_default="504"),
    Index("requests_of_origin", "origin", "local"),
    Index("requests_of_card", "card_id", "at"),
)

# What was authorised and is to be completed (pre-authorisations), in the account's currency: it is
# not available meanwhile. `approval` is DE38; it ends when it is completed, reversed, or over.
holds = Table(
    "holds",
    METADATA,
    Column("request_id", ForeignKey("requests.id"), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("card_id", ForeignKey("cards.id"), nullable=False),
    Column("amount_minor", WHOLE, nullable=False),
    Column("approval", String, nullable=False),
    Column("rrn", String, nullable=False),
    Column("expires_at", String, nullable=False),
    Column("ended_at", String),
    Index("holds_of_account", "account_id", "ended_at"),
    Index("holds_of_card", "card_id", "approval"),
)

# Each time a request was sent (DE7): a repeat may have another one than its original. `origin`
# is acquirer/terminal/STAN. DE7 has no year: the latest is meant.
transmissions = Table(
    "transmissions",
    METADATA,
    Column("origin", String, primary_key=True),
    Column("transmitted", String, primary_key=True),
    Column("request_id", ForeignKey("requests.id"), nullable=False),
)

# Reversals that came before their originals, which are then refused. `local` is empty when the
# reversal did not say it.
early_reversals = Table(
    "early_reversals",
    METADATA,
    Column("id", WHOLE, primary_key=True),
    Column("origin", String, nullable=False),
    Column("transmitted", String, nullable=False),
    Column("local", String, nullable=False),
    Column("at", String, nullable=False),
    Index("early_reversals_of_origin", "origin"),
)

# What the host does otherwise than it should, lowest `place` first. `source` is `file` (the network
# file or the command) or `scenario`, both for one life of the host, or `order`, until it is
# cleared. `rule` is JSON; `seen` counts the messages that fitted, `acted` those it acted on.
rules = Table(
    "rules",
    METADATA,
    Column("id", WHOLE, primary_key=True),
    Column("place", WHOLE, nullable=False),
    Column("source", String, nullable=False),
    Column("name", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("seen", WHOLE, nullable=False, default=0),
    Column("acted", WHOLE, nullable=False, default=0),
    Column("set_at", String, nullable=False),
)

# Each time a rule acted: what it did, and on which message.
rule_actions = Table(
    "rule_actions",
    METADATA,
    Column("id", WHOLE, primary_key=True),
    Column("at", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("effect", String, nullable=False),
    Column("mti", String, nullable=False),
    Column("processing", String, nullable=False),
    Column("terminal_id", String, nullable=False),
    Column("stan", String, nullable=False),
    Column("rrn", String, nullable=False),
    Column("masked_pan", String, nullable=False),
    Column("amount", String, nullable=False),
)
