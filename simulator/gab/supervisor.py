"""What people of the bank do at a GAB: notes counted and replenished, in and out of service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TypeVar

from simulator.gab.desk import Desk
from simulator.gab.memory import facts_of
from simulator.gab.states import Input
from simulator.terminal.journal import Event
from simulator.terminal.pending import MALFUNCTION

T = TypeVar("T")


class SupervisorError(Exception):
    """What cannot be done at the GAB now; nothing was changed."""


@dataclass(frozen=True)
class CashCount:
    """Notes by cassette: what the books said and what was found; `difference_minor` in all.

    `reversed_minor` goes back to customers whose dispense was suspect: the notes were there.
    """

    book: Mapping[str, int] = field(default_factory=dict)
    found: Mapping[str, int] = field(default_factory=dict)
    difference_minor: int = 0
    reversed_minor: int = 0


class Supervisor:
    """Waits for the customer to go, then has the GAB to itself."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def count(self, found: Mapping[str, int] | None = None, operator: str = "") -> CashCount:
        """Count the cassettes and empty the bins; the books begin again with what was found.

        `found` says how many notes are in a cassette; one that it does not name holds what the
        books say. A surplus in the cassettes of a suspect dispense is what did not leave: that
        much of it is reversed. Raises SupervisorError.
        """
        return await self._inside(operator, lambda: self._count(found or {}))

    async def replenish(
        self, cassettes: Mapping[str, int | tuple[int, int]], operator: str = ""
    ) -> None:
        """Add notes: how many by cassette, or (note, how many) for one of another denomination.

        Another denomination takes a cassette that was counted empty. Raises SupervisorError.
        """
        await self._inside(operator, lambda: self._replenish(cassettes))

    async def take_out_of_service(self, reason: str, operator: str = "") -> None:
        """Serve nobody until told otherwise, whatever restarts there are."""
        desk = self._desk
        line = desk.terminal.journal.line("out_of_service", reason=reason or "closed")
        await self._inside(operator, lambda: self._write(line))

    async def put_in_service(self, operator: str = "") -> None:
        """Serve customers again."""
        line = self._desk.terminal.journal.line("in_service")
        await self._inside(operator, lambda: self._write(line))

    # -- inside -----------------------------------------------------------------------------------

    async def _inside(self, operator: str, deed: Callable[[], Awaitable[T]]) -> T:
        async def doing() -> T:
            desk = self._desk
            desk.move(Input.SUPERVISOR_IN)
            desk.terminal.note("supervisor_in", operator=operator)
            try:
                done = await deed()
            finally:
                desk.terminal.note("supervisor_out", operator=operator)
                desk.move(Input.UNFIT if desk.unfit else Input.FIT)
            await desk.terminal.flush()
            return done

        return await self._desk.terminal.run(doing)

    async def _replenish(self, cassettes: Mapping[str, int | tuple[int, int]]) -> None:
        loaded = {}
        for name, told in cassettes.items():
            known = self._desk.cassettes.by_name.get(name)
            if not isinstance(told, tuple):
                if known is None:
                    raise SupervisorError(f"there is no cassette {name}")
                told = (known.note, told)
            if told[1] < 0:
                raise SupervisorError(f"cassette {name} cannot be given {told[1]} notes")
            loaded[name] = list(told)
        line = self._desk.terminal.journal.line("loaded", cassettes=loaded)
        try:
            deepcopy(self._desk.cassettes).replay(line)
        except ValueError as error:
            raise SupervisorError(str(error)) from None
        await self._write(line)

    async def _count(self, told: Mapping[str, int]) -> CashCount:
        desk = self._desk
        books = deepcopy(desk.cassettes)
        for name, count in told.items():
            if name not in books.by_name or count < 0:
                raise SupervisorError(f"{count} notes cannot be in a cassette {name}")
        book = {name: each.remaining for name, each in books.by_name.items()}
        found = {**book, **told}
        surplus = {name: max(0, found[name] - count) for name, count in book.items()}
        # These come first: torn off, the next count finds the surplus gone with its reason.
        lines = [self._judged(event, surplus) for event in desk.memory.suspects.values()]
        for line in lines:
            books.replay(line)
        totals = {
            name: {**counts, "counted": found[name]} for name, counts in books.totals().items()
        }
        difference_minor = sum(
            (found[name] - each.remaining) * each.note * 100 for name, each in books.by_name.items()
        )
        counted = desk.terminal.journal.line(
            "counted", cassettes=totals, difference_minor=difference_minor
        )
        await self._write(*lines, counted)
        for line in lines:
            if line["event"] == "found":
                retained_minor = line["retained_minor"]
                await desk.terminal.debts.reverse_held(line["rrn"], MALFUNCTION, retained_minor)
            else:
                await desk.terminal.debts.settle_held(line["rrn"])
        reversed_minor = sum(line.get("returned_minor", 0) for line in lines)
        return CashCount(book, found, difference_minor, reversed_minor)

    def _judged(self, suspect: Event, surplus: dict[str, int]) -> Event:
        """What a count says of a suspect dispense; takes what it explains from `surplus`."""
        line = self._desk.terminal.journal.line
        back = {name: min(count, surplus[name]) for name, count in suspect["cassettes"].items()}
        back = {name: count for name, count in back.items() if count}
        if not back:
            return line("settled", **facts_of(suspect))
        for name, count in back.items():
            surplus[name] -= count
        returned_minor = self._desk.cassettes.worth_minor(back)
        return line(
            "found",
            **facts_of(suspect),
            cassettes=back,
            returned_minor=returned_minor,
            retained_minor=suspect["amount_minor"] - returned_minor,
        )

    async def _write(self, *lines: Event) -> None:
        if not await self._desk.terminal.write(*lines):
            raise SupervisorError("the journal cannot be written")
        self._desk.take_in(*lines)
