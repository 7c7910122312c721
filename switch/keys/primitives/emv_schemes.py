"""How the schemes differ: which keys, which data, which padding, which answer.

A scheme is a row of a table, named by its cryptogram version number (CVN).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from switch.keys.errors import InvalidInputError
from switch.keys.primitives.ciphers import Tdes
from switch.keys.primitives.emv_cryptogram import (
    CARD_STATUS_SIZE,
    application_cryptogram,
    arpc_1,
    arpc_2,
    script_mac,
)
from switch.keys.primitives.emv_keys import (
    card_key_a,
    card_key_b,
    common_session_key,
    counter_session_key,
)
from switch.keys.primitives.mac import pad

ISSUER_DATA = "9F10"
CRYPTOGRAM_TAGS = ("9F02", "9F03", "9F1A", "95", "5F2A", "9A", "9C", "9F37", "82", "9F36")
"""Amounts, country, verification results, currency, date, type, unpredictable number, profile,
counter: what every scheme here puts into its cryptogram, in this order."""


class Session(Enum):
    """How the key of a transaction comes from the card's key."""

    NONE = "the card's key itself"
    COUNTER = "common session key of the counter"
    COUNTER_AND_NUMBER = "the same, of counter and unpredictable number"


class ScriptData(Enum):
    """How the data of a script command are laid out and encrypted."""

    LENGTH_FIRST = "length byte, padding 2, ECB"
    IF_NEEDED = "padding 2 unless whole blocks, CBC"


@dataclass(frozen=True)
class Scheme:
    """One row: a cryptogram version and its rules."""

    name: str
    card_key_b: bool
    session: Session
    padding: int
    issuer_data: slice
    """Which bytes of 9F10 enter the cryptogram: all, or the card verification results."""
    answer_under_card_key: bool
    answer_method: int
    script_key_of_counter: bool
    script_data: ScriptData

    def data(self, tags: Mapping[str, bytes]) -> bytes:
        """What the cryptogram covers, from the values of DE55 by tag.

        Raises InvalidInputError naming the tag that is missing.
        """
        missing = [tag for tag in (*CRYPTOGRAM_TAGS, ISSUER_DATA) if tag not in tags]
        if missing:
            raise InvalidInputError(f"tag {missing[0]} is missing for a cryptogram of {self.name}")
        head = b"".join(tags[tag] for tag in CRYPTOGRAM_TAGS)
        return head + tags[ISSUER_DATA][self.issuer_data]

    def card_key(self, issuer_key: bytes, pan: str, sequence: str) -> bytes:
        """The card's key, as personalised."""
        derive = card_key_b if self.card_key_b else card_key_a
        return derive(issuer_key, pan, sequence)

    def cryptogram(self, card_key: bytes, counter: bytes, number: bytes, data: bytes) -> bytes:
        """The cryptogram over `data`: what a card sends and its issuer computes again."""
        return application_cryptogram(self._session(card_key, counter, number), data, self.padding)

    def answer(
        self, card_key: bytes, counter: bytes, number: bytes, cryptogram: bytes, response: bytes
    ) -> bytes:
        """The ARPC. `response` is the 2-byte response code (method 1) or card status update of
        4 bytes with proprietary data behind it (method 2)."""
        key = card_key if self.answer_under_card_key else self._session(card_key, counter, number)
        if self.answer_method == 1:
            return arpc_1(key, cryptogram, response)
        return arpc_2(key, cryptogram, response[:CARD_STATUS_SIZE], response[CARD_STATUS_SIZE:])

    def script_mac(
        self, card_key: bytes, counter: bytes, cryptogram: bytes, header: bytes, data: bytes
    ) -> bytes:
        """The MAC of a command to the card, over header, counter, cryptogram and data."""
        key = self._script_key(card_key, counter, cryptogram)
        return script_mac(key, header + counter + cryptogram + data)

    def script_encrypt(
        self, card_key: bytes, counter: bytes, cryptogram: bytes, data: bytes
    ) -> bytes:
        """A command's data as they travel: a new PIN, a value to store."""
        cipher = Tdes(self._script_key(card_key, counter, cryptogram))
        if self.script_data is ScriptData.LENGTH_FIRST:
            return cipher.encrypt(pad(len(data).to_bytes(1) + data, 2, 8))
        return cipher.encrypt_cbc(bytes(8), pad(data, 2, 8) if len(data) % 8 else data)

    def _session(self, card_key: bytes, counter: bytes, number: bytes) -> bytes:
        _check_counter(counter)
        if self.session is Session.NONE:
            return card_key
        if self.session is Session.COUNTER:
            return common_session_key(card_key, counter + bytes(6))
        if len(number) != 4:
            raise InvalidInputError("an unpredictable number has 4 bytes")
        return common_session_key(card_key, counter + bytes(2) + number)

    def _script_key(self, card_key: bytes, counter: bytes, cryptogram: bytes) -> bytes:
        _check_counter(counter)
        if self.script_key_of_counter:
            return counter_session_key(card_key, counter)
        return common_session_key(card_key, cryptogram)


def _check_counter(counter: bytes) -> None:
    if len(counter) != 2:
        raise InvalidInputError("a transaction counter has 2 bytes")


_FIRST, _LENGTH = ScriptData.LENGTH_FIRST, ScriptData.IF_NEEDED
SCHEMES: dict[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        # name, key B, session, padding, issuer data, ARPC: card key, method; script: counter, data
        Scheme("visa-10", False, Session.NONE, 1, slice(3, 7), True, 1, True, _FIRST),
        Scheme("visa-18", True, Session.COUNTER, 2, slice(None), False, 2, True, _FIRST),
        Scheme(
            "mchip-16", False, Session.COUNTER_AND_NUMBER, 2, slice(2, 8), True, 1, False, _LENGTH
        ),
        Scheme("mchip-20", False, Session.COUNTER, 2, slice(2, 8), False, 1, False, _LENGTH),
    )
}


def scheme_of(name: str) -> Scheme:
    """The scheme of that name; raises InvalidInputError."""
    if name not in SCHEMES:
        raise InvalidInputError(f"no scheme {name[:20]!a}: {', '.join(SCHEMES)}")
    return SCHEMES[name]
