"""Terminals whose requests have PIN and MAC, for benchmarks/switch.py.

Each request has a PIN under its terminal's key, which the switch translates to the host's zone
key, and a MAC (X9.19) that it checks; each answer has a MAC that it makes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.switch_load import BODY, ELEMENTS, Terminals, bitmap
from benchmarks.switch_process import hosts_network
from switch.keys import Algorithm, PinFormat
from switch.keys.made_up import MadeUpKeys
from switch.keys.primitives.ciphers import Tdes
from switch.keys.primitives.mac import RetailMac
from switch.keys.primitives.pin_block import encipher_pin
from switch.runtime import SystemEntropy
from switch.wire import Codec, load_dialect

PAN = ELEMENTS[2][2:]
HEAD = b"0200" + bitmap([*ELEMENTS, 52, 64])
CODEC = Codec(load_dialect("gab87"))

keyed_network = partial(hosts_network, keys=True)


class KeyedTerminals(Terminals):
    """One line whose requests have PIN and MAC; its first answers are looked at."""

    behind_39 = Terminals.behind_39 + 16

    def __init__(self, terminal: bytes, made_up: MadeUpKeys) -> None:
        super().__init__(terminal)
        name = terminal.decode()
        tpk = Tdes(made_up.value_of(f"tpk.{name}", Algorithm.TDES2))
        block = encipher_pin(tpk, PinFormat.ISO0, "1234", PAN, SystemEntropy())
        self._pin = block.hex().upper().encode()
        self._mac = RetailMac.of(made_up.value_of(f"tak.{name}", Algorithm.TDES2))
        self._looked_at = 0

    def body(self) -> bytes:
        head = HEAD + super().body()[20 : len(BODY)] + self._pin
        return head + self._mac.mac(head).hex().upper().encode()

    def frame(self, body: bytes) -> bytes | None:
        if body[:4] == b"0210" and self._looked_at < 100:
            self._looked_at += 1
            answer = CODEC.decode(body)
            if answer["64"] != self._mac.mac(body[:-16]).hex().upper():
                raise SystemExit(f"the MAC of an answer is wrong: {answer}")
        return super().frame(body)


def keyed_terminals(folder: Path) -> Callable[[bytes], Terminals]:
    """Terminals with the keys that were made up in a data folder."""
    made_up = MadeUpKeys(folder, SystemEntropy())
    return lambda terminal: KeyedTerminals(terminal, made_up)
