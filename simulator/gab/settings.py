"""What a network file says of a GAB."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from simulator.gab.mix import Policy
from simulator.gab.texts import Language
from switch.settings import Digits, DurationS, Flag, Model, Whole

Place = Literal["1", "2", "3", "4", "5", "6"]
Note = Annotated[Whole, Field(gt=0, le=1000)]
Wait = Annotated[DurationS, Field(gt=0, le=600)]
CODES_MAX = 20


class CassetteSettings(Model):
    """One cassette as it is loaded at a fresh start."""

    note: Note
    """Denomination in whole dirhams."""
    count: Annotated[Whole, Field(ge=0, le=10_000)]
    low: Annotated[Whole, Field(ge=0, le=10_000)] = 0
    """With so many notes left, or fewer, it is low."""


class TopUpSettings(Model):
    """The creditor that a mobile top-up is paid to."""

    creditor: Annotated[str, Digits(4)] = "1002"
    kind: Annotated[str, Digits(2)] = "02"


class GabSettings(Model):
    """One GAB."""

    timeout: Annotated[DurationS, Field(gt=0)] = 10.0
    """How long it waits for an answer."""
    cassettes: Annotated[dict[Place, CassetteSettings], Field(min_length=1)]
    """By their place in the machine."""
    mix: Policy = "fewest_notes"
    """Which of the ways to make an amount it prefers."""
    card_first: Flag = True
    """Whether the card is given back before the cash."""
    capture_also: Annotated[tuple[Annotated[str, Digits(2)], ...], Field(max_length=CODES_MAX)] = ()
    """Answers (DE39) that capture the card besides 04 07 33-38 67, such as 41 and 43."""
    reverse_untaken: Flag = True
    """Whether cash that nobody took goes back to the account; else it is kept for a claim."""
    answer_within: Wait = 60.0
    """How long a customer may leave a question unanswered."""
    card_within: Wait = 30.0
    """How long a card that is offered waits, before it is captured."""
    cash_within: Wait = 30.0
    """How long notes that are presented wait, before they are retracted."""
    language: Language = "fr"
    """Of screens and receipts, for a customer who chooses none."""
    shapes_arabic: Flag = True
    """Whether screen and printer join and turn Arabic themselves; else they are given it drawn."""
    top_up: TopUpSettings = Field(default_factory=TopUpSettings)
