"""What came of scenarios: the facts that every report is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from simulator.load.metrics import Metrics
from simulator.load.thresholds import Judged
from simulator.load.timeline import Timeline
from simulator.oracle import Books, Broken
from simulator.scenario.expectations import Mismatch
from simulator.terminal.result import OperationResult


class Verdict(StrEnum):
    """What a scenario, or a whole run, comes to."""

    PASSED = "passed"
    FAILED = "failed"
    """An expectation failed, or a step could not be done."""
    THRESHOLD = "threshold missed"
    INVARIANT = "invariant broken"
    UNREACHABLE = "unreachable"
    """The network did not start: nothing was tested."""
    INTERRUPTED = "interrupted"


EXIT_CODES = {
    Verdict.PASSED: 0,
    Verdict.FAILED: 1,
    Verdict.THRESHOLD: 4,
    Verdict.UNREACHABLE: 3,
    Verdict.INVARIANT: 5,
    Verdict.INTERRUPTED: 130,
}

WORST_FIRST = (
    Verdict.INTERRUPTED,
    Verdict.UNREACHABLE,
    Verdict.INVARIANT,
    Verdict.FAILED,
    Verdict.THRESHOLD,
    Verdict.PASSED,
)


class StepStatus(StrEnum):
    """What a step comes to."""

    PASSED = "passed"
    FAILED = "failed"
    """It was done, and something is not as expected."""
    BROKEN = "broken"
    """It could not be done."""
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Exchanged:
    """The messages behind an expectation that failed, described and masked."""

    sent: str
    came: str
    """Empty when nothing did."""
    around: tuple[str, ...]
    """What passed the switch meanwhile: a sequence diagram, line by line."""
    look: str
    """Where to look next."""


@dataclass(frozen=True)
class StepResult:
    """One step. `started_s` counts from the scenario's beginning, by its own clock."""

    number: int
    word: str
    text: str
    """What is done, in words, card numbers masked."""
    place: str
    """`file:line`."""
    status: StepStatus
    started_s: float = 0.0
    elapsed_s: float = 0.0
    result: OperationResult | None = None
    mismatches: tuple[Mismatch, ...] = ()
    problem: str = ""
    """Why it is broken."""
    expects: bool = False
    """Whether anything is expected of it."""
    exchanged: Exchanged | None = None
    """The evidence, where an expectation failed and messages passed."""
    depth: int = 0
    """How many steps it is inside of."""
    label: str = ""
    """Which round, try or branch of those it is part of."""
    part: str = "steps"
    """`before`, `steps` or `after`."""


@dataclass(frozen=True)
class FaultSpan:
    """A fault, from when to when: seconds from the scenario's beginning."""

    what: str
    began_s: float
    ended_s: float


@dataclass(frozen=True)
class LoadProgress:
    """How loads are going, now."""

    after_s: float
    offered_rate: float
    """Iterations a second that are due; 0 for users, who come when they are ready."""
    operations_rate: float
    """Operations a second that ended since the last look."""
    dropped: int
    in_flight: int
    approved: float
    declined: float
    in_doubt: float
    """Shares of all operations so far."""
    p50_s: float
    p95_s: float
    p99_s: float
    """Of the response times so far."""
    lag_p99_s: float = 0.0
    """How late iterations began: the generator's own doing."""
    begun_until_s: float = 0.0
    """When the last iteration begins, in seconds after the beginning."""
    links: tuple[tuple[str, bool], ...] = ()
    """Each link of the switch to a host, and whether it is up."""


@dataclass(frozen=True)
class LoadResult:
    """One load: what it was to do, and how long it took. Its figures are in the metrics."""

    name: str
    executor: str
    offered: int
    """Iterations that were due, those dropped included."""
    elapsed_s: float
    warm_up_s: float
    examples: tuple[StepResult, ...] = ()
    """The first failures."""


@dataclass(frozen=True)
class ScenarioResult:
    """One scenario, with the evidence behind its verdict."""

    name: str
    path: Path
    tags: tuple[str, ...]
    verdict: Verdict
    elapsed_s: float
    """By the scenario's own clock."""
    steps: tuple[StepResult, ...] = ()
    mismatches: tuple[Mismatch, ...] = ()
    """Of what was expected of the books at the end."""
    problem: str = ""
    """Why it could not be run to its end."""
    books: Books | None = None
    broken: tuple[Broken, ...] = ()
    digest: str = ""
    """In virtual time, the hash of everything that happened."""
    loads: tuple[LoadResult, ...] = ()
    metrics: Metrics | None = None
    """What the loads measured."""
    timeline: Timeline | None = None
    """How the loads went over time."""
    faults: tuple[FaultSpan, ...] = ()
    """When which faults were on."""
    thresholds: tuple[Judged, ...] = ()
    """Every threshold, and what was measured."""


@dataclass(frozen=True)
class RunResult:
    """All scenarios of one run."""

    clock: str
    """`real` or `virtual`."""
    seed: int
    scenarios: tuple[ScenarioResult, ...]
    elapsed_s: float
    """As long as somebody waited for it."""
    not_run: tuple[str, ...] = field(default=())
    """The names of scenarios that were chosen and not begun."""
    digest: str = ""
    interrupted: bool = False

    @property
    def verdict(self) -> Verdict:
        """The worst of all."""
        verdicts = [scenario.verdict for scenario in self.scenarios]
        return worst([*verdicts, Verdict.INTERRUPTED] if self.interrupted else verdicts)

    @property
    def exit_code(self) -> int:
        """For the command to end with."""
        return EXIT_CODES[self.verdict]


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that decides the exit code; PASSED when there is none."""
    return min(verdicts, key=WORST_FIRST.index, default=Verdict.PASSED)
