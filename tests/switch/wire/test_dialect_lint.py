from __future__ import annotations

from pathlib import Path

import pytest

from switch.settings import SettingsError
from switch.wire import dialect_names
from switch.wire.dialect_lint import lint_dialect


def lint(folder: Path, text: str) -> list[str]:
    file = folder / "own.yaml"
    file.write_text(f"title: Own\nextends: gab87\n{text}")
    return [problem.render() for problem in lint_dialect(str(file))]


@pytest.mark.parametrize("name", dialect_names())
def test_what_is_shipped_is_clean(name: str) -> None:
    assert lint_dialect(name) == []


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("fields: {4: {length: 12}}", "3:10", "element 4 says what gab87 says already"),
        ('presence: [{messages: ["0200"]}]', "3:12", "this rule says nothing"),
        ('presence: [{messages: ["3200"], must: [3]}]', "3:23", "there are no such message types"),
        (
            'presence: [{messages: ["0200"], must: [3]}, {messages: [x2xx], must: [4]}]',
            "3:12",
            "later rules replace all of this one",
        ),
        (
            'presence: [{messages: ["0200"], must: [38]}]',
            "3:1",
            "in 0200 element 38 must be and must not be",
        ),
        (
            'presence: [{messages: ["0200"], may: [39]}]',
            "3:1",
            "in 0200 element 39 may be and must not be",
        ),
        (
            'presence: [{messages: ["0200"], echoed: [22]}]',
            "3:1",
            "0210 repeats element 22 of 0200 and must not have it",
        ),
        (
            "fields: {120: {structure: {type: tlv, tag: 2, length: 3, tags: "
            '{"01": {name: one}, "02": {name: one}}}}}',
            "3:16",
            "120.01 and 120.02 have one name: one",
        ),
        (
            "fields: {44: {structure: {type: tlv, tag: 2, length: 2, tags: "
            '{"01": {name: one, length: 30}}}}}',
            "3:15",
            "44.01 has no room: 30 in an element of 25",
        ),
        (
            "fields: {44: {structure: {type: positional, parts: "
            "[{name: one, length: 25}, {name: two, length: LL ..9}, {name: three, length: 2}]}}}",
            "3:15",
            "44.2 cannot be reached: the element ends after 25",
        ),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_place(
    tmp_path: Path, text: str, place: str, words: str
) -> None:
    [problem] = lint(tmp_path, text)
    assert f"own.yaml:{place}: {words}" in problem


def test_cardholder_data_that_would_be_shown_is_found(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        "title: Own\n"
        "encoding: {text: ascii, numeric: ascii, binary: hex, bitmap: hex, length: ascii}\n"
        "fields:\n  52: {name: PIN, kind: b, length: 8}\n"
    )
    [problem] = lint_dialect(str(file))
    words = "own.yaml:4:3: element 52 is shown in clear: mark it `sensitive: pin`"
    assert words in problem.render()


def test_a_change_of_encoding_may_repeat_an_element(tmp_path: Path) -> None:
    assert lint(tmp_path, "encoding: {length: bcd}\nfields: {4: {length: 12}}") == []


def test_a_later_rule_about_other_types_leaves_a_rule_alone(tmp_path: Path) -> None:
    text = 'presence: [{messages: [x2xx], must: [4]}, {messages: ["0200"], must: [3, 4]}]'
    assert lint(tmp_path, text) == []


def test_a_file_that_is_not_valid_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        lint(tmp_path, "fields: {4: {length: none}}")
