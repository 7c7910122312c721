"""Paths into a document: where a value stands, and which node pydantic's `loc` means."""

from __future__ import annotations

from typing import Any

from switch.settings.document import Mapping, Node, Scalar, Sequence

Where = tuple[str | int, ...]
Step = tuple[str | int, bool]
"""An element of a `loc`, and whether it is a step into the document; else it names the branch of
a union."""


def child(node: Node | None, step: str | int) -> Node | None:
    """What stands under a key or at an index, or None."""
    if isinstance(node, Mapping):
        entry = node.entries.get(str(step))
        return None if entry is None else entry[1]
    if isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None


def node_at(root: Node, where: Where) -> Node | None:
    """The node at a path, or None when it leads nowhere."""
    node: Node | None = root
    for step in where:
        node = child(node, step)
    return node


def span_of(root: Node, where: Where, *, on_key: bool = False) -> tuple[int, int]:
    """Start and end of the value at `where` (its key with `on_key`), or of the deepest that exists.

    An empty value has no extent: its key stands for it.
    """
    node, key = root, None
    for step in where:
        below = child(node, step)
        if below is None:
            break
        key = node.entries[str(step)][0] if isinstance(node, Mapping) else None
        node = below
    if key is not None and (on_key or node.start == node.end):
        return key.start, key.end
    return node.start, max(node.end, node.start + 1)


def steps_of(root: Node, loc: Where, given: Any) -> tuple[Step, ...]:
    """Which elements of a pydantic `loc` are steps into the document.

    Pydantic mixes the names of union branches into its locations, and such a name may also be a
    key. The reading that ends at the very object the error is about is the right one; where
    none does (a validator has changed the data), every element that can be a step is one.
    """
    failed: set[tuple[int, int]] = set()

    def search(node: Node, index: int) -> tuple[Step, ...] | None:
        if index == len(loc):
            return () if _is(node, given) else None
        if (id(node), index) in failed:
            return None
        element = loc[index]
        below = child(node, element)
        if below is not None and (rest := search(below, index + 1)) is not None:
            return ((element, True), *rest)
        if isinstance(element, str) and (rest := search(node, index + 1)) is not None:
            return ((element, False), *rest)
        failed.add((id(node), index))
        return None

    found = search(root, 0)
    return found if found is not None else _greedy(root, loc)


def _greedy(root: Node, loc: Where) -> tuple[Step, ...]:
    """Every element that can be a step, the others left out: they may be anything."""
    node = root
    steps: list[Step] = []
    for element in loc:
        if (below := child(node, element)) is not None:
            steps.append((element, True))
            node = below
    return tuple(steps)


def where_of(steps: tuple[Step, ...]) -> Where:
    """The path that steps make, names of branches left out."""
    return tuple(element for element, is_step in steps if is_step)


def _is(node: Node, given: Any) -> bool:
    if isinstance(node, Scalar):
        return type(given) is type(node.data) and bool(given == node.data)
    return given is node.data
