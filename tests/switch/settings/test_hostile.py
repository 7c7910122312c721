"""No text whatsoever brings anything but a model or a SettingsError."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import Field

from switch.settings import (
    Digits,
    DurationS,
    Flag,
    Model,
    MoneyMinor,
    Number,
    Pan,
    SettingsError,
    Text,
    Whole,
    parse,
)
from switch.settings import document as document_module


class Host(Model):
    kind: Literal["host"]
    port: Annotated[Whole, Field(ge=1)]
    timeout: DurationS = 6.0


class Core(Model):
    kind: Literal["core"]
    fee: MoneyMinor
    inner: Host | Whole | None = None


class Network(Model):
    a: Any = None
    name: Text = "local"
    hosts: tuple[Annotated[Host | Core, Field(discriminator="kind")], ...] = ()
    cards: dict[Annotated[str, Digits(4)], Pan] = Field(default_factory=dict)
    rate: Number | Flag | None = None


KEYS = ["a", "name", "hosts", "cards", "rate", "kind", "port", "timeout", "fee", "inner", "x"]
WORDS = ["host", "core", "1", "0", "6s", "350.75", "9504010000000019", "true", "", "0001", "é"]
PIECES = [
    *"[]{}:,-?&*!|>'\"%@`#~ \n\t\r\\",
    "\n  ",
    "- ",
    "---",
    "...",
    "<<",
    "&a ",
    "*a",
    "!!str ",
]
PIECES += [f"{key}: " for key in KEYS] + WORDS + ["\u0661", "\u2028", "\ufeff", "\x00", "%YAML"]
YAML_LIKE = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def flow(value: Any) -> str:
    """A value in flow style, so that it always reads as what it is."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return str(value)


TREES = st.dictionaries(
    st.sampled_from(KEYS),
    st.recursive(
        st.sampled_from(WORDS),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
        ),
        max_leaves=12,
    ),
)


def end(text: str, parser: Callable[[str], Any]) -> str | None:
    """How reading ends: None with a model, otherwise what the error says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(document_module, "new_events", parser)
        try:
            parse(text, "f.yaml", Network)
        except SettingsError as error:
            return str(error)
    return None


@given(st.text() | YAML_LIKE)
@example("? ")
@example("a: |\n\t")
@example("%")
@example('a: "\\U99999999"')
@example("&a : *a")
@example("a: !")
@example("- &a\n- *a")
def test_any_text_is_a_model_or_a_settings_error(text: str) -> None:
    for parser in (document_module.new_events, document_module._PythonEvents):
        told = end(text, parser)
        assert told is None or told.startswith("f.yaml")


@given(TREES.map(flow))
def test_any_tree_is_a_model_or_problems_with_places(text: str) -> None:
    told = end(text, document_module.new_events)
    assert told is None or all(
        line.startswith(("f.yaml:1:", "    1 | ", "      | ")) for line in told.splitlines()
    )


@given(TREES.map(flow))
def test_both_parsers_tell_the_same(text: str) -> None:
    fast = end(text, document_module.new_events)
    assert end(text, document_module._PythonEvents) == fast
