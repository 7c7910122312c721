"""A scenario as its file says it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from simulator.scenario.expectations import BooksExpectation
from simulator.scenario.faults import Fault
from simulator.scenario.fields import Some
from simulator.scenario.steps import Step
from switch.settings import Digits, DurationS, Misfit, Model, Pan, Text, json_schema

TIME_LIMIT_S = 120.0
"""How long the steps of a scenario may take, by its own clock, unless it says otherwise."""

Tag = Annotated[Text, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Role = Annotated[Text, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]


class CardInHand(Model):
    """A card that no bank of the network knows, given by its number."""

    pan: Pan
    expiry: Annotated[str, Digits(4)] = "4912"
    """YYMM, as the card shows it."""


class ScenarioFile(Model):
    """One test of the whole network: a cast, steps, and what the books must say at the end.

    Whatever a scenario expects, it is always checked that money was conserved.
    """

    scenario: Text
    """What is tested, in a few words: the name in every report."""
    description: Text | None = None
    tags: tuple[Tag, ...] = ()
    """Words to choose scenarios by: `guichet run --tags`."""
    network: Text = "local"
    """A network of `config/`, or the path of a network file, from the scenario's folder."""
    time_limit: Annotated[DurationS, Field(gt=0)] = TIME_LIMIT_S
    """How long the steps may take."""
    cast: dict[Role, Text | CardInHand] = Field(default_factory=dict)
    """Roles: each is a terminal of the network, or a card by its holder or its number."""
    faults: tuple[Fault, ...] = ()
    """What goes wrong meanwhile; `at` counts from the first step."""
    steps: Some[Step]
    expect: BooksExpectation | None = None
    """What the books must say at the end, once nothing is under way any more."""

    @model_validator(mode="after")
    def _roles_are_no_parties(self) -> ScenarioFile:
        for role in self.cast:
            if role in ("core", "issuer", "switch"):
                raise Misfit(f"'{role}' is a party of every network", "cast", role, on_key=True)
        return self


def scenario_schema(schema_id: str) -> dict[str, Any]:
    """The JSON Schema of a scenario file, for editors."""
    return json_schema(ScenarioFile, title="A Guichet scenario", schema_id=schema_id)
