"""Books that must agree with each other beyond the cash: requests, creditors, the switch."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.oracle.books import Books
from simulator.oracle.findings import Broken, money, of_posting, of_trace
from simulator.oracle.ledgers import LedgerBook, Posting

NOT_ASKED_FOR = frozenset({"opening", "reversal", "conversion", "bill_accepted", "adjustment"})
"""Postings that no request of a terminal makes, or that come beside the one it makes."""

WITHOUT_POSTING = frozenset({"pre_authorisation"})
"""Operations that promise money and move none."""

SECOND = "bill_authorised"
"""The posting that comes beside the one of a bill's first leg."""


def agreements(books: Books) -> Iterator[Broken]:
    """Everything of this kind that does not hold, the first of each invariant."""
    for ledger in books.ledgers.values():
        yield from _one_posting_a_request(ledger)
    for ledger in books.ledgers.values():
        yield from _given_back(ledger)
        yield from _creditors(ledger)
    yield from _totals(books)
    yield from _nothing_in_doubt(books)


def _one_posting_a_request(ledger: LedgerBook) -> Iterator[Broken]:
    """A repeat, a duplicate, a second copy: whatever came of a request, it was posted once."""
    standing: dict[tuple[str, ...], Posting] = {}
    for posting in ledger.postings:
        if posting.kind in NOT_ASKED_FOR or not posting.terminal or not posting.stands_minor:
            continue
        key = (posting.kind, posting.terminal, posting.stan, posting.rrn)
        first = standing.setdefault(key, posting)
        if first is not posting:
            found = f"postings {first.id} and {posting.id} of {ledger.name} both stand"
            yield of_posting("one request has one live posting", found, posting)
            return


def _given_back(ledger: LedgerBook) -> Iterator[Broken]:
    """Every reversal names what it gives back, and together they give back what that says."""
    returned_minor: dict[int | None, int] = {}
    by_number = {posting.id: posting for posting in ledger.postings}
    reversals = [posting for posting in ledger.postings if posting.kind == "reversal"]
    for posting in reversals:
        total_minor = returned_minor.get(posting.reverses, 0) + posting.amount_minor
        returned_minor[posting.reverses] = total_minor
    for posting in reversals:
        original = by_number.get(posting.reverses or 0)
        said_minor = 0 if original is None else original.reversed_minor
        if returned_minor[posting.reverses] != said_minor:
            of = "no posting" if original is None else f"posting {original.id}"
            yield of_posting(
                "what is given back is what its posting says",
                f"reversals give back {money(returned_minor[posting.reverses])} of {of} of "
                f"{ledger.name}, which says {money(said_minor)}",
                posting,
            )
            return


def _creditors(ledger: LedgerBook) -> Iterator[Broken]:
    """What a creditor is owed, accepted or not yet, is what was paid to it and stands."""
    owed_minor: dict[str, int] = {}
    for account in ledger.accounts:
        kind, _, creditor = account.code.partition(":")
        if kind in ("creditor", "suspense"):
            owed_minor[creditor] = owed_minor.get(creditor, 0) + account.moved_minor
    if not ledger.paid_minor:
        return
    for creditor, paid_minor in ledger.paid_minor.items():
        found_minor = owed_minor.get(creditor, 0)
        if found_minor != paid_minor:
            yield Broken(
                "a creditor's settlement equals its live payments",
                f"{ledger.name} owes {money(found_minor)} to {creditor}, whose live payments "
                f"sum to {money(paid_minor)}",
            )
            return


def _totals(books: Books) -> Iterator[Broken]:
    """What the switch says stands, stands in a ledger; what it says does not, stands in none."""
    stand_minor: dict[tuple[str, str], int] = {}
    for ledger in books.ledgers.values():
        for posting in ledger.postings:
            if posting.kind not in NOT_ASKED_FOR and posting.kind != SECOND:
                key = (posting.terminal.rstrip(), posting.rrn)
                stand_minor[key] = stand_minor.get(key, 0) + posting.stands_minor
    for each in books.switch.transactions:
        if each.stands_minor is None or each.operation in WITHOUT_POSTING:
            continue
        found_minor = stand_minor.get((each.terminal, each.rrn), 0)
        if books.elsewhere and not found_minor:
            continue
        if found_minor != each.stands_minor:
            yield of_trace(
                "the totals of the switch and of the ledgers agree",
                f"the switch has {money(each.stands_minor)} of a {each.operation} that is "
                f"{each.state.replace('_', ' ')}, the ledgers {money(found_minor)}",
                each.terminal,
                each.stan,
                each.rrn,
            )
            return


def _nothing_in_doubt(books: Books) -> Iterator[Broken]:
    """Once nothing is under way, the switch knows what became of everything."""
    for each in books.switch.transactions:
        if each.state in UNFINISHED:
            yield of_trace(
                "nothing is left in doubt",
                f"the switch has a {each.operation} of {money(each.amount_minor)} that is "
                f"{each.state.replace('_', ' ')}",
                each.terminal,
                each.stan,
                each.rrn,
            )
            break
    for owed in books.switch.advices[:1]:
        yield of_trace(
            "no advice is left owed",
            f"the switch owes one to {owed.destination}, sent {owed.attempts} times",
            owed.terminal.rstrip(),
            owed.stan,
            owed.rrn,
        )


UNFINISHED = frozenset({"received", "forwarded", "authorised", "in_doubt"})
"""States of the switch in which nobody knows what came of it."""
