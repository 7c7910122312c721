"""The profile of a system to be certified: how it is spoken to, and what it must be able to do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, model_validator

from simulator.scenario.message_steps import Elements
from switch.settings import (
    Digits,
    DurationS,
    Located,
    Misfit,
    Model,
    MoneyMinor,
    Pan,
    Text,
    Whole,
    json_schema,
    load_located,
)
from switch.settings.framing import FramingChoice, FramingSettings

Ability = Literal[
    "withdrawal",
    "purchase",
    "balance",
    "reversal",
    "partial_reversal",
    "advice",
    "sign_on",
    "sign_off",
    "cut_over",
    "reconciliation",
]
ABILITIES: tuple[Ability, ...] = get_args(Ability)

CardUse = Literal["approved", "no_funds", "blocked", "expired", "unknown"]
CARD_USES: tuple[CardUse, ...] = get_args(CardUse)

Code = Annotated[str, Digits(2, 3)]

_USUAL_CODES: dict[str, tuple[str, ...]] = {
    "no_funds": ("51", "61"),
    "blocked": ("04", "41", "43", "62"),
    "expired": ("33", "54"),
    "unknown": ("14", "15", "31", "92"),
    "duplicate": ("94",),
    "malformed": ("12", "13", "30"),
    "reversal": ("00",),
    "unknown_original": ("00", "21", "25"),
    "reversed_before": ("12", "21", "94"),
}


class CertificationCard(Model):
    """A card of the system's test data."""

    pan: Pan
    expiry: Annotated[str, Digits(4)]
    """YYMM."""


class CertificationProfile(Model):
    """How a system is spoken to, and what of the pack is meant for it."""

    profile: Text
    """Whose it is: the name in every report."""
    dialect: Text = "iso87-ascii"
    """A dialect of `config/dialects/`, or the path of a file."""
    framing: FramingChoice = FramingSettings()
    institution: Annotated[str, Digits(1, 11)] = "504001"
    """DE32: whom requests come from."""
    terminal: Annotated[Text, Field(min_length=8, max_length=8)] = "CERT0001"
    """DE41."""
    acceptor: Annotated[Text, Field(min_length=1, max_length=15)] = "AGENCE000000001"
    """DE42."""
    currency: Annotated[str, Digits(3)] = "504"
    amount: Annotated[MoneyMinor, Field(gt=0)] = 10_000
    """Of a withdrawal or purchase that the card `approved` can pay many times."""
    too_much: Annotated[MoneyMinor, Field(gt=0)] | None = None
    """An amount that the card `no_funds` cannot pay; `amount` unless said."""
    cards: dict[CardUse, CertificationCard] = Field(default_factory=dict)
    """A card for each use; cases that need one that is not here are not applicable."""
    abilities: tuple[Ability, ...] = ("withdrawal", "balance", "reversal", "sign_on")
    """What the system offers; cases that need another are not applicable."""
    codes: dict[Text, tuple[Code, ...]] = Field(default_factory=dict)
    """DE39 by reason (no_funds, blocked, expired, unknown, duplicate, malformed, reversal,
    unknown_original, reversed_before), where they are others than usual."""
    elements: Elements = Field(default_factory=dict)
    """Elements that every request to it holds besides, or otherwise than usual."""
    balance_path: Text = "54[0].amount"
    """Where an answer to a balance enquiry tells what the account holds."""
    answer_within: Annotated[DurationS, Field(gt=0)] = 10.0
    """How long it may take to answer."""
    quiet_for: Annotated[DurationS, Field(gt=0)] = 2.0
    """How long is waited to see that nothing comes."""
    repeats_within: Annotated[DurationS, Field(gt=0)] = 60.0
    """Of an acquirer: how soon a reversal that is not acknowledged is sent again."""
    load_rate: Annotated[Whole, Field(gt=0, le=1_000)] = 10
    """Requests a second in the case about load."""
    not_applicable: dict[Text, Text] = Field(default_factory=dict)
    """Cases that are left out, and why: the report says so."""

    @model_validator(mode="after")
    def _known_reasons(self) -> CertificationProfile:
        for reason in self.codes:
            if reason not in _USUAL_CODES:
                raise Misfit(
                    "no answer has this reason",
                    *("codes", reason),
                    on_key=True,
                    near=reason,
                    candidates=list(_USUAL_CODES),
                )
        return self

    def codes_for(self, reason: str) -> tuple[str, ...]:
        """The values of DE39 that say `reason`."""
        return self.codes.get(reason, _USUAL_CODES[reason])

    def facts(self) -> dict[str, str]:
        """What cases may name by `${...}`."""
        amount = f"{self.amount:012}"
        told = {
            "gen.institution": self.institution,
            "gen.terminal": self.terminal,
            "gen.acceptor": self.acceptor.ljust(15),
            "gen.currency": self.currency,
            "amount": amount,
            "double": f"{self.amount * 2:012}",
            "half": f"{self.amount // 2:012}",
            "too_much": f"{self.too_much or self.amount:012}",
        }
        for use, card in self.cards.items():
            told[f"card.{use}"] = card.pan.clear
            told[f"expiry.{use}"] = card.expiry
        return told


def load_profile(path: Path) -> Located[CertificationProfile]:
    """Read a profile. Raises SettingsError with everything that is wrong with it."""
    return load_located(path, CertificationProfile)


def profile_schema() -> dict[str, Any]:
    """The JSON Schema of a profile, for editors."""
    return json_schema(
        CertificationProfile,
        title="Profile of a system to be certified",
        schema_id="certification-profile.json",
    )
