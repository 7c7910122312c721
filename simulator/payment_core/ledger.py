"""The double-entry ledger: every posting's entries sum to zero, so the books always do.

The sign rule: an entry is positive when it credits its account, negative when it debits it.

- `customer:<RIB>`: what the bank owes the customer. A withdrawal debits it.
- `cash:<terminal>`: what the terminal paid out less what it took in. A withdrawal credits it; a
  deposit, or a bill paid in cash, debits it.
- `creditor:<id>`: what the bank owes the creditor for bills that were paid to it.
- `suspense:<id>`: what was paid to a creditor that has yet to accept it. Acceptance moves it.
- `fees:<channel>`: what the bank earned for payments on a channel. A payment credits it.
- `remittances`: what was sent and not collected yet.
- `differences`: what counts of tills found too much, less what they found missing.
- `settlement:<whom>`: what is settled with other banks for bills that their cards paid: such a
  bill debits it, for they owe it to the bank.
- `opening`: the other side of the balances that the books began with.

A customer may not be taken below its floor, but by a cancellation: when a deposit or a received
transfer is cancelled the cash was given back, or the sender never gave it, so the books follow
the facts and the account may become negative.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    String,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from simulator.payment_core.refusals import RefusedError
from simulator.payment_core.tables import accounts, entries, postings
from simulator.payment_core.turn import Turn, instant_text, new_row

CURRENCY = "504"
"""MAD, of 2 decimals: the only currency of these books."""

OPENED_AT_FIRST_USE = frozenset(
    {"cash", "creditor", "fees", "remittances", "differences", "settlement", "suspense"}
)
"""Kinds of accounts that need no seed: any terminal, any creditor of the catalogue, any other
bank, our own."""


class LedgerError(Exception):
    """A posting that would break the books, or books that are broken. Never a business refusal."""


@dataclass(frozen=True)
class Trace:
    """Who asked for a posting, kept with it as evidence."""

    operation_key: str
    terminal_id: str | None = None
    stan: str | None = None
    rrn: str | None = None
    card_id: int | None = None
    masked_pan: str | None = None


@dataclass(frozen=True)
class Posted:
    """A posting as the ledger holds it."""

    id: int
    kind: str
    amount_minor: int


_read_accounts: dict[int, Select[Any]] = {}
"""The statement that reads so many accounts: to expand one list costs more than to read it."""
_move = (
    update(accounts)
    .where(accounts.c.id == bindparam("account"))
    .values(balance_minor=accounts.c.balance_minor + bindparam("moved_minor"))
)


_insert_entries = insert(entries)


def post(turn: Turn, kind: str, trace: Trace, moves: Mapping[str, int]) -> Posted:
    """Post `moves`, minor units by account code; they sum to zero.

    Raises RefusedError `insufficient_funds` when a customer would fall below its floor, before
    anything is written; LedgerError when the moves are not a posting.
    """
    if sum(moves.values()) != 0 or not moves or 0 in moves.values():
        raise LedgerError(f"the entries of a {kind} must not be zero and must sum to zero")
    found = _accounts(turn.connection, list(moves))
    for code, row in found.items():
        after_minor = row.balance_minor + moves[code]
        if moves[code] < 0 and row.floor_minor is not None and after_minor < row.floor_minor:
            raise RefusedError("insufficient_funds")
    numbers = {code: row.id for code, row in found.items()}
    for code in moves:
        if code not in numbers:
            numbers[code] = _open(turn.connection, code)
    amount_minor = sum(moved for moved in moves.values() if moved > 0)
    by_account = {numbers[code]: moved for code, moved in moves.items()}
    return Posted(_write(turn, kind, trace, amount_minor, by_account, None), kind, amount_minor)


def reverse(turn: Turn, posting: Posted, trace: Trace, *, retained_minor: int = 0) -> int:
    """Give back all of a posting, or of two entries all but `retained_minor`; how much went back.

    The floor does not hold here (see the module). A posting is reversed at most once, which the
    database refuses too.
    """
    returned_minor = posting.amount_minor - retained_minor
    if returned_minor == 0:
        return 0
    if not 0 < returned_minor <= posting.amount_minor:
        raise LedgerError("a reversal returns no more than was posted")
    originals = turn.connection.execute(
        select(entries.c.account_id, entries.c.amount_minor).where(
            entries.c.posting_id == posting.id
        )
    ).all()
    if retained_minor == 0:
        back = {row.account_id: -row.amount_minor for row in originals}
    elif len(originals) == 2:
        back = {
            row.account_id: -returned_minor if row.amount_minor > 0 else returned_minor
            for row in originals
        }
    else:
        raise LedgerError("only a posting of two entries can be reversed in part")
    reversal = _write(turn, "reversal", trace, returned_minor, back, posting.id)
    turn.connection.execute(
        update(postings)
        .where(postings.c.id == posting.id)
        .values(reversed_by=reversal, reversed_minor=returned_minor)
    )
    return returned_minor


def posting_of(connection: Connection, operation_key: str) -> Posted | None:
    """What an operation posted, if anything."""
    row = connection.execute(
        select(postings.c.id, postings.c.kind, postings.c.amount_minor).where(
            postings.c.operation_key == operation_key
        )
    ).one_or_none()
    return None if row is None else Posted(row.id, row.kind, row.amount_minor)


def trial_balance(connection: Connection) -> list[tuple[str, str, int]]:
    """(code, kind, balance in minor units) of each account, in the order of codes."""
    rows = connection.execute(
        select(accounts.c.code, accounts.c.kind, accounts.c.balance_minor).order_by(accounts.c.code)
    )
    return [(row.code, row.kind, row.balance_minor) for row in rows]


def audit(connection: Connection) -> None:
    """Check the books from their entries alone; raises LedgerError and says what is broken."""
    total = func.sum(entries.c.amount_minor)
    unbalanced = connection.execute(
        select(postings.c.id, total)
        .join(entries, entries.c.posting_id == postings.c.id, isouter=True)
        .group_by(postings.c.id)
        .having(func.coalesce(total, 1) != 0)
    ).all()
    if unbalanced:
        raise LedgerError(f"posting {unbalanced[0].id} does not sum to zero")
    wrong = connection.execute(
        select(accounts.c.code)
        .join(entries, entries.c.account_id == accounts.c.id, isouter=True)
        .group_by(accounts.c.id)
        .having(func.coalesce(total, 0) != accounts.c.balance_minor)
    ).all()
    if wrong:
        raise LedgerError(f"the balance of {wrong[0].code} is not the sum of its entries")


def open_account(
    connection: Connection, code: str, *, holder: str | None = None, floor_minor: int | None = None
) -> int:
    """A new account with nothing on it; its number."""
    return new_row(
        connection,
        accounts,
        code=code,
        kind=code.partition(":")[0],
        holder=holder,
        currency=CURRENCY,
        floor_minor=floor_minor,
        balance_minor=0,
    )


def _accounts(connection: Connection, codes: list[str]) -> dict[str, Row[Any]]:
    statement = _read_accounts.get(len(codes))
    if statement is None:
        named = [bindparam(f"code_{number}", type_=String) for number in range(len(codes))]
        statement = _read_accounts[len(codes)] = select(
            accounts.c.code, accounts.c.id, accounts.c.balance_minor, accounts.c.floor_minor
        ).where(or_(*(accounts.c.code == name for name in named)))
    values = {f"code_{number}": code for number, code in enumerate(codes)}
    return {row.code: row for row in connection.execute(statement, values)}


def _open(connection: Connection, code: str) -> int:
    if code.partition(":")[0] not in OPENED_AT_FIRST_USE:
        raise LedgerError("a posting names an account that does not exist")
    return open_account(connection, code)


def _write(
    turn: Turn,
    kind: str,
    trace: Trace,
    amount_minor: int,
    moves: Mapping[int, int],
    reverses: int | None,
) -> int:
    posting_id = new_row(
        turn.connection,
        postings,
        operation_key=trace.operation_key,
        kind=kind,
        amount_minor=amount_minor,
        reversed_minor=0,
        currency=CURRENCY,
        terminal_id=trace.terminal_id,
        stan=trace.stan,
        rrn=trace.rrn,
        card_id=trace.card_id,
        masked_pan=trace.masked_pan,
        at=instant_text(turn.now),
        reverses=reverses,
    )
    turn.connection.execute(
        _insert_entries,
        [
            {"posting_id": posting_id, "account_id": account, "amount_minor": moved}
            for account, moved in moves.items()
        ],
    )
    turn.connection.execute(
        _move, [{"account": account, "moved_minor": moved} for account, moved in moves.items()]
    )
    return posting_id
