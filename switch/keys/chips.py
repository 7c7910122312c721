"""An issuer's side of chip cards: whether a cryptogram is right, and what the card is answered.

The cards of a range have one scheme and one issuer master key, in the security module. The answer
is the data of DE55: tag 91 (issuer authentication data), 8A (the response code), and in template
72 a command that blocks the application of a card that must not be used any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from switch.keys.errors import InvalidInputError, SecurityModuleError
from switch.keys.module import SecurityModule
from switch.keys.primitives.emv_schemes import Scheme, scheme_of
from switch.keys.values import ChipCryptogram

APPROVED_STATUS = bytes.fromhex("00800000")
"""Card status update of an approval (method 2): the issuer approves the transaction."""
DECLINED_STATUS = bytes(4)

APPLICATION_BLOCK = bytes.fromhex("841E000008")
"""Header of the command: with a MAC of 8 bytes behind it and no data."""

BLOCKING = frozenset({"41", "43"})
"""Answers (DE39) after which the application of the card is blocked: lost, stolen."""

Verdict = Literal["right", "wrong", "unreadable", "unverifiable"]
"""`unreadable`: a tag is missing or is none. `unverifiable`: no such range, or a key is missing."""


@dataclass(frozen=True)
class ChipRange:
    """The chip cards whose numbers begin with `cards`, and the keys behind them."""

    cards: str
    scheme: str
    key: str
    """Issuer master key for cryptograms."""
    script_key: str | None = None
    """Issuer master key for the MAC of scripts; none: no script is sent."""
    refuse_with: str = "63"
    """DE39 of a cryptogram that is wrong, or whose counter came before."""


@dataclass(frozen=True)
class ChipOutcome:
    """What came of the chip data of a request."""

    verdict: Verdict
    counter: int = 0
    """The card's transaction counter."""
    chip: ChipCryptogram | None = field(default=None, repr=False)
    range: ChipRange | None = None


class ChipChecker:
    """Checks the cryptograms of some ranges of cards, and makes what their cards are answered."""

    def __init__(self, module: SecurityModule, ranges: Sequence[ChipRange]) -> None:
        self._module = module
        self._ranges = tuple(ranges)

    async def check(
        self, pan: str, sequence: str, amount_minor: int, data: Mapping[str, Any]
    ) -> ChipOutcome:
        """What the chip data of a request, by tag in hexadecimal, are worth.

        `sequence` is the card sequence number, of 2 or 3 digits (DE23), 00 when it is empty;
        `amount_minor` is what the request asks for, which the card must have seen too.
        """
        known = next((each for each in self._ranges if pan.startswith(each.cards)), None)
        if known is None:
            return ChipOutcome("unverifiable")
        try:
            chip = _cryptogram_of(scheme_of(known.scheme), pan, sequence, data)
            right = await self._module.verify_cryptogram(known.key, chip)
            right = right and int(data["9F02"]) == amount_minor
        except (InvalidInputError, ValueError):
            return ChipOutcome("unreadable")
        except SecurityModuleError:
            return ChipOutcome("unverifiable")
        counter = int.from_bytes(chip.counter)
        return ChipOutcome("right" if right else "wrong", counter, chip, known)

    async def answer(self, outcome: ChipOutcome, code: str) -> dict[str, Any]:
        """The DE55 of an answer with `code` in DE39; nothing when the cryptogram was not right.

        Without the module there is none either: the card then decides for itself.
        """
        chip, known = outcome.chip, outcome.range
        if outcome.verdict != "right" or chip is None or known is None:
            return {}
        response = _response(scheme_of(known.scheme), code)
        try:
            arpc = await self._module.answer_cryptogram(known.key, chip, response)
            if arpc is None:
                return {}
            data: dict[str, Any] = {
                "91": (arpc + response).hex().upper(),
                "8A": code.encode("ascii").hex().upper(),
            }
            if code in BLOCKING and known.script_key is not None:
                data["72"] = {"86": await self._block(known.script_key, chip)}
        except SecurityModuleError:
            return {}
        return data

    async def _block(self, key: str, chip: ChipCryptogram) -> str:
        mac = await self._module.script_mac(key, chip, APPLICATION_BLOCK, b"")
        return (APPLICATION_BLOCK + mac).hex().upper()


def _response(scheme: Scheme, code: str) -> bytes:
    """What the answer cryptogram covers: the response code, or the card status update."""
    if scheme.answer_method == 1:
        return code.encode("ascii")
    return APPROVED_STATUS if code == "00" else DECLINED_STATUS


def _cryptogram_of(
    scheme: Scheme, pan: str, sequence: str, data: Mapping[str, Any]
) -> ChipCryptogram:
    """Raises InvalidInputError or ValueError for data that no card of the scheme sends."""
    tags = {tag: bytes.fromhex(value) for tag, value in data.items() if isinstance(value, str)}
    if missing := [tag for tag in ("9F26", "9F27") if tag not in tags]:
        raise InvalidInputError(f"tag {missing[0]} is missing")
    return ChipCryptogram(
        scheme=scheme.name,
        pan=pan,
        sequence=(sequence or "00")[-2:].rjust(2, "0"),
        counter=tags.get("9F36", b""),
        number=tags.get("9F37", b""),
        data=scheme.data(tags),
        cryptogram=tags["9F26"],
    )
