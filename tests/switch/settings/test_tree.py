from __future__ import annotations

from typing import Any

import pytest

from switch.settings.document import Node, read_document
from switch.settings.source import Source
from switch.settings.tree import node_at, steps_of


def root(text: str) -> Node:
    return read_document(Source("f.yaml", text)).root


def test_a_name_of_a_branch_that_is_also_a_key_is_told_apart_by_what_it_leads_to() -> None:
    tree = root("host: {port: '1'}\nport: '2'\n")
    outer: Any = tree.data
    inner = outer["host"]
    assert steps_of(tree, ("host",), inner) == (("host", True),)
    assert steps_of(tree, ("host",), outer) == (("host", False),)


def test_an_equal_text_elsewhere_does_not_mislead() -> None:
    tree = root("host: {port: x}\nport: y\n")
    assert steps_of(tree, ("host", "port"), "y") == (("host", False), ("port", True))


def test_a_loc_that_leads_nowhere_keeps_what_can_be_followed() -> None:
    assert steps_of(root("a: [{b: 1}]\n"), ("a", 0, "made", "up"), {}) == (("a", True), (0, True))


def test_a_search_does_not_try_the_same_twice() -> None:
    tree = root("{a: " * 60 + "x" + "}" * 60)
    loc = ("a",) * 59
    assert steps_of(tree, loc, object()) == tuple((step, True) for step in loc)


@pytest.mark.parametrize(
    ("where", "data"),
    [((), {"a": ["x", None]}), (("a",), ["x", None]), (("a", 0), "x"), (("a", 1), None)],
)
def test_a_path_leads_to_its_node(where: tuple[str | int, ...], data: Any) -> None:
    node = node_at(root("a: [x, ~]\n"), where)
    assert node is not None
    assert node.data == data


@pytest.mark.parametrize("where", [("b",), ("a", 2), ("a", -1), ("a", "0"), ("a", 0, "x")])
def test_a_path_that_leads_nowhere_has_no_node(where: tuple[str | int, ...]) -> None:
    assert node_at(root("a: [x, ~]\n"), where) is None
