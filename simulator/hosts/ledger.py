"""The issuer's double-entry ledger: every posting's entries sum to zero, so the books always do.

An entry is positive when it credits its account. `customer:<account>` is what the issuer owes its
customer: a withdrawal debits it. `settlement:<acquirer>` is what the issuer owes an acquirer for
the cash and the goods that its terminals gave. `opening` is the other side of the first balances.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from simulator.hosts.tables import accounts, counters, entries, forced_postings, postings
from switch.store import new_number, upsert


class FundsError(Exception):
    """The customer's account would fall below its floor; nothing was written."""


class LedgerError(Exception):
    """Books that are broken."""


@dataclass(frozen=True)
class Trace:
    """Who asked for a posting, kept with it as evidence; `at` is the instant as text."""

    at: str
    terminal_id: str | None = None
    stan: str | None = None
    rrn: str | None = None
    masked_pan: str | None = None


def account(
    connection: Connection,
    code: str,
    *,
    holder: str | None = None,
    floor_minor: int | None = None,
    currency: str = "504",
) -> int:
    """The number of the account with this code, opened when there is none."""
    found = connection.execute(select(accounts.c.id).where(accounts.c.code == code)).scalar()
    if found is not None:
        return int(found)
    opened = connection.execute(
        insert(accounts).values(
            code=code,
            kind=code.partition(":")[0],
            holder=holder,
            floor_minor=floor_minor,
            balance_minor=0,
            currency=currency,
        )
    )
    return new_number(opened)


def move(
    connection: Connection,
    kind: str,
    trace: Trace,
    amount_minor: int,
    debit: int,
    credit: int,
    *,
    forced: bool = False,
    held_minor: int = 0,
    converts: int | None = None,
) -> int:
    """Post `amount_minor` from one account to another; the posting's number.

    Raises FundsError when the debited account has a floor and would fall below it, unless it is
    `forced`: the money is gone already. `held_minor` of it is promised to others. `converts` is
    the posting of which this is the other half.
    """
    row = connection.execute(
        select(accounts.c.balance_minor, accounts.c.floor_minor).where(accounts.c.id == debit)
    ).one()
    floored = row.floor_minor is not None and not forced
    if floored and row.balance_minor - held_minor - amount_minor < row.floor_minor:
        raise FundsError
    posting_id = _post(
        connection, kind, trace, amount_minor, debit, credit, reverses=None, converts=converts
    )
    if forced:
        connection.execute(insert(forced_postings).values(posting_id=posting_id))
    return posting_id


def give_back(connection: Connection, posting_id: int, trace: Trace, retained_minor: int) -> int:
    """Reverse all of a posting but `retained_minor`; how much went back. At most once."""
    original = connection.execute(
        select(postings.c.amount_minor, postings.c.reversed_by).where(postings.c.id == posting_id)
    ).one()
    returned_minor: int = original.amount_minor - retained_minor
    if original.reversed_by is not None or returned_minor <= 0:
        return 0
    sides = {
        row.amount_minor > 0: row.account_id
        for row in connection.execute(
            select(entries.c.account_id, entries.c.amount_minor).where(
                entries.c.posting_id == posting_id
            )
        )
    }
    reversal = _post(
        connection, "reversal", trace, returned_minor, sides[True], sides[False], posting_id
    )
    connection.execute(
        update(postings)
        .where(postings.c.id == posting_id)
        .values(reversed_by=reversal, reversed_minor=returned_minor)
    )
    _give_other_half_back(connection, posting_id, trace, retained_minor, original.amount_minor)
    return returned_minor


def _give_other_half_back(
    connection: Connection, posting_id: int, trace: Trace, retained_minor: int, whole_minor: int
) -> None:
    """The same part of what an account in another currency gave for a posting."""
    half = connection.execute(
        select(postings.c.id, postings.c.amount_minor).where(postings.c.converts == posting_id)
    ).first()
    if half is not None:
        # Rounded up: the customer of a partial reversal never gets back more than was taken.
        kept_minor = -(-half.amount_minor * retained_minor // whole_minor)
        give_back(connection, half.id, trace, kept_minor)


def next_number(connection: Connection, sequence: str) -> int:
    """The next number of a sequence, from 1; never given twice."""
    statement = (
        upsert(connection, counters)
        .values(name=sequence, value=1)
        .on_conflict_do_update(
            index_elements=[counters.c.name], set_={"value": counters.c.value + 1}
        )
        .returning(counters.c.value)
    )
    return int(connection.execute(statement).scalar_one())


def trial_balance(connection: Connection) -> dict[str, int]:
    """The balance of each account, minor units by code."""
    rows = connection.execute(
        select(accounts.c.code, accounts.c.balance_minor).order_by(accounts.c.code)
    )
    return {row.code: row.balance_minor for row in rows}


def audit(connection: Connection) -> None:
    """Check the books from their entries alone; raises LedgerError and says what is broken."""
    total = func.coalesce(func.sum(entries.c.amount_minor), 0)
    unbalanced = connection.execute(
        select(postings.c.id)
        .join(entries, entries.c.posting_id == postings.c.id, isouter=True)
        .group_by(postings.c.id)
        .having((total != 0) | (func.count(entries.c.account_id) != 2))
    ).first()
    if unbalanced:
        raise LedgerError(f"posting {unbalanced.id} does not sum to zero")
    wrong = connection.execute(
        select(accounts.c.code)
        .join(entries, entries.c.account_id == accounts.c.id, isouter=True)
        .group_by(accounts.c.id)
        .having(total != accounts.c.balance_minor)
    ).first()
    if wrong:
        raise LedgerError(f"the balance of {wrong.code} is not the sum of its entries")


def sums(connection: Connection) -> dict[str, int]:
    """The sum of all balances of each currency, which is zero."""
    rows = connection.execute(
        select(accounts.c.currency, func.sum(accounts.c.balance_minor))
        .group_by(accounts.c.currency)
        .order_by(accounts.c.currency)
    )
    return {currency: int(total) for currency, total in rows}


def _post(
    connection: Connection,
    kind: str,
    trace: Trace,
    amount_minor: int,
    debit: int,
    credit: int,
    reverses: int | None,
    converts: int | None = None,
) -> int:
    posted = connection.execute(
        insert(postings).values(
            kind=kind,
            amount_minor=amount_minor,
            reversed_minor=0,
            terminal_id=trace.terminal_id,
            stan=trace.stan,
            rrn=trace.rrn,
            masked_pan=trace.masked_pan,
            at=trace.at,
            reverses=reverses,
            converts=converts,
        )
    )
    posting_id = new_number(posted)
    for account_id, moved_minor in ((debit, -amount_minor), (credit, amount_minor)):
        connection.execute(
            insert(entries).values(
                posting_id=posting_id, account_id=account_id, amount_minor=moved_minor
            )
        )
        connection.execute(
            update(accounts)
            .where(accounts.c.id == account_id)
            .values(balance_minor=accounts.c.balance_minor + moved_minor)
        )
    return posting_id
