"""A load as a scenario says it. The words and their meaning are those of k6."""

from __future__ import annotations

import re
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from switch.settings import DurationS, Misfit, Model, Text, Whole

RATE = re.compile(r"([0-9]+(?:\.[0-9]+)?)/(s|m|h)")
RATE_MAX = 100_000.0
"""Iterations a second; a slip of the unit is usually larger."""

USERS_MAX = 100_000

Executor = Literal[
    "constant-arrival-rate",
    "ramping-arrival-rate",
    "constant-vus",
    "ramping-vus",
    "per-vu-iterations",
    "shared-iterations",
]
EXECUTORS: tuple[Executor, ...] = get_args(Executor)

NEEDED: dict[str, frozenset[str]] = {
    "constant-arrival-rate": frozenset({"rate", "duration"}),
    "ramping-arrival-rate": frozenset({"stages"}),
    "constant-vus": frozenset({"vus", "duration"}),
    "ramping-vus": frozenset({"stages"}),
    "per-vu-iterations": frozenset({"vus", "iterations"}),
    "shared-iterations": frozenset({"vus", "iterations"}),
}
ALLOWED: dict[str, frozenset[str]] = {
    "constant-arrival-rate": frozenset({"max_in_flight"}),
    "ramping-arrival-rate": frozenset({"rate", "max_in_flight"}),
    "ramping-vus": frozenset({"vus"}),
    "per-vu-iterations": frozenset({"duration"}),
    "shared-iterations": frozenset({"duration"}),
}
OF_EXECUTORS = frozenset({"rate", "duration", "stages", "vus", "iterations", "max_in_flight"})


def read_rate(text: str) -> float:
    """A rate in iterations a second from `30/s`, `1800/m` or `0.5/s`. Raises ValueError.

    >>> read_rate("1800/m")
    30.0
    """
    found = RATE.fullmatch(text)
    if found is None:
        raise ValueError("expected a rate such as 30/s or 1800/m")
    each_s = float(found[1]) / {"s": 1, "m": 60, "h": 3600}[found[2]]
    if not 0 <= each_s <= RATE_MAX:
        raise ValueError(f"expected at most {RATE_MAX:g} a second")
    return each_s


def _is_rate(text: str) -> str:
    read_rate(text)
    return text


Rate = Annotated[Text, AfterValidator(_is_rate)]
"""Iterations in a time, as text: `30/s`."""


class Stage(Model):
    """From what it is when the stage begins, straight to `target` in `duration`."""

    duration: Annotated[DurationS, Field(gt=0)]
    target: Text
    """A rate such as 100/s for arrivals, a number of users for users."""


class Load(Model):
    """Iterations of a mix of steps, begun by a schedule."""

    executor: Executor
    """Arrival rates are an open model: iterations begin when they are due, however long those
    before them take. Users are a closed one: each begins its next when its last is over."""
    rate: Rate | None = None
    """Of arrivals; of a ramp, the rate that it begins with (0/s unless said)."""
    duration: Annotated[DurationS, Field(gt=0)] | None = None
    """How long; for a number of iterations, how long at most (10 minutes unless said)."""
    stages: tuple[Stage, ...] | None = None
    vus: Annotated[Whole, Field(gt=0, le=USERS_MAX)] | None = None
    """Users; of a ramp, how many it begins with (none unless said)."""
    iterations: Annotated[Whole, Field(gt=0)] | None = None
    """Of each user, or of all of them together."""
    max_in_flight: Annotated[Whole, Field(gt=0, le=USERS_MAX)] | None = None
    """Iterations under way at most: one that is due beyond it is dropped, and counted."""
    start: Annotated[DurationS, Field(ge=0)] = 0.0
    """When it begins, after the first."""
    warm_up: Annotated[DurationS, Field(ge=0)] = 0.0
    """From its beginning: what begins in this time is done and not measured."""
    graceful_stop: Annotated[DurationS, Field(ge=0)] = 30.0
    """How long what is under way at its end may take to finish."""
    terminals: Text | tuple[Text, ...] | None = None
    """Terminals, or a group of them: each iteration has one for itself, `${terminal}`."""
    cards: tuple[Text, ...] | None = None
    """Cards, by role, holder or number: each iteration has one, `${card}`, drawn by chance."""

    @model_validator(mode="after")
    def _fits_its_executor(self) -> Load:
        needed = NEEDED[self.executor]
        allowed = needed | ALLOWED.get(self.executor, frozenset())
        for name in sorted(OF_EXECUTORS & self.model_fields_set):
            if name not in allowed:
                raise Misfit(f"'{self.executor}' has no `{name}`", name, on_key=True)
        for name in sorted(needed):
            if getattr(self, name) is None:
                raise Misfit(f"'{self.executor}' needs `{name}`", "executor")
        for index, stage in enumerate(self.stages or ()):
            self._check_target(index, stage)
        return self

    def _check_target(self, index: int, stage: Stage) -> None:
        place = ("stages", index, "target")
        if self.executor == "ramping-arrival-rate":
            try:
                read_rate(stage.target)
            except ValueError as error:
                raise Misfit(str(error), *place) from None
        elif not (stage.target.isdigit() and int(stage.target) <= USERS_MAX):
            raise Misfit("expected a number of users", *place)

    @property
    def length_s(self) -> float:
        """How long it is begun for, at most, in seconds."""
        if self.stages is not None:
            return sum(stage.duration for stage in self.stages)
        return self.duration if self.duration is not None else ITERATIONS_LIMIT_S


ITERATIONS_LIMIT_S = 600.0
"""How long a number of iterations may take unless it is said."""
