"""One day of a network, transaction by transaction: where its books differ, and what to do.

Terminals, ledgers and the switch name a transaction by its terminal and RRN. The books are read
one after the other while their owners may run: what is under way then is told as something to
wait for, never as a loss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from simulator.oracle.books import Books
from simulator.oracle.invariants import FIRST_LEG, SAME_DEED, SECOND_LEG
from simulator.oracle.ledgers import Posting
from simulator.oracle.places import Place, reading
from simulator.oracle.terminal_books import Deed
from switch.runtime import CASABLANCA
from switch.settings import write_money

UNDER_WAY = frozenset(
    {
        *("received", "forwarded", "authorised", "in_doubt", "reversing"),
        *("stood_in", "advising"),
    }
)
"""States of the switch from which a transaction still moves by itself."""

FOR_PEOPLE = frozenset({"exception"})

Key = tuple[str, str]
"""A terminal and an RRN."""


@dataclass(frozen=True)
class SwitchEntry:
    """What the switch's journal says of one transaction."""

    terminal: str
    rrn: str
    stan: str
    card: str
    operation: str
    amount_minor: int
    state: str
    at: str


@dataclass(frozen=True)
class Mismatch:
    """Something that does not agree, and what to do about it."""

    weight: Literal["act", "wait"]
    terminal: str
    stan: str
    rrn: str
    card: str
    found: str
    todo: str


Told = Callable[[str, str], Mismatch]
"""Makes one from what was found and what to do."""


@dataclass
class _Sides:
    deeds: list[Deed] = field(default_factory=list)
    stand: list[Posting] = field(default_factory=list)
    entry: SwitchEntry | None = None
    terminal_owes: bool = False


def read_entries(place: Place) -> dict[Key, SwitchEntry]:
    """What moves money in the switch's journal. Raises BookError when it cannot be read."""
    with reading(place) as connection:
        rows = connection.execute(
            "SELECT terminal, rrn, stan, card, operation, amount_minor, state, received_at"
            " FROM transactions WHERE moves_money ORDER BY id"
        )
        entries = [SwitchEntry(*row) for row in rows]
    return {(each.terminal.rstrip(), each.rrn.strip()): each for each in entries}


def mismatches(books: Books, entries: Mapping[Key, SwitchEntry], day: date) -> list[Mismatch]:
    """Everything of that day in Morocco that does not agree: what to act on before the rest."""
    found = [
        each
        for key, sides in _by_transaction(books, entries).items()
        if _day_of(sides) == day
        for each in _judged(key, sides, journal=key[0] in books.terminals)
    ]
    return sorted(found, key=lambda each: (each.weight, each.terminal, each.rrn))


def _by_transaction(books: Books, entries: Mapping[Key, SwitchEntry]) -> dict[Key, _Sides]:
    sides: dict[Key, _Sides] = {}
    for key, entry in entries.items():
        sides.setdefault(key, _Sides()).entry = entry
    for terminal, book in books.terminals.items():
        for deed in book.deeds:
            sides.setdefault((terminal, deed.rrn), _Sides()).deeds.append(deed)
        for rrn in book.owed:
            sides.setdefault((terminal, rrn), _Sides()).terminal_owes = True
    for ledger in books.ledgers.values():
        for posting in ledger.postings:
            known = posting.kind in SAME_DEED or posting.kind == SECOND_LEG
            if known and posting.stands_minor and posting.terminal:
                key = (posting.terminal.rstrip(), posting.rrn)
                sides.setdefault(key, _Sides()).stand.append(posting)
    return sides


def _day_of(sides: _Sides) -> date | None:
    at = [deed.at for deed in sides.deeds] + [posting.at for posting in sides.stand]
    if sides.entry is not None:
        at.append(sides.entry.at)
    if not at:
        return None
    return min(datetime.fromisoformat(text) for text in at).astimezone(CASABLANCA).date()


def _judged(key: Key, sides: _Sides, *, journal: bool) -> Iterator[Mismatch]:
    """What is wrong with one transaction; without a journal its terminal is not asked."""
    state = "" if sides.entry is None else sides.entry.state
    first = [each for each in sides.stand if each.kind != SECOND_LEG]
    second = [each for each in sides.stand if each.kind == SECOND_LEG]
    done_minor = sum(deed.amount_minor for deed in sides.deeds)
    stand_minor = sum(posting.stands_minor for posting in first)
    moving = sides.terminal_owes or state in UNDER_WAY

    def told(found: str, todo: str, *, wait: bool = False) -> Mismatch:
        some: list[Deed | Posting | SwitchEntry] = [*sides.deeds, *sides.stand]
        some += [sides.entry] if sides.entry else []
        stan = some[0].stan if some else ""
        card = next((each.card for each in some if each.card), "")
        weight: Literal["act", "wait"] = "wait" if wait else "act"
        return Mismatch(weight, key[0], stan, key[1], card, found, todo)

    if moving:
        who = "the terminal owes a reversal" if sides.terminal_owes else f"the switch: {state}"
        todo = "wait for its end; when it lasts, see guichet journal in-doubt and saf"
        yield told(f"not decided yet ({who})", todo, wait=True)
        return
    if state in FOR_PEOPLE:
        what = "what is owed was refused, or cannot be sent"
        yield told(what, "agree with the other side, then release or drop it at the switch")
    yield from _legs(first, second, told)
    if journal and done_minor != stand_minor:
        yield _difference(done_minor, stand_minor, sides, first, told)
    elif not journal and state == "approved" and not first:
        yield told("approved by the switch, and no ledger has it", ASK_THE_LEDGER)
    elif not journal and first and state in ("", "declined", "reversed"):
        what = f"{_postings(first)} stands, and the switch says {state or 'nothing'} of it"
        yield told(what, GIVE_BACK)


GIVE_BACK = "give it back to the customer: post the reversal by hand, with this RRN as evidence"
ASK_THE_LEDGER = "ask the ledger's owner for this RRN; post it by hand once both sides agree"


def _legs(first: list[Posting], second: list[Posting], told: Told) -> Iterator[Mismatch]:
    debited_minor = sum(each.stands_minor for each in first if each.kind == FIRST_LEG)
    credited_minor = sum(each.stands_minor for each in second)
    if debited_minor == credited_minor:
        return
    what = f"the issuer debited {write_money(debited_minor)}, the core credited "
    what += write_money(credited_minor)
    less = "have the issuer's debit reversed" if debited_minor > credited_minor else "claim it"
    yield told(what, f"{less}, or settle the difference with the other bank")


def _difference(
    done_minor: int, stand_minor: int, sides: _Sides, first: list[Posting], told: Told
) -> Mismatch:
    state = "nothing" if sides.entry is None else sides.entry.state
    if not done_minor:
        what = f"{_postings(first)} stands, and the terminal did nothing (switch: {state})"
        found: Mismatch = told(what, GIVE_BACK)
    elif not stand_minor:
        what = f"the terminal did {write_money(done_minor)}, and no ledger has it "
        found = told(what + f"(switch: {state})", ASK_THE_LEDGER)
    else:
        what = f"the terminal did {write_money(done_minor)}, {_postings(first)} stands"
        todo = "count the terminal, then post the difference by hand"
        found = told(what, todo)
    return found


def _postings(postings: list[Posting]) -> str:
    return " and ".join(
        f"{each.ledger} posting {each.id} ({each.kind}, {write_money(each.stands_minor)})"
        for each in postings
    )
