"""The payment application on a chip: GENERATE AC twice, and the issuer's answer in between.

EMV book 3, section 9. The first GENERATE AC makes an ARQC, which the terminal sends to the
issuer; the second gives a TC (approved) or an AAC (declined), and the card has the last word.

Issuer application data, tag 9F10, from the left::

    visa    length 06, key index 1, cryptogram version, 4 bytes of card verification results
    mchip   key index 1, cryptogram version, 6 bytes of results, 2 of data authentication code, 8 of
            counters
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from simulator.card.memory import Memory
from simulator.card.troubles import ChipTrouble
from switch.keys.primitives.emv_schemes import Scheme

ARQC, TC, AAC = "80", "40", "00"
"""Cryptogram information data, tag 9F27."""

PROFILE = "1C00"
"""Application interchange profile, tag 82: cardholder verification, terminal risk management and
issuer authentication; no offline data authentication."""

BLOCK = bytes.fromhex("841E0000")
"""APPLICATION BLOCK, the command that this card obeys."""

COUNTER_MAX = 0xFFFF

_FIRST_ARQC, _SECOND_TC, _SECOND_AAC, _ISSUER_FAILED = 0xA0, 0x60, 0x20, 0x08
_VISA_VERSIONS = {"visa-10": 10, "visa-18": 18}
_MCHIP_VERSIONS = {"mchip-16": 0x10, "mchip-20": 0x14}

Tags = dict[str, str]


@dataclass(frozen=True)
class Keys:
    """What the issuer put on the card; its `repr` shows none of it."""

    cryptogram: bytes = field(repr=False)
    script: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Verdict:
    """The card's last word on a transaction."""

    kind: Literal["TC", "AAC"]
    cryptogram: str
    """Tag 9F26 of the second GENERATE AC, in hexadecimal."""
    issuer: Literal["right", "wrong", "absent"]
    """What the issuer's authentication data (tag 91) were."""
    blocked: bool = False
    """Whether a script of the issuer has just blocked the application."""


class Applet:
    """One card's application. `begin` starts a transaction; `conclude` ends it."""

    def __init__(
        self,
        scheme: Scheme,
        keys: Keys,
        memory: Memory,
        *,
        aid: str,
        sequence: str,
        trouble: ChipTrouble | None = None,
    ) -> None:
        self.aid = aid
        self.sequence = sequence
        self._scheme = scheme
        self._keys = keys
        self._memory = memory
        self._trouble = trouble
        self._counter = b""
        self._arqc = b""
        self._given: Tags = {}

    @property
    def readable(self) -> bool:
        """Whether a reader gets anything from it."""
        return self._trouble != "unreadable"

    def begin(self, terminal: Mapping[str, str]) -> Tags:
        """First GENERATE AC: the data of DE55 by tag, what the terminal gave among them.

        `terminal` has 95, 9A, 9C, 9F02, 9F03, 9F1A, 9F37, 5F2A. The counter is kept before the
        cryptogram leaves. A blocked application gives an AAC at once. Raises OSError when the
        counter cannot be kept.
        """
        before = self._memory.read()
        counter = before.counter + 1
        if counter > COUNTER_MAX:
            raise OSError("the transaction counter of the card is used up")
        self._memory.write(counter, blocked=before.blocked)
        if self._trouble == "old_counter":
            counter -= 1
        self._counter = counter.to_bytes(2)
        self._given = dict(terminal)
        tags, self._arqc = self._generate(_FIRST_ARQC)
        if self._trouble == "wrong_cryptogram":
            self._arqc = bytes(byte ^ 0xFF for byte in self._arqc)
        kind = AAC if before.blocked else ARQC
        return {
            "9F26": self._arqc.hex().upper(),
            "9F27": kind,
            **tags,
            "84": self.aid,
            "5F34": self.sequence,
        }

    def conclude(self, approved: bool, answer: Mapping[str, Any]) -> Verdict:
        """The issuer's answer, then the second GENERATE AC.

        `approved` is what the terminal asks for after DE39, `answer` DE55 by tag: 91, and scripts
        in 71 (before the last word) and 72 (after it).
        """
        issuer = self._authenticated(answer.get("91"))
        blocked = self._obey(answer.get("71"))
        stands = (
            approved
            and issuer != "wrong"
            and self._trouble != "refuses_in_the_end"
            and not self._memory.read().blocked
        )
        results = _SECOND_TC if stands else _SECOND_AAC
        _, made = self._generate(results | (_ISSUER_FAILED if issuer == "wrong" else 0))
        blocked = self._obey(answer.get("72")) or blocked
        kind: Literal["TC", "AAC"] = "TC" if stands else "AAC"
        return Verdict(kind, made.hex().upper(), issuer, blocked)

    # -- inside -----------------------------------------------------------------------------------

    def _generate(self, results: int) -> tuple[Tags, bytes]:
        tags = {
            **self._given,
            "82": PROFILE,
            "9F36": self._counter.hex().upper(),
            "9F10": self._issuer_data(results),
        }
        raw = {tag: bytes.fromhex(value) for tag, value in tags.items()}
        data = self._scheme.data(raw)
        made = self._scheme.cryptogram(self._keys.cryptogram, self._counter, raw["9F37"], data)
        return tags, made

    def _issuer_data(self, results: int) -> str:
        name = self._scheme.name
        if name in _VISA_VERSIONS:
            return f"0601{_VISA_VERSIONS[name]:02X}03{results:02X}0000"
        return f"01{_MCHIP_VERSIONS[name]:02X}{results:02X}" + "00" * 15

    def _authenticated(self, given: Any) -> Literal["right", "wrong", "absent"]:
        """EXTERNAL AUTHENTICATE: whether tag 91 comes from the issuer."""
        if given is None:
            return "absent"
        try:
            data = bytes.fromhex(given)
        except (TypeError, ValueError):
            return "wrong"
        size = 8 if self._scheme.answer_method == 1 else 4
        arpc, response = data[:size], data[size:]
        if len(response) < (2 if size == 8 else 4):
            return "wrong"
        number = bytes.fromhex(self._given["9F37"])
        right = self._scheme.answer(
            self._keys.cryptogram, self._counter, number, self._arqc, response
        )
        return "right" if hmac.compare_digest(right, arpc) else "wrong"

    def _obey(self, template: Any) -> bool:
        """Do what scripts say that are authentic; whether one has blocked the application."""
        given = template.get("86") if isinstance(template, Mapping) else None
        commands = [given] if isinstance(given, str) else given
        if not isinstance(commands, Sequence):
            return False
        done = [self._command(each) for each in commands if isinstance(each, str)]
        return any(done)

    def _command(self, text: str) -> bool:
        try:
            command = bytes.fromhex(text)
        except ValueError:
            return False
        header, mac = command[:5], command[5:]
        if self._keys.script is None or header[:4] != BLOCK or len(mac) != 8:
            return False
        right = self._scheme.script_mac(self._keys.script, self._counter, self._arqc, header, b"")
        if not hmac.compare_digest(right, mac):
            return False
        self._memory.write(self._memory.read().counter, blocked=True)
        return True
