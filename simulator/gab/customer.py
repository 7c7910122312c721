"""Somebody in front of a GAB: what the session asks of them, and one who follows a script."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from twisted.internet.defer import Deferred

from simulator.gab.choices import Bill, Choice, CodePayment
from simulator.gab.states import State
from simulator.gab.texts import Language
from simulator.terminal.card import Card

PIN_TRIES = 3
"""How often a PIN may be entered in one session."""


class Customer(Protocol):
    """Each question is a coroutine; None cancels. One who walks away never answers."""

    @property
    def card(self) -> Card | None: ...

    @property
    def language(self) -> Language | None:
        """None for the GAB's own."""
        ...

    async def pin(self, tries_left: int) -> str | None:
        """The PIN, empty for one who enters none."""
        ...

    async def choice(self) -> Choice | None:
        """What is wanted next; None when that is all."""
        ...

    async def amount(self, wanted_minor: int, offered_minor: Sequence[int]) -> int | None:
        """An amount, after a refusal with those that are `offered_minor` instead."""
        ...

    async def form(self, bill: Bill, complaint: str) -> Mapping[str, str] | None:
        """What is filled in of a creditor's form, after a `complaint` when it was wrong before."""
        ...

    async def code(self, payment: CodePayment) -> str | None:
        """The payment code, as it is typed."""
        ...

    async def new_pin(self, complaint: str) -> str | None:
        """The new PIN, asked for twice, after a `complaint` when it would not do before."""
        ...

    async def confirms(self, amount_minor: int) -> bool: ...

    async def takes_card(self, state: State) -> None: ...

    async def takes_cash(self) -> None: ...


@dataclass
class Scripted:
    """Does `choices` in turn; cancels or walks away where the script says so."""

    card: Card | None
    choices: Sequence[Choice]
    pins: Sequence[str] | None = field(default=None, repr=False)
    """The PIN entered at each try; a customer who has no other gives up. None: the card's own."""
    new_pins: Sequence[str] = field(default=(), repr=False)
    """What is entered for a new PIN, one after the other."""
    takes_offer: bool = False
    """Whether an amount offered instead is accepted."""
    cancels_at: Collection[State] = ()
    leaves_at: Collection[State] = ()
    language: Language | None = None
    _next_pin: Iterator[str] = field(init=False, repr=False)
    _next_new_pin: Iterator[str] = field(init=False, repr=False)
    _next_choice: Iterator[Choice] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        own = "" if self.card is None else self.card.pin
        self._next_pin = iter((own,) if self.pins is None else self.pins)
        self._next_new_pin = iter(self.new_pins)
        self._next_choice = iter(self.choices)

    async def pin(self, tries_left: int) -> str | None:
        state = State.PIN_ENTRY if tries_left == PIN_TRIES else State.PIN_AGAIN
        return next(self._next_pin, None) if await self._goes_on(state) else None

    async def choice(self) -> Choice | None:
        return next(self._next_choice, None) if await self._goes_on(State.MENU) else None

    async def amount(self, wanted_minor: int, offered_minor: Sequence[int]) -> int | None:
        if not await self._goes_on(State.AMOUNT):
            return None
        if not offered_minor:
            return wanted_minor
        return offered_minor[0] if self.takes_offer else None

    async def form(self, bill: Bill, complaint: str) -> Mapping[str, str] | None:
        goes_on = await self._goes_on(State.BILL_FORM)
        return bill.form if goes_on and not complaint else None

    async def code(self, payment: CodePayment) -> str | None:
        return payment.code if await self._goes_on(State.BILL_FORM) else None

    async def new_pin(self, complaint: str) -> str | None:
        return next(self._next_new_pin, None) if await self._goes_on(State.NEW_PIN) else None

    async def confirms(self, amount_minor: int) -> bool:
        return await self._goes_on(State.CONFIRM)

    async def takes_card(self, state: State) -> None:
        await self._goes_on(state)

    async def takes_cash(self) -> None:
        await self._goes_on(State.PRESENTED)

    async def _goes_on(self, state: State) -> bool:
        if state in self.leaves_at:
            await Deferred()
        return state not in self.cancels_at
