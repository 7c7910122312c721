"""A case of certification as its file says it: what is sent, what must come, and which rule it is.

case: A repeat is answered as its original
rule: A repeat moves nothing and brings the stored answer.
source: ISO 8583:1987, repeats (x2x1)
needs: {abilities: [withdrawal], cards: [approved]}
steps:
  - send: {template: withdrawal, name: first, message: {"2": "${card.approved}", ...}}
  - expect: {mti: "0210", code: approved}
  - repeat: first
  - expect: {mti: "0210", same_as: first}
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, model_validator

from simulator.certify.profile import Ability, CardUse
from simulator.scenario.finding import scenarios_folder
from simulator.scenario.message_steps import Composed, Elements, Expected
from simulator.scenario.message_templates import ALWAYS
from switch.settings import DurationS, Flag, Misfit, Model, Text, Whole, json_schema, load
from switch.settings.problems import Problem, SettingsError

Side = Literal["issuer", "acquirer"]
SIDES: tuple[Side, ...] = get_args(Side)

Reason = Literal[
    "approved",
    "no_funds",
    "blocked",
    "expired",
    "unknown",
    "duplicate",
    "malformed",
    "reversal",
    "unknown_original",
    "reversed_before",
]


class CaseSend(Composed):
    """Send a message."""

    template: Text | None = None
    """One of the messages that are always there: `withdrawal`, `balance`, `echo`..."""
    message: Elements = Field(default_factory=dict)
    name: Text | None = None
    """What later steps call it, to repeat or reverse it, or to compare answers."""
    held_back: Flag = False
    """It is made now, and leaves with `release`, or never."""

    @model_validator(mode="after")
    def _something(self) -> CaseSend:
        if not self.bare_bytes and self.template is None and not self.message:
            raise Misfit("what is sent? say `template`, `message`, `raw` or `unframed`")
        if self.template is not None and self.template not in ALWAYS:
            known = sorted(ALWAYS)
            what = "no message is called so"
            raise Misfit(what, "template", near=self.template, candidates=known)
        if self.held_back and self.name is None:
            raise Misfit("what is held back needs a name to be released by", "held_back")
        return self


class Reverse(Composed):
    """Send the reversal of a request that was sent."""

    of: Text
    """The name of the request."""
    mti: Literal["0400", "0420"] = "0420"
    retained: Text | None = None
    """What stays debited, twelve digits: the reversal is of the rest (DE95)."""
    name: Text | None = None


class CaseExpect(Expected):
    """A message that must come, or that nothing must.

    An answer is also held against its request: what the dialect says is echoed must be, and
    what must and must not be there.
    """

    code: Reason | None = None
    """What DE39 says; which codes that are the profile may say."""
    refused: Flag = False
    """DE39 is there, and not 00."""
    same_as: Text | None = None
    """The name of a request whose answer this one repeats: DE38, DE39."""
    to: Text | None = None
    """The name of the request that it answers; the last one sent unless said."""
    capture: dict[Text, Text] = Field(default_factory=dict)
    """Names for values of the message, by path."""
    name: Text | None = None
    """What later steps call a request that comes."""
    reverses: Text | None = None
    """The name of a request that came: this is its reversal, by DE90 or by what identifies it."""
    loosely: Flag = False
    """What the dialect says of presence and echoes is not held against it."""


class CaseReply(Composed):
    """Answer a request that came."""

    to: Text | None = None
    """Its name; the one that came last unless said."""
    code: Text = "00"
    de: Elements = Field(default_factory=dict)


class Burst(Model):
    """Many requests of one kind, at once or at a rate; each must be approved."""

    template: Text = "withdrawal"
    message: Elements = Field(default_factory=dict)
    requests: Annotated[Whole, Field(gt=0, le=10_000)]
    paced: Flag = False
    """At the profile's `load_rate`; else all at once."""


class CaseStep(Model):
    """One thing that is done. Exactly one of its words is given."""

    send: CaseSend | None = None
    repeat: Text | None = None
    """The name of a request, sent again as a repeat: the same but for its message type and DE7."""
    release: Text | None = None
    """The name of a request that was held back: it leaves now."""
    reverse: Reverse | None = None
    expect: CaseExpect | None = None
    reply: CaseReply | None = None
    burst: Burst | None = None
    think: Annotated[DurationS, Field(gt=0)] | None = None
    hang_up: Flag = False
    """Close the line."""
    connect: Flag = False
    """Open the line again, or wait until the other side has."""
    sign_on: Flag = False
    """Sign on, where the profile has the ability; nothing otherwise."""
    ask: Text | None = None
    """What a person, or a program of theirs, must now do at the system under test."""
    equal: tuple[Text, Text] | None = None
    """Two captured values that must be the same."""
    less: tuple[Text, Text, Text] | None = None
    """Two captured amounts, and by how much the second is less."""

    @model_validator(mode="after")
    def _one_word(self) -> CaseStep:
        if len(self.model_fields_set) != 1:
            raise Misfit("a step has exactly one word", *sorted(self.model_fields_set)[1:2])
        return self

    @property
    def word(self) -> str:
        """What is done."""
        return next(iter(self.model_fields_set))


class Needs(Model):
    """What a system must offer for a case to be meant for it."""

    abilities: tuple[Ability, ...] = ()
    cards: tuple[CardUse, ...] = ()


class CaseFile(Model):
    """One case: a rule that is tested, where it comes from, and the steps that test it."""

    case: Text
    """What is tested, in a few words."""
    rule: Text
    """What must hold."""
    source: Text
    """Where the rule comes from."""
    needs: Needs = Needs()
    signed_on: Flag = True
    """Whether the line is signed on before the first step, where the system signs on at all."""
    manages: Flag = True
    """Whether sign-ons and echoes of the other side are answered without a step."""
    steps: Annotated[tuple[CaseStep, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Case:
    """A case, and its name in the pack."""

    id: str
    """Its path in the pack, such as `session/echo`."""
    path: Path
    file: CaseFile


def pack_folder(side: Side) -> Path:
    """Where the shipped pack of a side is."""
    return scenarios_folder() / "certification" / side


def load_pack(folder: Path) -> list[Case]:
    """The cases of a folder and those below it, by name.

    Raises SettingsError with everything that is wrong in any of them, or when there is none.
    """
    problems: list[Problem] = []
    cases: list[Case] = []
    for path in sorted(folder.rglob("*.yaml")):
        try:
            name = path.relative_to(folder).with_suffix("").as_posix()
            cases.append(Case(name, path, load(path, CaseFile)))
        except SettingsError as error:
            problems += error.problems
    if not cases and not problems:
        problems.append(Problem(str(folder), 0, 0, "there is no case in this folder"))
    if problems:
        raise SettingsError(problems)
    return cases


def case_schema() -> dict[str, Any]:
    """The JSON Schema of a case, for editors."""
    return json_schema(
        CaseFile, title="A case of certification", schema_id="certification-case.json"
    )
