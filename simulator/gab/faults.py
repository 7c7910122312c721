"""What can go wrong with the devices of a GAB: one small class a fault.

A fault strikes `times` times, or until it is repaired when that is None.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from simulator.gab.states import State


class PowerLostError(Exception):
    """The power failed: whatever the GAB was doing has ended, and it is to be started again."""


@dataclass(eq=False)
class DeviceFault:
    """Something wrong with a device."""

    word: ClassVar[str]
    device: ClassVar[str]

    times: int | None = 1


@dataclass(eq=False)
class CannotDispense(DeviceFault):
    """No bundle can be made: the whole amount is reversed.

    `picked` notes were picked before it was noticed: they go to the reject bin.
    """

    word = "cannot_dispense"
    device = "dispenser"

    picked: int = 0


@dataclass(eq=False)
class PartlyDispensed(DeviceFault):
    """Only `notes` notes of the bundle can be given: the rest of the amount is reversed."""

    word = "partly_dispensed"
    device = "dispenser"

    notes: int = 1


@dataclass(eq=False)
class SuspectDispense(DeviceFault):
    """The dispenser cannot say whether the notes left (`left` is the truth of it).

    The amount stands until the notes are counted; no cash is given meanwhile.
    """

    word = "suspect_dispense"
    device = "dispenser"

    left: bool = True


@dataclass(eq=False)
class NotTaken(DeviceFault):
    """Nobody takes the notes that are presented: they are retracted."""

    word = "not_taken"
    device = "presenter"


@dataclass(eq=False)
class CardJam(DeviceFault):
    """The card does not come out: it is captured."""

    word = "card_jam"
    device = "card reader"


@dataclass(eq=False)
class ReceiptPrinterOut(DeviceFault):
    """No receipts are printed; the customer is told before."""

    word = "receipt_printer_out"
    device = "receipt printer"

    times: int | None = None


@dataclass(eq=False)
class JournalPrinterOut(DeviceFault):
    """The journal cannot be written: nothing is done that it does not say."""

    word = "journal_printer_out"
    device = "journal printer"

    times: int | None = None


@dataclass(eq=False)
class PowerCut(DeviceFault):
    """The power fails as the GAB comes to the state `at`; `cut` is what takes it away.

    `Gab.lose_power` may be it, or what kills the process.
    """

    word = "power_cut"
    device = "power"

    at: State = State.WAITING
    cut: Callable[[], object] = lambda: None


FAULTS: dict[str, type[DeviceFault]] = {
    fault.word: fault
    for fault in (
        *(CannotDispense, PartlyDispensed, SuspectDispense, NotTaken, CardJam),
        *(ReceiptPrinterOut, JournalPrinterOut, PowerCut),
    )
}
"""By the word that names them."""
