"""The devices of a GAB, and what is wrong with them now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from simulator.gab.faults import DeviceFault, JournalPrinterOut, PowerCut
from simulator.gab.states import State
from simulator.terminal.journal import Journal

F = TypeVar("F", bound=DeviceFault)

Note = Callable[..., None]
"""Journals an event: its name, then its facts."""


class Devices:
    """Faults are made and repaired from outside; the GAB finds out when they strike.

    They belong to one life of the GAB: a restart begins with sound devices.
    """

    def __init__(self, journal: Journal, note: Note) -> None:
        self._journal = journal
        self._note = note
        self._faults: list[DeviceFault] = []
        self._known: set[str] = set()

    @property
    def faults(self) -> tuple[DeviceFault, ...]:
        """What is wrong, the oldest first."""
        return tuple(self._faults)

    def fail(self, fault: DeviceFault) -> DeviceFault:
        """Something is wrong from now on."""
        self._faults.append(fault)
        if isinstance(fault, JournalPrinterOut):
            self._journal.broken = "the journal printer is out"
            self._discover(fault)
        return fault

    def repair(self, what: DeviceFault | type[DeviceFault] | None = None) -> None:
        """Put one fault right, those of a kind, or all of them."""
        repaired = [fault for fault in self._faults if _is(fault, what)]
        self._faults = [fault for fault in self._faults if fault not in repaired]
        if self.find(JournalPrinterOut) is None:
            self._journal.broken = ""
        for device in {fault.device for fault in repaired} & self._known:
            if not any(fault.device == device for fault in self._faults):
                self._known.discard(device)
                self._note("device_repaired", device=device)

    def find(self, kind: type[F]) -> F | None:
        """A fault of this kind that would strike now."""
        return next((fault for fault in self._faults if isinstance(fault, kind)), None)

    def strike(self, kind: type[F]) -> F | None:
        """A fault of this kind strikes, if there is one."""
        fault = self.find(kind)
        if fault is not None:
            self._discover(fault)
            self._use_up(fault)
        return fault

    def entered(self, state: State) -> None:
        """The GAB has come to a state: the power may fail there."""
        for fault in self._faults:
            if isinstance(fault, PowerCut) and fault.at is state:
                self._use_up(fault)
                fault.cut()
                return

    def _use_up(self, fault: DeviceFault) -> None:
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._faults.remove(fault)

    def _discover(self, fault: DeviceFault) -> None:
        if fault.device in self._known:
            return
        self._note("device_failed", device=fault.device, fault=fault.word)
        if fault.times != 1:
            self._known.add(fault.device)


def _is(fault: DeviceFault, what: DeviceFault | type[DeviceFault] | None) -> bool:
    if what is None or fault is what:
        return True
    return isinstance(what, type) and isinstance(fault, what)
