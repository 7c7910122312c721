"""What keys are for. A key does one thing: what encrypts PINs makes no MAC.

A purpose is a word for the usage and mode that stand in the header of the key's block
(ANSI X9.143), with the algorithms that it allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from switch.keys.errors import InvalidInputError, WrongUsageError


class Algorithm(Enum):
    """Algorithm and length of a key."""

    TDES2 = "tdes-2"
    TDES3 = "tdes-3"
    AES128 = "aes-128"
    AES192 = "aes-192"
    AES256 = "aes-256"

    @property
    def letter(self) -> str:
        """The algorithm in a key block's header."""
        return "T" if self in (Algorithm.TDES2, Algorithm.TDES3) else "A"

    @property
    def size(self) -> int:
        """Bytes of the key."""
        return _SIZES[self]

    @property
    def strength(self) -> int:
        """A rank: a key is never wrapped under one of a lower rank."""
        return list(Algorithm).index(self)


_SIZES = dict(zip(Algorithm, (16, 24, 16, 24, 32), strict=True))
_TDES2 = (Algorithm.TDES2,)
_TDES = (Algorithm.TDES2, Algorithm.TDES3)
_AES = (Algorithm.AES128, Algorithm.AES192, Algorithm.AES256)


class Purpose(Enum):
    """What a key is for, in a word."""

    ZONE_MASTER = "zone-master"
    PIN = "pin"
    PIN_PAD = "pin-pad"
    PVV = "pvv"
    IBM3624 = "ibm3624"
    RETAIL_MAC = "mac"
    CBC_MAC = "cbc-mac"
    CMAC = "cmac"
    CARD_VALUE = "cvv"
    CRYPTOGRAM = "arqc"
    SCRIPT_MAC = "script-mac"
    DUKPT_BASE = "dukpt-base"
    DUKPT_DEVICE = "dukpt-device"

    @property
    def rules(self) -> Rules:
        """Usage, mode and algorithms."""
        return _RULES[self]


@dataclass(frozen=True)
class Rules:
    """What a purpose says in a header. `mode` is that of a new key; `modes` are accepted."""

    usage: str
    mode: str
    modes: str
    algorithms: tuple[Algorithm, ...]
    meaning: str


_RULES = {
    Purpose.ZONE_MASTER: Rules("K1", "B", "BDEN", _TDES + _AES, "wraps keys for another party"),
    Purpose.PIN: Rules("P0", "B", "BDN", _TDES + _AES, "encrypts PIN blocks"),
    Purpose.PIN_PAD: Rules(
        "P0", "E", "E", _TDES + _AES, "encrypts PIN blocks where PINs are keyed"
    ),
    Purpose.PVV: Rules("V2", "C", "CGVN", _TDES2, "PIN verification value"),
    Purpose.IBM3624: Rules("V1", "C", "CGVN", _TDES, "IBM 3624 offset"),
    Purpose.RETAIL_MAC: Rules("M3", "C", "CGVN", _TDES2, "MAC, ISO 9797-1 algorithm 3 (X9.19)"),
    Purpose.CBC_MAC: Rules("M1", "C", "CGVN", _TDES, "MAC, ISO 9797-1 algorithm 1"),
    Purpose.CMAC: Rules("M6", "C", "CGVN", _TDES + _AES, "MAC, ISO 9797-1 algorithm 5 (CMAC)"),
    Purpose.CARD_VALUE: Rules("C0", "C", "CGVN", _TDES2, "CVV, CVC, iCVV"),
    Purpose.CRYPTOGRAM: Rules("E0", "X", "XN", _TDES2, "issuer's key for chip cryptograms"),
    Purpose.SCRIPT_MAC: Rules("E2", "X", "XN", _TDES2, "issuer's key for the MAC of scripts"),
    Purpose.DUKPT_BASE: Rules("B0", "X", "XN", _TDES2 + _AES, "base key of PIN pads (DUKPT)"),
    Purpose.DUKPT_DEVICE: Rules("B1", "X", "XN", _TDES2 + _AES, "initial key of one PIN pad"),
}

NARROWED = {"B": "DE", "C": "GV"}
"""Modes that a key may be exported with instead of its own: fewer rights, never more."""


def purpose_of(usage: str, mode: str) -> Purpose:
    """The purpose that a key block's usage and mode stand for; raises WrongUsageError."""
    for purpose, rules in _RULES.items():
        if rules.usage == usage and mode in rules.modes:
            return purpose
    raise WrongUsageError(f"no key of usage {usage} and mode {mode} is worked with here")


def algorithm_of(letter: str, size: int) -> Algorithm:
    """The algorithm of a key of `size` bytes; raises WrongUsageError."""
    for algorithm in Algorithm:
        if algorithm.letter == letter and algorithm.size == size:
            return algorithm
    raise WrongUsageError(f"no key of algorithm {letter} and {8 * size} bits is worked with here")


def check_algorithm(purpose: Purpose, algorithm: Algorithm) -> None:
    """Raises WrongUsageError when keys of that purpose are never of that algorithm."""
    if algorithm not in purpose.rules.algorithms:
        allowed = ", ".join(one.value for one in purpose.rules.algorithms)
        raise WrongUsageError(f"a {purpose.value} key is one of {allowed}, not {algorithm.value}")


def check_halves(key: bytes, algorithm: Algorithm) -> None:
    """Raises InvalidInputError for a TDES key with two equal parts: it is no better than DES."""
    if algorithm.letter == "T":
        parts = [key[at : at + 8] for at in range(0, len(key), 8)]
        if len(set(parts)) < len(parts):
            raise InvalidInputError("two parts of this TDES key are equal: it is a DES key")


@dataclass(frozen=True)
class Need:
    """What an operation asks of a key."""

    usages: frozenset[str]
    modes: frozenset[str]
    words: str


def _need(usages: tuple[str, ...], modes: str, words: str) -> Need:
    return Need(frozenset(usages), frozenset(modes), words)


WRAP = _need(("K1",), "BEN", "wrap keys")
UNWRAP = _need(("K1",), "BDN", "unwrap keys")
OPEN_PIN = _need(("P0",), "BDN", "open PIN blocks")
CLOSE_PIN = _need(("P0",), "BEN", "encrypt PIN blocks")
ENTER_PIN = _need(("P0",), "E", "encrypt a PIN where it is keyed")
OPEN_DUKPT_PIN = _need(("B0", "B1"), "XN", "open PIN blocks by serial number")
ENTER_DUKPT_PIN = _need(("B1",), "XN", "encrypt a PIN where it is keyed, by serial number")
DERIVE_DEVICE = _need(("B0",), "XN", "derive the keys of PIN pads")
MAKE_PVV = _need(("V2",), "CGN", "make PVVs")
VERIFY_PVV = _need(("V2",), "CVN", "verify PVVs")
MAKE_OFFSET = _need(("V1",), "CGN", "make PIN offsets")
VERIFY_OFFSET = _need(("V1",), "CVN", "verify PIN offsets")
MAKE_MAC = _need(("M1", "M3", "M6"), "CGN", "make MACs")
VERIFY_MAC = _need(("M1", "M3", "M6"), "CVN", "verify MACs")
MAKE_CARD_VALUE = _need(("C0",), "CGN", "make card values")
VERIFY_CARD_VALUE = _need(("C0",), "CVN", "verify card values")
CRYPTOGRAM = _need(("E0",), "XN", "verify and answer cryptograms")
SCRIPT = _need(("E2",), "XN", "make the MAC of scripts")
