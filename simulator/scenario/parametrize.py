"""The cases of a scenario that is one test with several values.

parametrize: {amount: [100.00, 200.00], card: [amina, brahim]}     # every combination
parametrize:                                                       # these cases, no others
  - {name: enough, amount: 100.00, code: "00"}
  - {name: too much, amount: 900.00, code: "51"}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice, product

from simulator.scenario.templates import NAME
from switch.settings import Problem, SettingsError
from switch.settings.document import Document, Node, Scalar, Sequence
from switch.settings.document import Mapping as MappingNode

CASES_MAX = 1_000
NAME_KEY = "name"


@dataclass(frozen=True)
class Case:
    """One case: its values by name, and what it is called; one without a name is the only one."""

    values: Mapping[str, str]
    name: str = ""


def cases_of(document: Document) -> list[Case]:
    """The cases that a file's `parametrize` says, or one without values.

    Raises SettingsError with everything that is wrong in it.
    """
    root = document.root
    entry = root.entries.get("parametrize") if isinstance(root, MappingNode) else None
    if entry is None:
        return [Case({})]
    reader = _Reader(document)
    cases = reader.cases(entry[1])
    if reader.problems:
        raise SettingsError(reader.problems)
    return cases


def variables_of(document: Document) -> dict[str, str]:
    """The values of a file's `vars`. Raises SettingsError."""
    root = document.root
    entry = root.entries.get("vars") if isinstance(root, MappingNode) else None
    if entry is None:
        return {}
    reader = _Reader(document)
    values = reader.values(entry[1])
    if reader.problems:
        raise SettingsError(reader.problems)
    return values


class _Reader:
    def __init__(self, document: Document) -> None:
        self._source = document.source
        self.problems: list[Problem] = []

    def cases(self, node: Node) -> list[Case]:
        if isinstance(node, Sequence) and node.items:
            found = [self._case(item, number) for number, item in enumerate(node.items, 1)]
        elif isinstance(node, MappingNode) and node.entries:
            found = self._combinations(node)
        else:
            self._wrong(node, "expected a list of cases, or a list of values for each name")
            return []
        if len(found) > CASES_MAX:
            self._wrong(node, f"these are more than {CASES_MAX:,} cases")
        seen: set[str] = set()
        for case in found:
            if case.name in seen:
                self._wrong(node, f"two cases are called '{case.name}'")
            seen.add(case.name)
        return found

    def values(self, node: Node) -> dict[str, str]:
        if not isinstance(node, MappingNode):
            self._wrong(node, "expected names and their values")
            return {}
        values = {}
        for name, (key, value) in node.entries.items():
            if NAME.fullmatch(name) is None:
                self._wrong(key, f"'{name}' is no name: letters, digits, '_' and '-'")
            if not isinstance(value, Scalar) or value.data is None:
                self._wrong(value, "expected one value")
            else:
                values[name] = value.data
        return values

    def _case(self, node: Node, number: int) -> Case:
        values = self.values(node)
        name = values.pop(NAME_KEY, "")
        if not values:
            self._wrong(node, "a case needs a value")
        return Case(values, name or _shown(values) or str(number))

    def _combinations(self, node: MappingNode) -> list[Case]:
        names, lists = [], []
        for name, (key, value) in node.entries.items():
            if NAME.fullmatch(name) is None:
                self._wrong(key, f"'{name}' is no name: letters, digits, '_' and '-'")
            items = value.items if isinstance(value, Sequence) else []
            if not items:
                self._wrong(value, "expected a list of values")
            for item in items:
                if not isinstance(item, Scalar) or item.data is None:
                    self._wrong(item, "expected one value")
            names.append(name)
            lists.append([item.data or "" for item in items if isinstance(item, Scalar)])
        combinations = islice(product(*lists), CASES_MAX + 1)
        each = [dict(zip(names, values, strict=True)) for values in combinations]
        return [Case(values, _shown(values)) for values in each]

    def _wrong(self, node: Node, message: str) -> None:
        end = max(node.end, node.start + 1)
        self.problems.append(self._source.problem(node.start, end, message))


def _shown(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())
