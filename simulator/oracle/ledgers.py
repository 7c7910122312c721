"""A double-entry ledger, read from its database: the core's and the issuer's are read alike.

It is opened read-only, while its owner runs or after. `docs/books.md` describes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.oracle.places import Place, has_table, reading


@dataclass(frozen=True)
class Account:
    """An account and what is on it."""

    code: str
    kind: str
    holder: str
    floor_minor: int | None
    balance_minor: int
    entries_minor: int
    """The sum of its entries, which `balance_minor` must be."""
    moved_minor: int
    """The sum of its entries but those it was opened with."""


@dataclass(frozen=True)
class Posting:
    """A movement of money."""

    ledger: str
    id: int
    kind: str
    amount_minor: int
    reversed_minor: int
    terminal: str
    stan: str
    rrn: str
    card: str
    at: str
    entries_minor: int
    """The sum of its entries, which must be zero."""
    reverses: int | None = None
    """Of a reversal, the posting that it gives back, or a part of."""

    @property
    def stands_minor(self) -> int:
        """What of it was not given back."""
        return self.amount_minor - self.reversed_minor


@dataclass(frozen=True)
class LedgerBook:
    """All of a ledger."""

    name: str
    accounts: tuple[Account, ...]
    postings: tuple[Posting, ...]
    paid_twice: tuple[str, ...]
    """Articles of bills with more than one payment that stands."""
    returned_minor: dict[str, int]
    """Credits that were taken back from customers since their cash went back, by account: these
    may take an account below its floor."""
    forced_minor: Mapping[str, int] = field(default_factory=dict)
    """What customers were debited for because it had been done already (advices), and stands, by
    account: this may take one below its floor too."""
    paid_minor: Mapping[str, int] = field(default_factory=dict)
    """The live payments to each creditor, by its number: only where there are payments."""
    acted: Mapping[str, int] = field(default_factory=dict)
    """How often each rule of the host's behaviour acted, by its name."""

    def balance_minor(self, account: str) -> int | None:
        """What is on the account with this code."""
        return next((each.balance_minor for each in self.accounts if each.code == account), None)

    @property
    def sum_minor(self) -> int:
        """The sum of all balances, which must be zero."""
        return sum(account.balance_minor for account in self.accounts)


_ACCOUNTS = """
    SELECT a.code, a.kind, COALESCE(a.holder, ''), a.floor_minor, a.balance_minor,
           CAST(COALESCE(SUM(e.amount_minor), 0) AS BIGINT),
           CAST(COALESCE(SUM(CASE p.kind WHEN 'opening' THEN 0 ELSE e.amount_minor END), 0)
                AS BIGINT)
    FROM accounts a LEFT JOIN entries e ON e.account_id = a.id
    LEFT JOIN postings p ON p.id = e.posting_id
    GROUP BY a.id ORDER BY a.code
"""
_POSTINGS = """
    SELECT p.id, p.kind, p.amount_minor, p.reversed_minor, COALESCE(p.terminal_id, ''),
           COALESCE(p.stan, ''), COALESCE(p.rrn, ''), COALESCE(p.masked_pan, ''), p.at,
           CAST(COALESCE(SUM(e.amount_minor), 0) AS BIGINT), p.reverses
    FROM postings p LEFT JOIN entries e ON e.posting_id = p.id
    GROUP BY p.id ORDER BY p.id
"""
_RETURNED = """
    SELECT a.code, CAST(-SUM(e.amount_minor) AS BIGINT)
    FROM postings p JOIN postings o ON o.id = p.reverses
    JOIN entries e ON e.posting_id = p.id JOIN accounts a ON a.id = e.account_id
    WHERE a.kind = 'customer' AND e.amount_minor < 0 AND o.kind IN ('deposit', 'transfer', 'refund')
    GROUP BY a.code
"""
_PAID_TWICE = """
    SELECT a.creditor || '/' || a.article FROM payments p JOIN articles a ON a.id = p.article_id
    WHERE p.live = 1 GROUP BY a.creditor, a.article HAVING COUNT(*) > 1 ORDER BY 1
"""
_PAID = """
    SELECT a.creditor, CAST(SUM(p.price_minor * p.live) AS BIGINT)
    FROM payments p JOIN articles a ON a.id = p.article_id WHERE a.kind_of_article <> 'fee'
    GROUP BY a.creditor ORDER BY a.creditor
"""
_FORCED = """
    SELECT a.code, CAST(SUM(p.amount_minor - p.reversed_minor) AS BIGINT)
    FROM forced_postings f JOIN postings p ON p.id = f.posting_id
    JOIN entries e ON e.posting_id = p.id JOIN accounts a ON a.id = e.account_id
    WHERE a.kind = 'customer' AND e.amount_minor < 0 GROUP BY a.code
"""
_ACTED = "SELECT rule, COUNT(*) FROM rule_actions GROUP BY rule"


def read_ledger(name: str, place: Place) -> LedgerBook:
    """The ledger at `place`. Raises BookError when it cannot be read."""
    with reading(place) as connection:
        accounts = tuple(Account(*row) for row in connection.execute(_ACCOUNTS))
        postings = tuple(Posting(name, *row) for row in connection.execute(_POSTINGS))
        returned_minor = dict(connection.execute(_RETURNED).fetchall())
        twice: tuple[str, ...] = ()
        paid_minor: dict[str, int] = {}
        if has_table(connection, "payments"):
            twice = tuple(article for (article,) in connection.execute(_PAID_TWICE))
            paid_minor = dict(connection.execute(_PAID).fetchall())
        forced_minor, acted = {}, {}
        if has_table(connection, "forced_postings"):
            forced_minor = dict(connection.execute(_FORCED).fetchall())
        if has_table(connection, "rule_actions"):
            acted = dict(connection.execute(_ACTED).fetchall())
    return LedgerBook(
        name, accounts, postings, twice, returned_minor, forced_minor, paid_minor, acted
    )
