"""The variables of a scenario file put into its text, before anything else reads it.

What a file calls `vars`, what a case of `parametrize` says, and what the command sets are known
before the run: they are filled into the document, and every place in the file stays what it was.
What steps capture is known later: such a `${name}` is left standing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from simulator.scenario.message_templates import GENERATED
from simulator.scenario.templates import (
    Lookup,
    TemplateError,
    fill,
    fill_known,
    is_template,
    names_in,
)
from switch.settings import Problem, SettingsError, suggest
from switch.settings.document import Document, Node, Scalar, Sequence
from switch.settings.document import Mapping as MappingNode

CARD_NAMES = ("card.", "expiry.")
"""What messages may ask for of a card: `${card.visitor}` is its number."""

LEFT_ALONE = frozenset({"vars", "parametrize"})


@dataclass(frozen=True)
class Given:
    """What is known before the run: values by name, and the names that only the run will know."""

    values: Mapping[str, str]
    later: Collection[str] = ()

    def lookup(self, name: str) -> str | None:
        """The value of a name, or None."""
        return self.values.get(name)

    def knows(self, name: str) -> bool:
        """Whether a name has a value, now or during the run."""
        made = name in GENERATED or name.startswith(CARD_NAMES)
        return made or name in self.values or name in self.later


def chained(values: Mapping[str, str]) -> dict[str, str]:
    """Values that name others with those filled in, each from those in front of it.

    >>> chained({"host": "GAB0", "gab": "${host}0001"})
    {'host': 'GAB0', 'gab': 'GAB00001'}
    """
    told: dict[str, str] = {}
    for name, value in values.items():
        with suppress(TemplateError):
            value = fill_known(value, told.get)
        told[name] = value
    return told


def captured_in(data: Any) -> Iterator[str]:
    """The names that a file's steps give values to, wherever they stand."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "capture" and isinstance(value, dict):
                yield from value
            if key == "loop" and isinstance(value, dict):
                yield str(value.get("as", "index"))
            if key == "retry":
                yield "attempt"
            if key == "load":
                yield from ("terminal", "card", "iteration", "amount")
            yield from captured_in(value)
    elif isinstance(data, list):
        for item in data:
            yield from captured_in(item)


def filled(document: Document, given: Given) -> Document:
    """The same document with what is known filled in. Raises SettingsError, all of it at once."""
    filler = _Filler(document, given)
    root = filler.root()
    if filler.problems:
        raise SettingsError(filler.problems)
    return replace(document, root=root)


def filled_data(data: Any, lookup: Lookup) -> Any:
    """Plain data (of a step) with every text filled in. Raises TemplateError."""
    return _mapped(data, lambda text: fill(text, lookup))


def is_late(data: Any) -> bool:
    """Whether anything in plain data is still to be filled in."""
    if isinstance(data, str):
        return is_template(data)
    if isinstance(data, dict):
        return any(is_late(key) or is_late(value) for key, value in data.items())
    return isinstance(data, list) and any(is_late(item) for item in data)


def _mapped(data: Any, change: Callable[[str], str]) -> Any:
    if isinstance(data, str):
        return change(data) if is_template(data) else data
    if isinstance(data, dict):
        return {_mapped(key, change): _mapped(value, change) for key, value in data.items()}
    if isinstance(data, list):
        return [_mapped(item, change) for item in data]
    return data


class _Filler:
    def __init__(self, document: Document, given: Given) -> None:
        self._document = document
        self._given = given
        self.problems: list[Problem] = []

    def root(self) -> Node:
        root = self._document.root
        if not isinstance(root, MappingNode):
            return root
        return self._mapping(root, LEFT_ALONE)

    def _node(self, node: Node) -> Node:
        if isinstance(node, Scalar):
            return self._scalar(node)
        if isinstance(node, Sequence):
            items = [self._node(item) for item in node.items]
            data = [item.data for item in items]
            return replace(node, items=items, data=data)
        return self._mapping(node, frozenset())

    def _mapping(self, node: MappingNode, left_alone: frozenset[str]) -> MappingNode:
        entries: dict[str, tuple[Scalar, Node]] = {}
        for name, (key, value) in node.entries.items():
            new_key = self._scalar(key)
            new_value = value if name in left_alone else self._node(value)
            entries[new_key.data or name] = (new_key, new_value)
        data = {name: value.data for name, (_, value) in entries.items()}
        return replace(node, entries=entries, data=data)

    def _scalar(self, node: Scalar) -> Scalar:
        text = node.data
        if text is None or not is_template(text):
            return node
        try:
            for name in names_in(text):
                if not self._given.knows(name):
                    raise TemplateError(f"nothing is called '{name}' here", name)
            new = fill_known(text, self._given.lookup)
        except TemplateError as error:
            known = (*self._given.values, *self._given.later, *GENERATED)
            meant = suggest(error.name, known) if error.name else None
            source = self._document.source
            self.problems.append(source.problem(node.start, node.end, str(error), suggestion=meant))
            return node
        return replace(node, data=new)
