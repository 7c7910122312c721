"""The encrypting PIN pad of a terminal: a PIN goes in, and only its block comes out.

Its keys are in a security module of its own. A pad has either one PIN key (a terminal's TPK) or an
initial key from which each PIN gets a key of its own (DUKPT); its counter is then kept in a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, TypeVar

from twisted.internet.defer import Deferred

from simulator.terminal.card import Card
from switch.keys import PinFormat, SoftwareModule
from switch.keys.primitives.dukpt_aes import next_serial as next_aes
from switch.keys.primitives.dukpt_tdes import next_serial as next_tdes
from switch.runtime.files import replace_file
from switch.wire import Value

T = TypeVar("T")

NEW_PIN = ("48", "24")


class Serials(Protocol):
    """Gives the serial number of each PIN of a DUKPT pad."""

    def next(self) -> bytes: ...


class KeptSerials:
    """Serial numbers from a file: none is given twice, whatever cuts the power."""

    def __init__(self, path: Path, first: bytes) -> None:
        self._path = path
        self._first = first

    def next(self) -> bytes:
        """The next one, on the disk before it is used. Raises OSError."""
        last = self._last()
        step = next_tdes if len(self._first) == TDES_SERIAL else next_aes
        serial = self._first if last is None else step(last)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        data = serial.hex().upper().encode("ascii")
        replace_file(self._path, data, unfinished=self._path.with_suffix(".part"))
        return serial

    def _last(self) -> bytes | None:
        try:
            return bytes.fromhex(self._path.read_text(encoding="ascii"))
        except FileNotFoundError:
            return None


TDES_SERIAL = 10


class PinPad:
    """What a terminal gives of a PIN in its messages."""

    def __init__(
        self,
        module: SoftwareModule,
        key: str,
        pin_format: PinFormat,
        *,
        serials: Serials | None = None,
        serial_at: str = "",
    ) -> None:
        self._module = module
        self._key = key
        self._format = pin_format
        self._serials = serials
        self._serial_at = serial_at

    def card_data(self, card: Card, pin: str) -> Mapping[str, Value]:
        """The elements of a PIN that was keyed; none when none was."""
        return self._elements(card, pin, "") if pin else {}

    def new_pin_data(self, card: Card, pin: str, new_pin: str) -> Mapping[str, Value]:
        """The elements of a PIN and of the one to be in its place."""
        return self._elements(card, pin, new_pin)

    def _elements(self, card: Card, pin: str, new_pin: str) -> Mapping[str, Value]:
        serial = None if self._serials is None else self._serials.next()
        inner: dict[str, Value] = {}
        elements: dict[str, Value] = {"52": self._block(card, pin, serial)}
        if new_pin:
            inner[NEW_PIN[1]] = self._block(card, new_pin, serial)
        if serial is not None:
            element, _, tag = self._serial_at.partition(".")
            if tag:
                inner[tag] = serial.hex().upper()
            else:
                elements[element] = serial.hex().upper()
        if inner:
            elements["48"] = inner
        return elements

    def _block(self, card: Card, pin: str, serial: bytes | None) -> str:
        made = self._module.encrypt_pin(self._key, self._format, pin, card.pan, ksn=serial)
        return _now(made).hex().upper()


def _now(deferred: Deferred[T]) -> T:
    """The result of a module in this process, which answers at once."""
    results: list[T] = []
    failures: list[BaseException] = []
    deferred.addCallbacks(results.append, lambda failure: failures.append(failure.value))
    if failures:
        raise failures[0]
    return results[0]
