"""What a network file says of a GAB."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from switch.settings import DurationS, Model, Whole

Place = Literal["1", "2", "3", "4", "5", "6"]
Note = Annotated[Whole, Field(gt=0, le=1000)]


class CassetteSettings(Model):
    """One cassette as it is loaded at a fresh start."""

    note: Note
    """Denomination in whole dirhams."""
    count: Annotated[Whole, Field(ge=0, le=10_000)]


class GabSettings(Model):
    """One GAB."""

    timeout: Annotated[DurationS, Field(gt=0)] = 10.0
    """How long it waits for an answer."""
    cassettes: Annotated[dict[Place, CassetteSettings], Field(min_length=1)]
    """By their place in the machine."""
