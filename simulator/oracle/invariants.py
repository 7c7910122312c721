"""What must hold whatever happened, judged from the books alone."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.oracle.agreements import agreements
from simulator.oracle.books import Books
from simulator.oracle.findings import Broken, money, of_deed, of_posting, of_trace
from simulator.oracle.ledgers import LedgerBook, Posting
from simulator.oracle.terminal_books import Deed

SAME_DEED = {
    "withdrawal": "dispensed",
    "purchase": "by_card",
    "collection": "dispensed",
    "deposit": "taken_in",
    "bill_cash": "taken_in",
    "remittance_cash": "taken_in",
    "remittance_account": "by_card",
    "till_short": "missing",
    "till_over": "too_much",
    "bill_card": "by_card",
    "bill_payment": "by_card",
    "transfer": "by_card",
}
"""What a terminal must have done, by the kind of posting."""

FIRST_LEG, SECOND_LEG = "bill_payment", "bill_authorised"
"""A bill that another bank's card paid: a debit at its issuer, and a credit to the creditor at the
core, against what is settled between the banks."""


def broken(books: Books) -> list[Broken]:
    """Everything that does not hold, the worst first; empty when money was conserved.

    Only to be asked once nothing is under way: a request that is travelling is on one side only.
    """
    found: list[Broken] = []
    for ledger in books.ledgers.values():
        found += _adds_up(ledger)
    found += _same_money(books)
    found += _both_legs(books)
    for ledger in books.ledgers.values():
        found += _floors(ledger)
        found += [
            Broken("a bill is paid at most once", f"{ledger.name} has two payments of {article}")
            for article in ledger.paid_twice[:1]
        ]
    found += _nothing_owed(books)
    found += agreements(books)
    return found


def _adds_up(ledger: LedgerBook) -> Iterator[Broken]:
    invariant = "every ledger sums to zero"
    for posting in ledger.postings:
        if posting.entries_minor:
            yield of_posting(
                invariant,
                f"the entries of posting {posting.id} of {ledger.name} sum to "
                f"{money(posting.entries_minor)}",
                posting,
            )
            break
    for account in ledger.accounts:
        if account.balance_minor != account.entries_minor:
            yield Broken(
                invariant,
                f"{ledger.name} has {money(account.balance_minor)} on {account.code}, whose "
                f"entries sum to {money(account.entries_minor)}",
            )
            break
    if ledger.sum_minor:
        yield Broken(invariant, f"{ledger.name} sums to {money(ledger.sum_minor)}")


def _same_money(books: Books) -> Iterator[Broken]:
    """Each deed of a terminal stands in one ledger, and the other way round, equal."""
    deeds: dict[tuple[str, str], list[Deed]] = {}
    for book in books.terminals.values():
        for deed in book.deeds:
            deeds.setdefault((deed.terminal, deed.rrn), []).append(deed)
    postings: dict[tuple[str, str], list[Posting]] = {}
    for ledger in books.ledgers.values():
        for posting in ledger.postings:
            if posting.kind in SAME_DEED and posting.stands_minor:
                postings.setdefault((posting.terminal, posting.rrn), []).append(posting)
    found: list[tuple[str, Broken]] = []
    for key in {**deeds, **postings}:
        done, stand = deeds.get(key, []), postings.get(key, [])
        if books.strangers and key[0] not in books.terminals:
            continue
        if books.elsewhere and not stand:
            continue
        at = done[0].at if done else stand[0].at
        found += [(at, each) for each in _compare(done, stand)]
    found.sort(key=lambda each: each[0])
    # One defect breaks many transactions: the first of each invariant tells it.
    told: set[str] = set()
    for _, each in found:
        if each.invariant not in told:
            told.add(each.invariant)
            yield each


def _compare(done: list[Deed], stand: list[Posting]) -> Iterator[Broken]:
    """What is wrong with one transaction: its deeds, and the postings that stand."""
    for deed in done:
        if deed.cash_minor not in (None, deed.amount_minor):
            yield of_deed(
                "cash that moves is the amount approved",
                f"{money(deed.cash_minor or 0)} of cash for {money(deed.amount_minor)}",
                deed,
            )
    done_minor = sum(deed.amount_minor for deed in done)
    stand_minor = sum(posting.stands_minor for posting in stand)
    same_kind = {SAME_DEED[posting.kind] for posting in stand} == {deed.kind for deed in done}
    if done_minor == stand_minor and same_kind and len(done) == len(stand) == 1:
        return
    ledgers = " and ".join(
        f"{posting.ledger} has a {posting.kind} of {money(posting.stands_minor)}"
        for posting in stand
    )
    deeds = " and ".join(f"{deed.operation} of {money(deed.amount_minor)}" for deed in done)
    if not done:
        yield of_posting(
            "what stands in a ledger, a terminal did",
            f"{ledgers}, and no terminal did it",
            stand[0],
        )
        return
    yield of_deed(
        "what a terminal did stands in one ledger, equal",
        f"the terminal did a {deeds}; {ledgers or 'no ledger has it'}",
        done[0],
    )


def _both_legs(books: Books) -> Iterator[Broken]:
    """What an issuer was debited for a bill, the core credited, and nothing else."""
    legs: dict[tuple[str, str], dict[str, list[Posting]]] = {}
    for ledger in books.ledgers.values():
        for posting in ledger.postings:
            if posting.kind in (FIRST_LEG, SECOND_LEG) and posting.stands_minor:
                both = legs.setdefault((posting.terminal, posting.rrn), {})
                both.setdefault(posting.kind, []).append(posting)
    for both in legs.values():
        first, second = both.get(FIRST_LEG, []), both.get(SECOND_LEG, [])
        debited_minor = sum(posting.stands_minor for posting in first)
        credited_minor = sum(posting.stands_minor for posting in second)
        if debited_minor != credited_minor or len(first) != len(second):
            yield of_posting(
                "both legs of a bill stand, or neither",
                f"{money(debited_minor)} debited by the issuer, {money(credited_minor)} credited "
                "by the core",
                (first or second)[0],
            )
            return


def _floors(ledger: LedgerBook) -> Iterator[Broken]:
    for account in ledger.accounts:
        if account.floor_minor is None:
            continue
        below_minor = ledger.returned_minor.get(account.code, 0)
        below_minor += ledger.forced_minor.get(account.code, 0)
        allowed_minor = account.floor_minor - below_minor
        if account.balance_minor < allowed_minor:
            yield Broken(
                "no customer is below the floor",
                f"{ledger.name} has {money(account.balance_minor)} on {account.code}, whose "
                f"floor is {money(account.floor_minor)}",
            )
            return


def _nothing_owed(books: Books) -> Iterator[Broken]:
    invariant = "no reversal is left owed"
    for terminal, book in sorted(books.terminals.items()):
        for rrn, stan in book.owed.items():
            yield of_trace(invariant, f"{terminal} owes one", terminal, stan, rrn)
            break
    for owed in books.switch.owed[:1]:
        yield of_trace(
            invariant,
            f"the switch owes one to {owed.destination}, sent {owed.attempts} times",
            owed.terminal.rstrip(),
            owed.stan,
            owed.rrn,
        )
