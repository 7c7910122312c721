"""The life of one transaction, as each book tells it: what to read when an invariant is broken.

Books name a transaction by its terminal and RRN. Card numbers are masked in every book already,
but for those that only their owner keeps, and these are not read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from simulator.oracle.findings import Broken, LifeLine
from simulator.oracle.places import Place, Reader, asked, has_table, reading
from simulator.oracle.terminal_books import BookError
from switch.settings import write_money

LINES_MAX = 60
"""Of one life: a reversal that is repeated for a day would fill a report."""

SWITCH = "switch"


def with_life(
    found: Iterable[Broken],
    journals: Iterable[Path],
    ledgers: Mapping[str, Place],
    switch: Place | None,
) -> list[Broken]:
    """The same, the first that names a transaction with its life in all books."""
    all_found = list(found)
    for index, each in enumerate(all_found):
        if each.terminal and each.rrn:
            try:
                told = life_of(each.terminal, each.rrn, journals, ledgers, switch)
            except BookError:
                return all_found
            all_found[index] = replace(each, life=tuple(told))
            break
    return all_found


def life_of(
    terminal: str,
    rrn: str,
    journals: Iterable[Path],
    ledgers: Mapping[str, Place],
    switch: Place | None,
) -> list[LifeLine]:
    """What every book says of a transaction, in the order of time, LINES_MAX at most.

    Raises BookError when a book cannot be read.
    """
    lines = [line for folder in journals for line in _of_terminal(folder, terminal, rrn)]
    keys: list[str] = []
    if switch is not None:
        lines += _of_switch(switch, terminal, rrn, keys)
    for name, place in ledgers.items():
        lines += _of_ledger(name, place, terminal, rrn, keys)
    lines.sort(key=lambda line: line.at)
    if len(lines) > LINES_MAX:
        half = LINES_MAX // 2
        cut = LifeLine(lines[half].at, "", f"{len(lines) - LINES_MAX} lines left out")
        lines = [*lines[:half], cut, *lines[-half:]]
    return lines


def _of_terminal(folder: Path, terminal: str, rrn: str) -> Iterator[LifeLine]:
    path = folder / f"{terminal}.jsonl"
    if not path.is_file():
        return
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise BookError(f"{path.name}: {error}") from None
    for line in text.split("\n")[:-1]:
        event = json.loads(line)
        if event.get("rrn") == rrn:
            yield LifeLine(event["at"], terminal, _event(event))


def _event(event: Mapping[str, Any]) -> str:
    """An event of a journal in a few words: its name, its money, and why.

    >>> _event({"event": "dispense", "amount_minor": 20000})
    'dispense 200.00'
    """
    words = [str(event["event"]).replace("_", " ")]
    for name in ("amount_minor", "retained_minor", "returned_minor"):
        if name in event:
            label = "" if name == "amount_minor" else f"{name.removesuffix('_minor')} "
            words.append(label + write_money(int(event[name])))
    words += [str(event[name]) for name in ("code", "reason") if event.get(name)]
    return " ".join(words)


_TRANSACTIONS = """
    SELECT id, operation_key, operation, amount_minor, state, reason, changed_at
    FROM transactions WHERE terminal IN (?, ?) AND rrn = ? ORDER BY id
"""
_MESSAGES = """
    SELECT at, direction, peer, mti, elements, note FROM switch_messages
    WHERE transaction_id = ? ORDER BY id
"""


def _of_switch(place: Place, terminal: str, rrn: str, keys: list[str]) -> Iterator[LifeLine]:
    """What the switch says; `keys` get the names under which it asked the core."""
    with reading(place) as connection:
        padded = terminal.ljust(8)
        rows = asked(connection, _TRANSACTIONS, terminal, padded, rrn).fetchall()
        for number, key, operation, amount_minor, state, reason, changed_at in rows:
            keys.append(key)
            for at, direction, peer, mti, elements, note in asked(connection, _MESSAGES, number):
                code = json.loads(elements).get("39", "") if elements else ""
                words = (mti, "from" if direction == "in" else "to", peer, code, note)
                yield LifeLine(at, SWITCH, " ".join(filter(None, words)))
            end = f"{operation} {write_money(amount_minor)} is {state.replace('_', ' ')}"
            yield LifeLine(changed_at, SWITCH, f"{end}: {reason}" if reason else end)


_POSTED = """
    SELECT p.at, p.id, p.kind, p.amount_minor, p.reverses FROM postings p
    WHERE p.terminal_id IN (?, ?) AND p.rrn = ?
    OR p.reverses IN (SELECT id FROM postings WHERE terminal_id IN (?, ?) AND rrn = ?)
    ORDER BY p.id
"""
_OPERATION = "SELECT at, kind, outcome, COALESCE(reason, '') FROM operations WHERE key = ?"
_CANCELLED = "SELECT at, retained_minor, reason FROM cancellations WHERE cancels = ?"
_ASKED = """
    SELECT r.at, r.operation, r.answer, COALESCE(r.reversed_at, '') FROM requests r
    JOIN postings p ON p.id = r.posting_id WHERE p.terminal_id IN (?, ?) AND p.rrn = ?
"""


def _of_ledger(
    name: str, place: Place, terminal: str, rrn: str, keys: list[str]
) -> Iterator[LifeLine]:
    whose = (terminal, terminal.ljust(8), rrn)
    with reading(place) as connection:
        for at, number, kind, amount_minor, reverses in asked(connection, _POSTED, *whose, *whose):
            of = f" of posting {reverses}" if reverses is not None else ""
            yield LifeLine(at, name, f"posting {number}: {kind} {write_money(amount_minor)}{of}")
        if has_table(connection, "operations"):
            yield from _of_core(name, connection, keys)
        if has_table(connection, "requests"):
            for at, operation, answer, reversed_at in asked(connection, _ASKED, *whose):
                code = json.loads(answer).get("39", "")
                yield LifeLine(at, name, f"{operation} answered {code}")
                if reversed_at:
                    yield LifeLine(reversed_at, name, f"{operation} reversed")


def _of_core(name: str, connection: Reader, keys: list[str]) -> Iterator[LifeLine]:
    for key in keys:
        for at, kind, outcome, reason in asked(connection, _OPERATION, key):
            yield LifeLine(at, name, " ".join(filter(None, (kind, outcome, reason))))
        for at, retained_minor, reason in asked(connection, _CANCELLED, key):
            kept = f", {write_money(retained_minor)} retained" if retained_minor else ""
            yield LifeLine(at, name, f"cancelled{kept}: {reason}")
