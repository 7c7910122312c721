"""The books of one day: each account from its opening to its closing balance, and each creditor's
statement; all of it summed from the entries, and checked against what else the books say.

It reads through a connection and needs nothing of a running core.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Select, case, func, select

from simulator.payment_core.ledger import LedgerError, audit
from simulator.payment_core.tables import (
    accounts,
    articles,
    callbacks,
    entries,
    operations,
    payments,
    postings,
)
from simulator.payment_core.turn import instant_text
from switch.runtime import CASABLANCA


@dataclass(frozen=True)
class AccountDay:
    """One account over the day. Minor units; a credit is positive, `debits_minor` is negative."""

    code: str
    kind: str
    opening_minor: int
    credits_minor: int
    debits_minor: int

    @property
    def closing_minor(self) -> int:
        return self.opening_minor + self.credits_minor + self.debits_minor


@dataclass(frozen=True)
class KindDay:
    """What was posted of one kind."""

    kind: str
    count: int
    amount_minor: int


@dataclass(frozen=True)
class StatementLine:
    """A movement on a creditor's account: a payment, or one that went back (negative)."""

    at: str
    settlement_reference: str
    article: str
    description: str
    channel_terminal: str
    amount_minor: int


@dataclass(frozen=True)
class Statement:
    """What one creditor was paid in the day, less what went back: what is settled with it."""

    creditor: str
    opening_minor: int
    closing_minor: int
    lines: tuple[StatementLine, ...]

    @property
    def net_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)


@dataclass(frozen=True)
class DayBooks:
    """The books of a day in Morocco."""

    day: date
    accounts: tuple[AccountDay, ...]
    kinds: tuple[KindDay, ...]
    statements: tuple[Statement, ...]
    pending: int
    """Payments that a creditor had yet to accept when the books were read."""
    untold: int
    """Callbacks that creditors had yet to take, or that were given up."""
    problems: tuple[str, ...] = field(default=())
    """What does not add up; nothing when the books are right."""


def read_day(connection: Connection, day: date) -> DayBooks:
    """The books of one day, from a connection that sees one moment of the database."""
    since, until = bounds(day)
    lines = tuple(
        AccountDay(
            row.code, row.kind, int(row.opening), int(row.credits_minor), int(row.debits_minor)
        )
        for row in connection.execute(_accounts(since, until))
    )
    kinds = tuple(
        KindDay(row.kind, int(row.times), int(row.amount))
        for row in connection.execute(
            select(
                postings.c.kind,
                func.count().label("times"),
                func.sum(postings.c.amount_minor).label("amount"),
            )
            .where(postings.c.at >= since, postings.c.at < until)
            .group_by(postings.c.kind)
            .order_by(postings.c.kind)
        )
    )
    statements = tuple(_statements(connection, lines, since, until))
    pending = _count(connection, select(operations.c.key).where(operations.c.outcome == "pending"))
    untold = _count(connection, select(callbacks.c.id).where(callbacks.c.state != "delivered"))
    problems = tuple(_problems(connection, lines, statements))
    return DayBooks(day, lines, kinds, statements, pending, untold, problems)


def bounds(day: date) -> tuple[str, str]:
    """When a day of Morocco begins, and when the next does, as the database writes instants.

    >>> bounds(date(2026, 11, 24))
    ('2026-11-23T23:00:00.000Z', '2026-11-24T23:00:00.000Z')
    """
    first, second = (
        instant_text(datetime.combine(each, time(), CASABLANCA))
        for each in (day, day + timedelta(days=1))
    )
    return first, second


def _accounts(since: str, until: str) -> Select[Any]:
    amount = entries.c.amount_minor
    before = postings.c.at < since
    within = (postings.c.at >= since) & (postings.c.at < until)

    def total(condition: Any) -> Any:
        return func.coalesce(func.sum(case((condition, amount), else_=0)), 0)

    return (
        select(
            accounts.c.code,
            accounts.c.kind,
            total(before).label("opening"),
            total(within & (amount > 0)).label("credits_minor"),
            total(within & (amount < 0)).label("debits_minor"),
        )
        .join(entries, entries.c.account_id == accounts.c.id, isouter=True)
        .join(postings, postings.c.id == entries.c.posting_id, isouter=True)
        .group_by(accounts.c.code, accounts.c.kind)
        .order_by(accounts.c.code)
    )


def _statements(
    connection: Connection, lines: tuple[AccountDay, ...], since: str, until: str
) -> Iterator[Statement]:
    paid = _paid_articles(connection, since, until)
    for account in lines:
        if account.kind != "creditor":
            continue
        creditor = account.code.partition(":")[2]
        yield Statement(
            creditor,
            account.opening_minor,
            account.closing_minor,
            tuple(line for owner, line in paid if owner == creditor),
        )


def _paid_articles(
    connection: Connection, since: str, until: str
) -> list[tuple[str, StatementLine]]:
    """(creditor, line) of each article that was paid or that went back, in the order of postings.

    The posting that moved it is the payment's own, the acceptance of one that was pending, or the
    reversal of either.
    """
    original = postings.alias("original")
    # `accepted/<key>` is how an acceptance names the payment that it accepts.
    key = func.coalesce(original.c.operation_key, postings.c.operation_key)
    payment_key = case((key.like("accepted/%"), func.substr(key, 10)), else_=key)
    creditor_entries = (
        select(entries.c.posting_id, accounts.c.code, entries.c.amount_minor)
        .join(accounts, accounts.c.id == entries.c.account_id)
        .where(accounts.c.kind == "creditor")
        .subquery()
    )
    rows = connection.execute(
        select(
            postings.c.at,
            articles.c.creditor,
            payments.c.settlement_reference,
            articles.c.article,
            articles.c.description,
            func.coalesce(postings.c.terminal_id, original.c.terminal_id, "").label("terminal"),
            payments.c.price_minor,
            creditor_entries.c.amount_minor,
        )
        .join(creditor_entries, creditor_entries.c.posting_id == postings.c.id)
        .join(original, original.c.id == postings.c.reverses, isouter=True)
        .join(payments, payments.c.operation_key == payment_key)
        .join(articles, articles.c.id == payments.c.article_id)
        .where(
            postings.c.at >= since,
            postings.c.at < until,
            articles.c.kind_of_article != "fee",
            creditor_entries.c.code == "creditor:" + articles.c.creditor,
        )
        .order_by(postings.c.id, articles.c.id)
    )
    return [
        (
            row.creditor,
            StatementLine(
                row.at,
                row.settlement_reference,
                row.article,
                row.description,
                row.terminal,
                row.price_minor if row.amount_minor > 0 else -row.price_minor,
            ),
        )
        for row in rows
    ]


def _problems(
    connection: Connection, lines: tuple[AccountDay, ...], statements: tuple[Statement, ...]
) -> Iterator[str]:
    try:
        audit(connection)
    except LedgerError as error:
        yield str(error)
    for when in ("opening_minor", "closing_minor"):
        total_minor = sum(getattr(line, when) for line in lines)
        if total_minor:
            yield f"the {when.partition('_')[0]} balances sum to {total_minor}, not to zero"
    for statement in statements:
        moved_minor = statement.closing_minor - statement.opening_minor
        if statement.net_minor != moved_minor:
            yield (
                f"the statement of creditor {statement.creditor} says {statement.net_minor}, "
                f"its account moved by {moved_minor}"
            )
    for line in lines:
        if line.kind == "suspense" and line.closing_minor < 0:
            yield f"{line.code} is below zero"
    standing = postings.c.amount_minor - postings.c.reversed_minor
    live = func.sum(payments.c.price_minor * payments.c.live)
    wrong = connection.execute(
        select(postings.c.id)
        .join(payments, payments.c.operation_key == postings.c.operation_key)
        .group_by(postings.c.id, standing)
        .having(live != standing)
        .order_by(postings.c.id)
    ).first()
    if wrong is not None:
        yield f"the articles paid by posting {wrong.id} are not what stands of it"


def _count(connection: Connection, rows: Select[Any]) -> int:
    counted = select(func.count()).select_from(rows.subquery())
    return int(connection.execute(counted).scalar_one())
