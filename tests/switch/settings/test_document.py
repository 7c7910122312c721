from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from switch.settings import Model, SettingsError
from switch.settings import document as document_module
from switch.settings.document import DEPTH_MAX, NODES_MAX, read_document
from switch.settings.source import Source

Told = Callable[[str, type[Model]], list[str]]


class Loose(Model):
    a: Any = None
    b: Any = None


@pytest.fixture(params=["libyaml", "python"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test here holds with both of PyYAML's parsers."""
    if request.param == "python":
        monkeypatch.setattr(document_module, "new_events", document_module._PythonEvents)


def data(text: str) -> Any:
    return read_document(Source("f.yaml", text)).root.data


@pytest.mark.parametrize(
    "text",
    ["0200", "10:36:01", "on", "yes", "0x10", "1_000", "1.50", "2026-11-24", "1e3", "="],
)
def test_a_scalar_stays_the_text_it_is(text: str) -> None:
    assert data(f"a: {text}\n") == {"a": text}


@pytest.mark.parametrize("text", ["", "null", "~", "NULL"])
def test_nothing_is_none(text: str) -> None:
    assert data(f"a: {text}\n") == {"a": None}


@pytest.mark.parametrize("text", ["''", '""', "'null'", '"~"'])
def test_a_quoted_scalar_is_always_text(text: str) -> None:
    assert data(f"a: {text}\n") == {"a": text[1:-1]}


@pytest.mark.parametrize("key", ["on", "null", "~", "0200", "'<<'", "true"])
def test_a_key_is_always_text(key: str) -> None:
    assert list(data(f"{key}: 1\n")) == [key.strip("'")]


def test_an_alias_stands_for_its_value() -> None:
    assert data("a: &x [1, {k: v}]\nb: *x\n") == {"a": ["1", {"k": "v"}], "b": ["1", {"k": "v"}]}


def test_an_aliased_key_is_one() -> None:
    assert data("a: &x k\nb: {*x : 1}\n") == {"a": "k", "b": {"k": "1"}}


def test_a_document_may_have_marks_around_it() -> None:
    assert data("---\na: 1\n...\n") == {"a": "1"}


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("", "f.yaml: the file is empty"),
        ("# only a comment\n", "f.yaml: the file is empty"),
        ("---\n", "f.yaml: the file is empty"),
        ("~\n", "f.yaml: the file is empty"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document begins here: one file, one document"),
        ("a: !!python/name:os.system\n", "f.yaml:1:4: the tag '!!python/name:os.system' is not "),
        ("a: !!str 1\n", "f.yaml:1:4: the tag '!!str' is not read here: leave it out"),
        ("a: &x {k: 1}\nb: {<<: *x}\n", "f.yaml:2:5: merge keys ('<<') are not read here"),
        ("a: &x [*x]\n", "f.yaml:1:8: '*x' stands inside the value that it names"),
        ("a: &x {k: *x}\n", "f.yaml:1:11: '*x' stands inside the value that it names"),
        ("a: &card 1\nb: *crd\n", "f.yaml:2:4: no anchor '&crd' comes before this, did you mean"),
        ("a: &x 1\nb: &x 2\n", "f.yaml:2:4: the anchor '&x' is used twice"),
        ("? [a]\n: b\n", "f.yaml:1:3: a key must be one word, not a list or a mapping"),
        ("a: \0\n", "f.yaml:1:4: the character 0x0000 cannot stand in YAML"),
        ("a: b\u2028c: d\n", "f.yaml:1:5: the character 0x2028 cannot stand in YAML"),
        ("a: \ud800\n", "f.yaml:1:4: the character 0xd800 cannot stand in YAML"),
    ],
)
def test_what_is_not_accepted_is_refused_at_its_place(text: str, first: str, told: Told) -> None:
    assert told(text, Loose)[0].startswith(first)


def test_an_escape_that_names_no_character_is_refused(told: Told) -> None:
    assert "names no character" in told('a: "\\ud800"\n', Loose)[0]
    assert "names no character" in told('a: "\\U00110000"\n', Loose)[0]


def test_every_duplicate_key_is_shown_with_the_line_of_the_first(told: Told) -> None:
    assert told("a: 1\nb: {x: 1, x: 2}\n'a': 3\na: 4\n", Loose) == [
        "f.yaml:2:11: the key 'x' is already given in line 2",
        "f.yaml:3:1: the key 'a' is already given in line 1",
        "f.yaml:4:1: the key 'a' is already given in line 1",
    ]


def test_duplicate_keys_do_not_hide_other_problems(told: Told) -> None:
    assert told("a: 1\na: 2\nc: 3\n", Loose) == [
        "f.yaml:2:1: the key 'a' is already given in line 1",
        "f.yaml:3:1: unknown key 'c', known here: 'a' and 'b'",
    ]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused_however_deep(opening: str, told: Told) -> None:
    assert "the nesting is" in told(opening * 100_000, Loose)[0]


def test_the_deepest_nesting_allowed_is_read() -> None:
    text = "[" * DEPTH_MAX + "x" + "]" * DEPTH_MAX
    assert str(data(text)) == text.replace("x", "'x'")
    with pytest.raises(SettingsError, match=f"deeper than {DEPTH_MAX} levels"):
        data(f"[{text}]")


def test_aliases_cannot_multiply_beyond_the_limit(told: Told) -> None:
    lines = ["b:", "- &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"- &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    assert f"the document holds more than {NODES_MAX:,} values" in told("\n".join(lines), Loose)[0]


def test_aliases_cannot_nest_beyond_the_limit(told: Told) -> None:
    lines = ["b:", "- &a0 [x]"] + [f"- &a{i} [*a{i - 1}]" for i in range(1, 200)]
    assert f"aliases nest deeper than {DEPTH_MAX} levels" in told("\n".join(lines), Loose)[0]


def test_nodes_do_not_show_their_values() -> None:
    document = read_document(Source("f.yaml", "a: 9504010000000019\nb: [9504010000000019]\n"))
    assert "95040100" not in repr(document)
