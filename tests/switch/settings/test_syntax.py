from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from switch.settings import Model, Problem
from switch.settings import document as document_module


class Loose(Model):
    a: Any = None
    b: Any = None
    c: Any = None


@pytest.fixture(params=["libyaml", "python"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plain words are the same with both of PyYAML's parsers."""
    if request.param == "python":
        monkeypatch.setattr(document_module, "new_events", document_module._PythonEvents)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a:\n\tb: 1\n", 2, "a tab cannot indent: YAML wants spaces"),
        ("a:\n  b: 1\n\tc: 2\n", 3, "a tab cannot indent: YAML wants spaces"),
        ("a: 1\n  b: 2\n", 2, "no key can stand here: the line above holds a value already"),
        ("a\nb: 2\n", 2, "no key can stand here: the line above holds a value already"),
        ("a: b: c\n", 1, "a second ':' in this line: put a text that holds ': ' in quotes"),
        ("a:\n    x: 1\n  y: 2\n", 3, "this line does not line up with the lines above it"),
        ("a:\n  - 1\n - 2\n", 3, "this line does not line up with the lines above it"),
        ("a: - 1\n", 1, "a list begins on a line of its own"),
        ("a: 1\nb\nc: 2\n", 2, "a key is not followed by ':'"),
        (": b\n", 1, "a key is missing before this ':'"),
        ("b: 1\na: 'x\nc: 2\n", 2, "a quote is opened and never closed"),
        ('b: 1\na: "x\n\n', 2, "a quote is opened and never closed"),
        ("a: 'it's'\n", 1, "the value has ended before this: put all of it in quotes"),
        ("a: [1, 2\nb: 3\n", 1, "a list in [ ] is not closed: ',' or ']' expected"),
        ("a: {x: 1, y: 2\nb: 3\n", 1, "a mapping in { } is not closed: ',' or '}' expected"),
        ("a: [1, 2}\n", 1, "a list in [ ] is not closed: ',' or ']' expected"),
        ("a: {x: [, y]}\n", 1, "a value is missing before ','"),
        ("a: @x\n", 1, "a value cannot begin with '@': put it in quotes"),
        ("a: `x`\n", 1, "a value cannot begin with '`': put it in quotes"),
        ("a: %x\n", 1, "a value cannot begin with '%': put it in quotes"),
        ("a: * x\n", 1, "no name follows '&' or '*': quote a text that begins so"),
        ("a: !x!y 1\n", 1, "tags are not read here: leave it out"),
        ('a: "\\q"\n', 1, "this escape is unknown in double quotes: use single quotes"),
        ('a: "\\xzz"\n', 1, "this escape is not complete"),
        ("a: |x\n  b\n", 1, "a text block begins on the line after '|' or '>'"),
        ("a: 1\n...\nb: 2\n", 3, "the document has ended before this"),
        ("%YAML 2.0\n---\na: 1\n", 1, "a line that begins with '%' is not read here"),
    ],
)
def test_a_syntax_error_is_said_in_plain_words_where_it_is_mended(
    text: str,
    line: int,
    message: str,
    problems: Callable[[str, type[Model]], tuple[Problem, ...]],
) -> None:
    (problem,) = problems(text, Loose)
    assert (problem.line, problem.message) == (line, message)
