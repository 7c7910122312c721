"""Reading the books of a network for a scenario, while it runs and at its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from simulator.network.books import Books as BookPaths
from simulator.oracle import Books, Broken, broken, read_books, with_life
from simulator.scenario.cast import Cast
from simulator.scenario.expectations import (
    BooksExpectation,
    Mismatch,
    ReversalsExpectation,
    show_money,
)
from simulator.scenario.matchers import holds, wanted
from switch.runtime import Executor


class Witness:
    """Reads the books through an executor of its own, so that nobody waits for the disk."""

    def __init__(
        self,
        paths: BookPaths,
        executor: Executor,
        *,
        strangers: bool = False,
        elsewhere: bool = False,
    ) -> None:
        self._paths = paths
        self._executor = executor
        self._others = {"strangers": strangers, "elsewhere": elsewhere}

    async def books(self) -> Books:
        """The books as they are now; raises BookError."""
        journals, ledgers, switch = self._places()
        return await self._executor.run(
            lambda: read_books(journals, ledgers, switch, **self._others)
        )

    async def judge(self, books: Books) -> tuple[Broken, ...]:
        """What does not hold in these books; the life of the first transaction that shows it."""
        found = broken(books)
        if not found:
            return ()
        places = self._places()
        return tuple(await self._executor.run(lambda: with_life(found, *places)))

    def _places(self) -> tuple[tuple[Path, ...], dict[str, Path], Path | None]:
        paths = self._paths
        ledgers = {
            name: path for name, path in (("core", paths.core), ("issuer", paths.issuer)) if path
        }
        return tuple(paths.terminals.values()), ledgers, paths.switch

    async def stop(self) -> None:
        """Read no more."""
        await self._executor.stop()


def mismatches(expected: BooksExpectation, books: Books, cast: Cast) -> Iterator[Mismatch]:
    """What the books do not say of what was expected."""
    for name, money in expected.accounts.items():
        card = cast.card(name)
        balance_minor = books.ledgers[card.ledger].balance_minor(card.account_code)
        yield from _money(f"account of {name}", money, balance_minor)
    for name, money in expected.dispensed.items():
        book = books.terminals[cast.terminal(name)]
        yield from _money(f"dispensed by {name}", money, book.dispensed_minor)
    for name, money in expected.taken_in.items():
        book = books.terminals[cast.terminal(name)]
        yield from _money(f"taken in by {name}", money, book.taken_in_minor)
    for name, reversals in expected.reversals.items():
        yield from _reversals(name, reversals, books, cast)
    for name, rule in expected.rules.items():
        acted = sum(ledger.acted.get(name, 0) for ledger in books.ledgers.values())
        if not holds(rule.acted, acted):
            yield Mismatch(f"rule '{name}', acted", wanted(rule.acted), str(acted))


def _money(what: str, expected: object, found_minor: int | None) -> Iterator[Mismatch]:
    if not holds(expected, found_minor):
        yield Mismatch(what, wanted(expected, show_money), show_money(found_minor))


def _reversals(
    name: str, expected: ReversalsExpectation, books: Books, cast: Cast
) -> Iterator[Mismatch]:
    if name == "switch":
        switch = books.switch
        found: tuple[int | None, ...] = (len(switch.owed), switch.attempts, switch.acknowledged)
    else:
        book = books.terminals[cast.terminal(name)]
        found = (len(book.owed), None, book.acknowledged)
    for word, count in zip(("owed", "attempts", "acknowledged"), found, strict=True):
        wished = getattr(expected, word)
        if wished is not None and not holds(wished, count):
            yield Mismatch(f"reversals of {name}, {word}", wanted(wished), str(count))
