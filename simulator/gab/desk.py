"""What a session works with: the GAB's terminal, notes, devices and rules, and where it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.gab.cassettes import Cassettes
from simulator.gab.devices import Devices
from simulator.gab.memory import Memory
from simulator.gab.settings import GabSettings
from simulator.gab.states import CARD_FIRST, CASH_FIRST, Input, State, next_state
from simulator.gab.texts import SCREENS, Language
from simulator.terminal.asking import Exchange
from simulator.terminal.card import Card
from simulator.terminal.forms import Forms
from simulator.terminal.journal import Event
from simulator.terminal.result import OperationResult
from simulator.terminal.terminal import Terminal
from switch.runtime import Runtime
from switch.wire import Value

if TYPE_CHECKING:
    from simulator.terminal.chip_reader import ChipReader

CardData = Callable[[Card, str], Mapping[str, Value]]
"""The elements that prove a card and the PIN entered (DE52, 53, 55): given both, kept nowhere."""

NewPinData = Callable[[Card, str, str], Mapping[str, Value]]
"""The elements that prove card and PIN and give another PIN: given all three, kept nowhere."""

Chooser = Callable[[int, Mapping[str, tuple[int, int]]], dict[str, int]]
"""The notes of an amount in minor units, by cassette. Raises UnpayableError."""


def no_card_data(card: Card, pin: str) -> Mapping[str, Value]:
    """Of a GAB without keys: the PIN goes nowhere."""
    return {}


def no_new_pin_data(card: Card, pin: str, new_pin: str) -> Mapping[str, Value]:
    """Of a GAB without keys: no PIN goes anywhere, and the bank refuses the change."""
    return {}


class Desk:
    """The parts of one GAB that customers and supervisors share."""

    def __init__(
        self,
        runtime: Runtime,
        settings: GabSettings,
        terminal: Terminal,
        choose: Chooser,
        card_data: CardData,
        new_pin_data: NewPinData,
        forms: Forms,
        reader: ChipReader | None = None,
    ) -> None:
        self.settings = settings
        self.terminal = terminal
        self.choose = choose
        self.card_data = card_data
        self.new_pin_data = new_pin_data
        self.forms = forms
        self.reader = reader
        self.reactor: Any = runtime.reactor
        low: dict[str, int] = {name: each.low for name, each in settings.cassettes.items()}
        self.cassettes = Cassettes(low)
        self.memory = Memory(self.cassettes)
        self.devices = Devices(terminal.journal, terminal.note)
        self.state = State.IDLE
        self.screen = self.drawn(SCREENS[State.IDLE][settings.language])
        self.lines: tuple[str, ...] = ()
        """Below it: the fields of a form, what is owed, the amounts that can be paid instead."""
        self.on_state: list[Callable[[State], None]] = []
        self._wall_clock = runtime.wall_clock
        self._table = CARD_FIRST if settings.card_first else CASH_FIRST
        self._cash = self.cassettes.cash

    def move(self, happened: Input, language: Language | None = None) -> State:
        """Go where the table says. Raises ImpossibleError for what cannot happen here."""
        self.state = next_state(self._table, self.state, happened)
        self.screen = self.drawn(SCREENS[self.state][language or self.settings.language])
        self.lines = ()
        for told in self.on_state:
            told(self.state)
        self.devices.entered(self.state)
        return self.state

    def drawn(self, line: str) -> str:
        """A line as the screen and the printer are given it."""
        if self.settings.shapes_arabic:
            return line
        from simulator.gab.arabic import visual  # the libraries are for these devices only

        return visual(line)

    def show(self, *lines: str) -> None:
        """Show these below the title of the screen, until the next state."""
        self.lines = tuple(self.drawn(line) for line in lines)

    def begin(self) -> None:
        """The cash there is at a start is told by the journal already."""
        self._cash = self.cassettes.cash

    def now(self) -> datetime:
        """The instant, in UTC."""
        return self._wall_clock.now()

    @property
    def unfit(self) -> str:
        """Why nobody can be served; empty when they can."""
        return self.memory.out_of_service or self.terminal.journal.broken

    @property
    def no_cash(self) -> str:
        """Why no cash can be given, whatever the notes; empty when it can."""
        return "a dispense is suspect: the notes must be counted" if self.memory.suspects else ""

    def take_in(self, *lines: Event) -> None:
        """What these written lines say has been done to notes and card."""
        for line in lines:
            self.memory.replay(line)
        cash = self.cassettes.cash
        if cash != self._cash:
            self._cash = cash
            low = self.cassettes.low if cash == "low" else None
            self.terminal.note({"ok": "cash_ok", "low": "cash_low"}.get(cash, "cash_out"), low=low)

    async def enter(self, exchange: Exchange, *lines: Event) -> bool:
        """Journal what is about to be done of a transaction, and take it in.

        False when that is impossible: it must not be done, and the transaction is reversed.
        """
        if not await self.terminal.enter(exchange, *lines):
            return False
        self.take_in(*lines)
        return True


def undone(result: OperationResult) -> OperationResult:
    """Of an approved operation that the journal does not let be done."""
    words = "approved, but the journal cannot be written: it is not done, and reversed"
    return replace(result, outcome="in_doubt", words=words)
