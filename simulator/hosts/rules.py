"""Rules that say what a host does otherwise than it should, as data; docs/hosts.md lists them.

A rule has conditions, all of which must hold, and effects. The first rule that takes a message
decides about it. Rules come from a network file, from a scenario, or from an operator.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from switch.settings import (
    Digits,
    DurationS,
    Flag,
    Misfit,
    Model,
    MoneyMinor,
    Number,
    Text,
    Whole,
    config_folder,
    config_names,
    load,
    write_duration,
    write_money,
)
from switch.settings.routes import AmountBand, CardRange

FOLDER = "hosts"
"""Where the shipped rules are, below `config`."""

MessageKind = Literal["request", "advice", "reversal", "totals", "cut_over"]
EVERYTHING: tuple[MessageKind, ...] = ("request", "advice", "reversal", "totals", "cut_over")

Element = Annotated[Text, Field(pattern="^([2-9]|[1-9][0-9]|1[0-2][0-9])$")]


class HostRule(Model):
    """One rule: when it acts, and what the host then does."""

    name: Text
    messages: Annotated[tuple[MessageKind, ...], Field(min_length=1)] = ("request",)
    """Which messages it concerns: requests (0100, 0200) unless said."""
    cards: tuple[CardRange, ...] = ()
    """Beginnings of card numbers; none: any."""
    codes: tuple[Annotated[str, Digits(2, 6)], ...] = ()
    """Beginnings of processing codes (DE3); none: any."""
    amount: AmountBand | None = None
    """Amounts (DE4); none: any."""
    terminals: tuple[Text, ...] = ()
    """Beginnings of terminals (DE41); none: any."""
    after: Annotated[Whole, Field(ge=0)] = 0
    """How many messages that fit it lets pass before it acts."""
    every: Annotated[Whole, Field(ge=1)] = 1
    """It acts on one of so many that fit: 3 is every third."""
    times: Annotated[Whole, Field(ge=1)] | None = None
    """How often it acts; none: for ever."""
    chance: Annotated[Number, Field(gt=0, le=1)] = 1.0
    """Its probability to act, drawn from the seed of the run."""

    answer: Annotated[str, Digits(2)] | None = None
    """The answer (DE39); nothing is posted."""
    approve_part: Annotated[MoneyMinor, Field(gt=0)] | None = None
    """Of more than this, only so much is approved and posted: DE39 10, and the part in DE4."""
    silent: Flag = False
    """The message is read, nothing is done, nothing is answered."""
    delay: Annotated[DurationS, Field(gt=0)] | None = None
    """It acts only so much later, and then answers."""
    late: Annotated[DurationS, Field(gt=0)] | None = None
    """It acts at once, and answers so much later."""
    lose_answer: Flag = False
    """It acts, and the answer is lost."""
    again: Annotated[DurationS, Field(ge=0)] | None = None
    """It answers a second time, so much after the first."""
    wrong: dict[Element, Text] = Field(default_factory=dict)
    """What elements of the answer hold instead, such as a wrong echo: `{11: "999999"}`."""
    without: tuple[Element, ...] = ()
    """Elements that the answer leaves out."""

    @model_validator(mode="after")
    def _does_something(self) -> HostRule:
        done = self.effects
        if not done:
            raise Misfit(f"a rule does something: {', '.join(EFFECTS)}")
        if self.silent and done != ["silent"]:
            other = next(each for each in done if each != "silent")
            raise Misfit("a silent host does nothing else", other, on_key=True)
        if self.answer is not None and self.approve_part is not None:
            raise Misfit("it answers with a code, or approves a part", "approve_part", on_key=True)
        unheard = [each for each in ("late", "again", "wrong", "without") if each in done]
        if self.lose_answer and unheard:
            raise Misfit("nobody hears an answer that is lost", unheard[0], on_key=True)
        return self

    @property
    def effects(self) -> list[str]:
        """The names of what it does."""
        return [name for name in EFFECTS if getattr(self, name) not in (None, False, {}, ())]

    @property
    def words(self) -> str:
        """What it does, for people."""
        return ", ".join(_words(self, name) for name in self.effects)


EFFECTS = (
    *("answer", "approve_part", "silent", "delay", "late", "lose_answer", "again"),
    *("wrong", "without"),
)

SILENT = HostRule(name="silent", messages=EVERYTHING, silent=True)
LOSE_ANSWERS = HostRule(
    name="lose answers",
    messages=("request", "advice", "totals", "cut_over"),
    lose_answer=True,
)


def slow(delay_s: float) -> HostRule:
    """A host that acts at once and answers everything so much later."""
    return HostRule(name="slow", messages=EVERYTHING, late=delay_s)


class RulesFile(Model):
    """A file of rules, such as those in `config/hosts`."""

    host_rules: Text
    """What a host with these rules does, in a few words."""
    rules: Annotated[tuple[HostRule, ...], Field(min_length=1)]


def _rule_or_name(given: Any) -> str:
    return "rule" if isinstance(given, dict | HostRule) else "name"


RuleOrName = Annotated[
    Annotated[HostRule, Tag("rule")] | Annotated[Text, Tag("name")], Discriminator(_rule_or_name)
]
"""A rule, or the name of a file of rules: one of `config/hosts`, or a path."""


def rules_file(name: str, beside: Path | None = None) -> Path | None:
    """The file of rules meant by a path, from the folder `beside`, or by a shipped name."""
    if beside is not None and (beside / name).is_file():
        return beside / name
    shipped = config_folder() / FOLDER / f"{name}.yaml"
    return shipped if name in config_names(FOLDER) else None


def rules_named(entries: Iterable[HostRule | str], beside: Path) -> tuple[HostRule, ...]:
    """Rules, with those of the files that are named among them put in their place.

    Raises Misfit, with the place of the entry, for a name that no file has; SettingsError for
    what is wrong in one.
    """
    found: list[HostRule] = []
    for index, entry in enumerate(entries):
        if isinstance(entry, HostRule):
            found.append(entry)
            continue
        path = rules_file(entry, beside)
        if path is None:
            names = config_names(FOLDER)
            raise Misfit("no file of rules has this name", index, near=entry, candidates=names)
        found += load(path, RulesFile).rules
    return tuple(found)


def _words(rule: HostRule, effect: str) -> str:
    value = getattr(rule, effect)
    if effect == "wrong":
        return "wrong " + " and ".join(f"DE{element}" for element in value)
    if effect == "without":
        return "without " + " and ".join(f"DE{element}" for element in value)
    told = effect.replace("_", " ")
    if effect == "answer":
        return f"{told} {value}"
    if effect == "approve_part":
        return f"{told} {write_money(value)}"
    if effect in ("delay", "late", "again"):
        return f"{told} {write_duration(value)}"
    return told
