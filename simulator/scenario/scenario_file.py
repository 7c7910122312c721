"""A scenario as its file says it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from simulator.card.troubles import ChipTrouble
from simulator.load.thresholds import Thresholds, read_metric
from simulator.scenario.expectations import BooksExpectation
from simulator.scenario.explored import Exploration
from simulator.scenario.faults import Fault
from simulator.scenario.flow_steps import VariableName
from simulator.scenario.load_steps import LoadOfSteps
from simulator.scenario.message_steps import Elements
from simulator.scenario.steps import Step
from switch.settings import Digits, DurationS, Flag, Misfit, Model, Pan, Text, json_schema

TIME_LIMIT_S = 120.0
"""How long the steps of a scenario may take, by its own clock, unless it says otherwise."""

Tag = Annotated[Text, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Role = Annotated[Text, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]


class CardInHand(Model):
    """A card given by its number: one that no bank knows, or a known one in another state."""

    pan: Pan
    expiry: Annotated[str, Digits(4)] = "4912"
    """YYMM, as the card shows it."""
    chip: ChipTrouble | None = None
    """What is wrong with its chip, of a card of the network's that has one."""


class LineRole(Model):
    """Somebody who dials a listener of the switch, as a terminal or a network does."""

    dials: Text
    """The listener, such as `terminals`."""
    terminal: Text | None = None
    """What `${gen.terminal}` is; one that nobody plays unless said."""
    sign_on: Flag = True
    """Whether the line is signed on before the first step."""
    echoes: Flag = True
    """Whether echoes and sign-ons of the other side are answered without a step."""


class HostRole(Model):
    """Somebody who takes the place of a host that the switch dials."""

    plays: Text
    """The link of the switch, such as `issuer`: the simulated host is not started."""
    echoes: Flag = True
    """Whether echoes and sign-ons of the switch are answered without a step."""


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
    vars: dict[VariableName, Text] = Field(default_factory=dict)
    """Values by name, for `${name}` anywhere below; `guichet run --set name=value` changes them."""
    parametrize: Any = None
    """The same test with several values: a list of cases, or a list of values for each name."""
    templates: dict[VariableName, Elements] = Field(default_factory=dict)
    """Messages that steps send, by name."""
    cast: dict[Role, Text | CardInHand | LineRole | HostRole] = Field(default_factory=dict)
    """Roles: each is a terminal of the network, a card by its holder or its number, or one who
    speaks ISO 8583 on a line of its own, message by message."""
    faults: tuple[Fault, ...] = ()
    """What goes wrong meanwhile; `at` counts from the first step."""
    explore: Exploration | None = None
    """What differs from seed to seed for `guichet explore`; `guichet run` leaves it alone."""
    before: tuple[Step, ...] = ()
    """What prepares the test: when one of these goes wrong, its steps are not done."""
    steps: tuple[Step, ...] = ()
    load: dict[Role, LoadOfSteps] = Field(default_factory=dict)
    """Many customers, after the steps: loads by name, all at the same time."""
    thresholds: Thresholds = Field(default_factory=dict)
    """What the figures of the loads must be, by metric."""
    after: tuple[Step, ...] = ()
    """What is done at the end, whatever came of the steps."""
    expect: BooksExpectation | None = None
    """What the books must say at the end, once nothing is under way any more."""

    @model_validator(mode="after")
    def _does_something(self) -> ScenarioFile:
        if not self.steps and not self.load:
            raise Misfit("a scenario has `steps`, or a `load`")
        for name in () if self.explore is None else self.explore.vars:
            if name not in self.vars:
                message = "the scenario has no variable of this name in its `vars`"
                raise Misfit(
                    message, "explore", "vars", name, on_key=True, near=name, candidates=self.vars
                )
        if self.thresholds and not self.load:
            message = "there is no `load` whose figures these could be"
            raise Misfit(message, "thresholds", on_key=True)
        for name in self.thresholds:
            tagged = read_metric(name).tags.get("load")
            if tagged is not None and tagged not in self.load:
                message = f"no load is called '{tagged}'"
                raise Misfit(
                    message, "thresholds", name, on_key=True, near=tagged, candidates=self.load
                )
        return self

    @model_validator(mode="after")
    def _roles_are_no_parties(self) -> ScenarioFile:
        for role in self.cast:
            if role in ("core", "issuer", "switch"):
                raise Misfit(f"'{role}' is a party of every network", "cast", role, on_key=True)
        return self


def scenario_schema(schema_id: str) -> dict[str, Any]:
    """The JSON Schema of a scenario file, for editors."""
    schema = json_schema(ScenarioFile, title="A Guichet scenario", schema_id=schema_id)
    templated: dict[str, Any] = _templated(schema)
    return templated


_TEMPLATE = {"type": "string", "pattern": r"\$\{"}
_PLAIN = frozenset({"string", "number", "integer", "boolean"})


def _templated(schema: Any) -> Any:
    """The schema of part of a scenario, where every plain value may hold a `${name}` instead."""
    if isinstance(schema, list):
        return [_templated(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {name: _templated(part) for name, part in schema.items()}
    for holder in ("$defs", "properties", "additionalProperties", "items"):
        inside = changed.get(holder)
        if holder in ("$defs", "properties") and isinstance(inside, dict):
            changed[holder] = {name: _or_template(part) for name, part in inside.items()}
        elif isinstance(inside, dict):
            changed[holder] = _or_template(inside)
    return changed


def _or_template(schema: Any) -> Any:
    """A plain value, or a text with something to fill in."""
    if not isinstance(schema, dict) or not _restricts(schema):
        return schema
    told = {name: schema[name] for name in ("description", "default") if name in schema}
    rest = {name: part for name, part in schema.items() if name not in told}
    return {"anyOf": [rest, _TEMPLATE], **told}


def _restricts(schema: dict[str, Any]) -> bool:
    """Whether some text that holds a `${name}` would not be taken."""
    ways = schema.get("anyOf")
    if ways is not None:
        return any(_restricts(way) for way in ways) and _TEMPLATE not in ways
    kinds = schema.get("type")
    plain = set(kinds if isinstance(kinds, list) else [kinds]) & _PLAIN
    return (
        "enum" in schema
        or "const" in schema
        or (bool(plain) and not (plain == {"string"} and "pattern" not in schema))
    )
