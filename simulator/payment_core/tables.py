"""The core's database: its bank accounts and cards, its ledger, and what creditors are owed.

Anyone may open the SQLite file read-only to judge the books; `docs/books.md` says how to read
it. Amounts are integers of minor units of MAD. Instants are text, ISO 8601 in UTC. No track, PIN
or CVV is kept; a PAN is sealed, in `cards` only, which is the bank's own card file.
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
    UniqueConstraint,
)

from switch.store import WHOLE, Schema

METADATA = MetaData()
SCHEMA = Schema("core", METADATA, Path(__file__).parent / "migrations")

# Facts about this file: `seed`, the digest of the settings that filled it.
facts = Table(
    "facts",
    METADATA,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

# The last number given of each sequence: approval codes, references and the like.
counters = Table(
    "counters",
    METADATA,
    Column("name", String, primary_key=True),
    Column("value", WHOLE, nullable=False),
)

# `code` is `customer:<RIB>`, `cash:<terminal>`, `creditor:<id>`, `suspense:<id>`,
# `settlement:<whom>`, `fees:<channel>`, `remittances`, `differences` or `opening`; `kind` is what
# stands before the colon. `balance_minor` is the sum of the account's entries. A customer's may
# not be taken below
# `floor_minor`; the others have none.
accounts = Table(
    "accounts",
    METADATA,
    Column("id", WHOLE, primary_key=True),
    Column("code", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("holder", String),
    Column("currency", String, nullable=False),
    Column("floor_minor", WHOLE),
    Column("balance_minor", WHOLE, nullable=False, default=0),
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

# The highest transaction counter (ATC) that the chip of a card has shown.
card_chips = Table(
    "card_chips",
    METADATA,
    Column("card_id", ForeignKey("cards.id"), primary_key=True),
    Column("counter", WHOLE, nullable=False),
)

# Every operation ever asked, by the caller's key, with the answer it was given. `request` is the
# body as canonical JSON, its PAN replaced by the card.
operations = Table(
    "operations",
    METADATA,
    Column("key", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("request", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("reason", String),
    Column("answer", String, nullable=False),
    Column("at", String, nullable=False),
)

# Which operation is cancelled, whether or not it came; `key` is the first cancellation's.
# `retained_minor` stands of a withdrawal that was dispensed in part.
cancellations = Table(
    "cancellations",
    METADATA,
    Column("cancels", String, primary_key=True),
    Column("key", String, nullable=False),
    Column("retained_minor", WHOLE, nullable=False),
    Column("reason", String, nullable=False),
    Column("at", String, nullable=False),
)

# One movement of money. `kind` is opening, withdrawal, deposit, transfer, bill_card, bill_cash,
# bill_authorised, bill_accepted, remittance_account, remittance_cash, collection, till_short,
# till_over or reversal. What stands of it is `amount_minor - reversed_minor`.
postings = Table(
    "postings",
    METADATA,
    Column("id", WHOLE, primary_key=True),
    Column("operation_key", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("amount_minor", WHOLE, nullable=False),
    Column("reversed_minor", WHOLE, nullable=False, default=0),
    Column("currency", String, nullable=False),
    Column("terminal_id", String),
    Column("stan", String),
    Column("rrn", String),
    Column("card_id", ForeignKey("cards.id")),
    Column("masked_pan", String),
    Column("at", String, nullable=False),
    Column("reverses", ForeignKey("postings.id"), unique=True),
    Column("reversed_by", ForeignKey("postings.id")),
    CheckConstraint("amount_minor > 0"),
    CheckConstraint("reversed_minor BETWEEN 0 AND amount_minor"),
    Index("postings_of_card", "card_id", "at"),
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

# Whom a creditor knows: `identity` is the canonical JSON of the form values that identify,
# `form` of all of them.
customers = Table(
    "customers",
    METADATA,
    Column("creditor", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("identity", String, primary_key=True),
    Column("form", String, nullable=False),
    Column("parameters", String, nullable=False),
)

# One thing owed. `article` is its name for the outside, unique for its creditor; `kind_of_article`
# is bill, fee, mandatory or stamp; `date` is YYYY-MM-DD.
articles = Table(
    "articles",
    METADATA,
    Column("id", WHOLE, primary_key=True),
    Column("creditor", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("identity", String, nullable=False),
    Column("article", String, nullable=False),
    Column("description", String, nullable=False),
    Column("date", String, nullable=False),
    Column("price_minor", WHOLE, nullable=False),
    Column("kind_of_article", String, nullable=False),
    UniqueConstraint("creditor", "article"),
    Index("articles_of_customer", "creditor", "kind", "identity"),
    CheckConstraint("price_minor > 0"),
)

# What one enquiry answered, valid until `expires_at`.
references = Table(
    "bill_references",
    METADATA,
    Column("reference", String, primary_key=True),
    Column("creditor", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("parameters", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("opened_at", String, nullable=False),
    Column("expires_at", String, nullable=False),
)

reference_articles = Table(
    "bill_reference_articles",
    METADATA,
    Column("reference", ForeignKey("bill_references.reference"), primary_key=True),
    Column("article_id", ForeignKey("articles.id"), primary_key=True),
    Column("price_minor", WHOLE, nullable=False),
)

# An article paid by a confirmation. At most one payment of an article lives: `live` is 1, or 0
# once cancelled, and the index refuses a second live one whatever the code believes.
payments = Table(
    "payments",
    METADATA,
    Column("operation_key", String, primary_key=True),
    Column("article_id", ForeignKey("articles.id"), primary_key=True),
    Column("reference", ForeignKey("bill_references.reference"), nullable=False),
    Column("settlement_reference", String, nullable=False),
    Column("price_minor", WHOLE, nullable=False),
    Column("live", WHOLE, nullable=False),
)
Index(
    "paid_once",
    payments.c.article_id,
    unique=True,
    sqlite_where=payments.c.live == 1,
    postgresql_where=payments.c.live == 1,
)

# One code for the debts of several references (a JSON list), payable on any channel. It is
# cancelled when the operation that opened it is.
payment_codes = Table(
    "payment_codes",
    METADATA,
    Column("code", String, primary_key=True),
    Column("bill_references", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("opened_at", String, nullable=False),
    Column("expires_at", String, nullable=False),
    Column("operation_key", String),
)

# What creditors are told of payments, each in order. `event` is payment or cancellation, `state`
# waiting, delivered or given_up; `decision` is accepted, refused, or undone when it was cancelled
# before, and empty for a creditor that does not decide. `receipt` is the creditor's number.
callbacks = Table(
    "callbacks",
    METADATA,
    Column("id", WHOLE, primary_key=True),
    Column("creditor", String, nullable=False),
    Column("event", String, nullable=False),
    Column("operation_key", String, nullable=False),
    Column("settlement_reference", String, nullable=False),
    Column("body", String, nullable=False),
    Column("state", String, nullable=False),
    Column("decision", String),
    Column("receipt", String),
    Column("attempts", WHOLE, nullable=False),
    Column("opened_at", String, nullable=False),
    Column("due_at", String, nullable=False),
    UniqueConstraint("creditor", "settlement_reference", "event"),
    Index("callbacks_waiting", "state", "creditor"),
    Index("callbacks_of_operation", "operation_key"),
)

# Money sent, to be collected in cash by who has the code and the phone it was sent to.
# `collected_by` is the operation that paid it out; a wrong code counts in `tries`.
remittances = Table(
    "remittances",
    METADATA,
    Column("reference", String, primary_key=True),
    Column("operation_key", String, nullable=False, unique=True),
    Column("terminal_id", String, nullable=False),
    Column("phone", String, nullable=False),
    Column("code", String, nullable=False),
    Column("amount_minor", WHOLE, nullable=False),
    Column("sent_at", String, nullable=False),
    Column("expires_at", String, nullable=False),
    Column("tries", WHOLE, nullable=False, default=0),
    Column("cancelled", WHOLE, nullable=False, default=0),
    Column("collected_by", String, unique=True),
    CheckConstraint("amount_minor > 0"),
    Index("remittances_to_phone", "phone"),
)

# Text messages to phones: what the bank's operator would send.
text_messages = Table(
    "text_messages",
    METADATA,
    Column("id", WHOLE, primary_key=True),
    Column("phone", String, nullable=False),
    Column("text", String, nullable=False),
    Column("at", String, nullable=False),
    Index("text_messages_to_phone", "phone"),
)
