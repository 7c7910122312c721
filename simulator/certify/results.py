"""What comes of a pack: each case with its verdict, its steps, and the messages as evidence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class CaseVerdict(StrEnum):
    """What a case comes to."""

    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class CaseStepResult:
    """One step: what was done or expected, and what is wrong."""

    text: str
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseResult:
    """One case. Everything that a message says is masked."""

    id: str
    case: str
    rule: str
    source: str
    verdict: CaseVerdict
    why: str = ""
    """Why it failed, or is not applicable; empty for a pass."""
    steps: tuple[CaseStepResult, ...] = ()
    evidence: tuple[str, ...] = ()
    """The messages as they passed: a sequence diagram, line by line."""
    messages: tuple[str, ...] = ()
    """The messages of a case that failed, described."""
    elapsed_s: float = 0.0


@dataclass(frozen=True)
class PackResult:
    """A run of a pack against one system."""

    profile: str
    side: str
    """What the system was taken for: `issuer` or `acquirer`."""
    target: str
    dialect: str
    framing: str
    began: str
    """ISO 8601, UTC."""
    cases: tuple[CaseResult, ...]
    unreachable: str = ""
    """Why the system could not be reached at all."""
    interrupted: bool = False
    elapsed_s: float = 0.0

    @property
    def counts(self) -> Counter[CaseVerdict]:
        """How many cases by verdict."""
        return Counter(each.verdict for each in self.cases)

    @property
    def passed(self) -> bool:
        """Whether every applicable case passed, and one was."""
        counts = self.counts
        return not counts[CaseVerdict.FAIL] and counts[CaseVerdict.PASS] > 0

    @property
    def exit_code(self) -> int:
        """130 interrupted, 3 not reached, 1 a case failed (or none was applicable), 0 passed."""
        if self.interrupted:
            return 130
        if self.unreachable:
            return 3
        return 0 if self.passed else 1


def pack_document(result: PackResult) -> dict[str, Any]:
    """A result as plain data."""
    return {
        "format": 1,
        "profile": result.profile,
        "as": result.side,
        "target": result.target,
        "dialect": result.dialect,
        "framing": result.framing,
        "began": result.began,
        "elapsed_s": round(result.elapsed_s, 6),
        "verdict": "pass" if result.passed else "fail",
        "exit_code": result.exit_code,
        "unreachable": result.unreachable or None,
        "counts": {verdict.value: result.counts[verdict] for verdict in CaseVerdict},
        "cases": [
            {
                "id": each.id,
                "case": each.case,
                "rule": each.rule,
                "source": each.source,
                "verdict": each.verdict.value,
                "why": each.why or None,
                "elapsed_s": round(each.elapsed_s, 6),
                "steps": [{"text": step.text, "wrong": list(step.wrong)} for step in each.steps],
                "evidence": list(each.evidence),
                "messages": list(each.messages),
            }
            for each in result.cases
        ],
    }
