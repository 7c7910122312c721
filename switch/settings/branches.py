"""Errors of unions made readable: the branch that got furthest speaks, the others are silent."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from switch.settings.tree import Step, Where, where_of


@dataclass(frozen=True)
class Complaint:
    """One error and its place.

    `expected` is set, and `message` is not, when it only says what kind of value is wanted.
    `missing` is the key that the mapping at `where` lacks, `unknown` the one that stands at
    `where` and should not.
    """

    where: Where
    message: str = ""
    expected: str = ""
    suggestion: str | None = None
    on_key: bool = False
    missing: str | None = None
    unknown: str | None = None


Entry = tuple[tuple[Step, ...], Complaint]


def settled(entries: list[Entry], depth: int = 0) -> list[Complaint]:
    """The complaints that matter, in their order; each union keeps those of one branch."""
    unions: dict[tuple[Step, ...], dict[str | int, list[Entry]]] = defaultdict(
        lambda: defaultdict(list)
    )
    kept: list[Complaint] = []
    for entry in entries:
        steps, complaint = entry
        fork = next((i for i in range(depth, len(steps)) if not steps[i][1]), None)
        if fork is None:
            kept.append(complaint)
        else:
            unions[steps[:fork]][steps[fork][0]].append(entry)
    for before, branches in unions.items():
        after = len(before) + 1
        kept += _furthest(where_of(before), [settled(one, after) for one in branches.values()])
    return kept


def _furthest(where: Where, branches: list[list[Complaint]]) -> list[Complaint]:
    """The complaints of the branch that understood most of the value at `where`."""
    if len(branches) == 1:
        return branches[0]
    understood = [branch for branch in branches if not _refused(where, branch)]
    if understood:
        return min(understood, key=lambda branch: _strangeness(where, branch))
    refusals = [complaint for branch in branches for complaint in branch]
    expected = list(dict.fromkeys(complaint.expected for complaint in refusals))
    suggestions = [complaint.suggestion for complaint in refusals if complaint.suggestion]
    return [
        Complaint(where, expected=" or ".join(expected), suggestion=next(iter(suggestions), None))
    ]


def _refused(where: Where, branch: list[Complaint]) -> bool:
    """Whether a branch only says that the value is of another kind altogether."""
    return all(complaint.where == where and bool(complaint.expected) for complaint in branch)


def _strangeness(where: Where, branch: list[Complaint]) -> tuple[int, int, int]:
    """How little a branch recognised: keys it missed or did not know, then depth, then number."""
    keys = sum(
        (complaint.missing is not None and complaint.where == where)
        or (complaint.unknown is not None and complaint.where[:-1] == where)
        for complaint in branch
    )
    return keys, -max(len(complaint.where) for complaint in branch), len(branch)
