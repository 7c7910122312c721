from __future__ import annotations

from pathlib import Path

import pytest

from switch.wire import Dialect, dialect_names, load_dialect
from switch.wire.dialect_diff import Difference, differences

GAB87 = load_dialect("gab87")


def own(folder: Path, text: str, name: str = "own") -> Dialect:
    file = folder / f"{name}.yaml"
    file.write_text(f"title: Own\nextends: gab87\n{text}")
    return load_dialect(str(file))


@pytest.mark.parametrize("name", dialect_names())
def test_a_dialect_does_not_differ_from_itself(name: str) -> None:
    assert differences(load_dialect(name), load_dialect(name)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("fields: {4: {length: 10}}", [Difference("4", "length", "12", "10")]),
        (
            "fields: {4: {name: Montant}}",
            [Difference("4", "name", "Amount, transaction", "Montant")],
        ),
        ("fields: {41: {kind: an}}", [Difference("41", "kind", "ans", "an")]),
        (
            "fields: {41: {sensitive: key}}",
            [Difference("41", "notes", "not blank", "not blank, cardholder data (key)")],
        ),
        ("fields: {2: {encoding: bcd}}", [Difference("2", "written", "ASCII", "BCD")]),
        ("fields: {2: {length_encoding: bcd}}", [Difference("2", "its length", "ASCII", "BCD")]),
        ("encoding: {bitmap: raw}", [Difference("", "bitmaps", "hexadecimal text", "bytes")]),
        (
            "fields: {130: {name: More, kind: n, length: 3}}",
            [Difference("130", "element", "", "More n 3")],
        ),
    ],
)
def test_what_differs_is_told_where_it_does(
    tmp_path: Path, text: str, found: list[Difference]
) -> None:
    assert differences(GAB87, own(tmp_path, text)) == found
    reversed_ = [one._replace(left=one.right, right=one.left) for one in found]
    assert differences(own(tmp_path, text), GAB87) == reversed_


def test_sub_fields_are_told_by_their_path(tmp_path: Path) -> None:
    text = """
fields:
  3:
    structure:
      type: positional
      parts: [{name: transaction, length: 2}, {name: accounts, length: 4}]
"""
    assert differences(GAB87, own(tmp_path, text)) == [
        Difference("3.2", "name", "from account", "accounts"),
        Difference("3.2", "length", "2", "4"),
        Difference("3.3", "sub-field", "to account n 2", ""),
    ]


def test_what_is_inside_a_missing_sub_field_is_not_told_again(tmp_path: Path) -> None:
    text = """
fields:
  120:
    structure:
      type: tlv
      tag: 2
      length: 3
      tags:
        "01":
          name: outer
          structure:
            type: positional
            parts: [{name: inner, length: 2}]
"""
    paths = [one.path for one in differences(GAB87, own(tmp_path, text))]
    assert paths == ["120", "120.01"]


def test_message_types_with_the_same_difference_are_told_together(tmp_path: Path) -> None:
    text = 'presence: [{messages: ["0200", "0201"], must: [3, 4, 11, 102]}]'
    assert differences(GAB87, own(tmp_path, text)) == [
        Difference("0200, 0201", "must", "7, 12, 13, 18, 22, 25, 32, 37, 41, 42, 49", "102")
    ]


def test_a_rule_that_one_lacks_is_told(tmp_path: Path) -> None:
    text = 'presence: [{messages: ["0200"], may: [60]}]'
    assert differences(GAB87, own(tmp_path, text)) == [
        Difference("0200", "may", "no rule", "60"),
    ]
