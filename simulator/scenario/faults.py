"""The faults that a scenario can inject, as it writes them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from simulator.gab.faults import FAULTS
from simulator.gab.states import State
from simulator.hosts.rules import RuleOrName
from simulator.scenario.line_faults import LINE_FAULTS, LINE_KEYS, NEEDED
from simulator.scenario.open_model import OpenModel
from simulator.scenario.templates import Late
from switch.settings import DurationS, Flag, Misfit, Text, Whole

FaultWord = Literal[
    "silent",
    "slow",
    "lose_answers",
    "rules",
    "down",
    "killed",
    "black_hole",
    "latency",
    "bandwidth",
    "stall",
    "reset",
    "cut",
    "split",
    "coalesce",
    "half_open",
    "refuse",
    "cannot_dispense",
    "partly_dispensed",
    "suspect_dispense",
    "not_taken",
    "card_jam",
    "receipt_printer_out",
    "journal_printer_out",
    "power_cut",
]

DEVICE_FAULTS = frozenset(FAULTS)
"""Faults of a GAB's devices."""

DEVICE_KEYS: dict[str, frozenset[str]] = {
    "notes": frozenset({"cannot_dispense", "partly_dispensed"}),
    "left": frozenset({"suspect_dispense"}),
    "state": frozenset({"power_cut"}),
    "times": DEVICE_FAULTS - {"power_cut"},
}
"""What can be said more of a device's fault, and of which."""

ISSUER_FAULTS = frozenset({"silent", "slow", "lose_answers", "rules"})
"""Faults on messages: they belong to the simulated peer."""

PARTIES = ("core", "issuer", "switch")
"""What can be down."""


class Fault(OpenModel):
    """Something that goes wrong, undone by itself at the end of its time or of the scenario."""

    on: Text
    """`core`, `issuer`, `switch`, or a terminal (a role of the cast or its identification)."""
    inject: FaultWord
    """`silent`: the issuer reads and answers nothing. `slow`: it answers late, by `delay`.
    `lose_answers`: it does what is asked, and the answer is lost. `rules`: it does what `rules`
    say, see docs/hosts.md. `down`: the party is stopped,
    its port closed. `killed`: it ends without any order, as of kill -9, and is started again.
    `black_hole` and the others about lines: docs/faults.md. The rest are of a GAB's devices:
    docs/gab.md says what follows of each.
    """
    notes: Annotated[Whole, Field(ge=0, le=40)] | None = None
    """Of `cannot_dispense`, how many were picked in vain; of `partly_dispensed`, were given."""
    left: Flag | None = None
    """Of `suspect_dispense`, whether the notes did leave."""
    state: State | None = None
    """Of `power_cut`: the power fails as the GAB comes to this state of its session."""
    times: Annotated[Whole, Field(ge=1, le=1000)] | None = None
    """How often a device's fault strikes; else once, and a printer's until it is healed."""
    rules: tuple[RuleOrName, ...] = ()
    """Rules of a host, or names of files of them: those of `config/hosts`, or beside this one."""
    delay: Annotated[DurationS, Field(gt=0)] | None = None
    """How late a `slow` issuer answers, or bytes come on a line."""
    jitter: Annotated[DurationS, Field(gt=0)] | None = None
    """Of `latency`: by how much more or less, by chance."""
    bytes: Annotated[Whole, Field(ge=1, le=100_000_000)] | None = None
    """Of `cut`, after how many; of `bandwidth`, how many a second; of `split`, in each piece."""
    way: Literal["to_switch", "from_switch", "both"] | None = None
    """Which way on a line, seen from the switch; both unless said, and what the switch sends to a
    terminal in a `black_hole`."""
    at: Annotated[DurationS, Field(ge=0)] = 0.0
    """When it begins, after the step that says it."""
    for_: Annotated[DurationS, Field(gt=0)] | None = Field(default=None, alias="for")
    """How long it lasts; until it is healed, or to the end of the steps, unless said."""

    @model_validator(mode="after")
    def _fits(self) -> Fault:
        if isinstance(self.on, Late) or isinstance(self.inject, Late):
            return self  # it is read again once both are known
        if self.inject in ISSUER_FAULTS and self.on != "issuer":
            raise Misfit(
                f"only the issuer can be '{self.inject}'",
                "on",
                near=self.on,
                candidates=("issuer",),
            )
        if self.inject in ("down", "killed") and self.on not in PARTIES:
            raise Misfit(
                f"what can be {self.inject} is 'core', 'issuer' or 'switch'",
                "on",
                near=self.on,
                candidates=PARTIES,
            )
        if self.inject in LINE_FAULTS and self.on == "switch":
            known = "that of a terminal, or of the switch to 'issuer' or 'core'"
            raise Misfit(f"which line? {known}", "on")
        if self.inject in DEVICE_FAULTS and self.on in PARTIES:
            raise Misfit("this is a fault of a GAB's devices", "on")
        if self.inject == "power_cut" and self.state is None:
            raise Misfit("when? say in which state of the session with 'state'", "inject")
        for key, words in DEVICE_KEYS.items():
            if getattr(self, key) is not None and self.inject not in words:
                raise Misfit(f"'{self.inject}' has no {key}", key, on_key=True)
        if self.inject == "rules" and not self.rules:
            raise Misfit("which? say it with 'rules'", "inject")
        if self.inject != "rules" and self.rules:
            raise Misfit(f"'{self.inject}' has no rules", "rules", on_key=True)
        if self.inject == "slow" and self.delay is None:
            raise Misfit("how slow? say it with 'delay'", "inject")
        for key, words in LINE_KEYS.items():
            words = words | {"slow"} if key == "delay" else words
            if getattr(self, key) is not None and self.inject not in words:
                raise Misfit(f"'{self.inject}' has no {key}", key, on_key=True)
        needed = NEEDED.get(self.inject)
        if needed is not None and getattr(self, needed) is None:
            raise Misfit(f"'{self.inject}' needs '{needed}'", "inject")
        return self
