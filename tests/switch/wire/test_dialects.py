from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from switch.settings import SettingsError, config_folder
from switch.wire import Codec, WireError, dialect_names, dialect_schema, load_dialect
from switch.wire.dialect import Positional, Tlv

NAMES = ["gab87", "iso87-ascii", "iso87-binary", "iso87-ebcdic", "iso93-ascii", "iso93-binary"]
MINIMAL = """\
title: Test
encoding: {text: ascii, numeric: ascii, binary: hex, bitmap: hex, length: ascii}
fields:
  11: {name: STAN, kind: n, length: 6}
"""


def written(folder: Path, text: str, name: str = "bank") -> str:
    path = folder / f"{name}.yaml"
    path.write_text(text)
    return str(path)


def problems(path: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_dialect(path)
    return str(caught.value)


def test_the_shipped_dialects_are_found_by_name() -> None:
    assert dialect_names() == NAMES
    assert [load_dialect(name).name for name in dialect_names()] == dialect_names()


@pytest.mark.parametrize("name", NAMES)
def test_every_element_of_the_standard_is_there(name: str) -> None:
    numbers = [field.number for field in load_dialect(name).fields.values()]
    assert numbers == [number for number in range(2, 129) if number != 65]


def test_a_dialect_inherits_what_it_does_not_say() -> None:
    base, gab87 = load_dialect("iso87-ascii"), load_dialect("gab87")
    assert gab87.ancestry == ("iso87-ascii",)
    assert gab87.presence("0200") == base.presence("0200")
    assert gab87.fields["2"] == base.fields["2"]
    assert gab87.fields["48"].kind == "ans"
    assert isinstance(gab87.fields["48"].structure, Tlv)
    assert gab87.name_of("48.05") == "articles in centimes"
    assert gab87.name_of("48.99") == "Bill data"
    assert gab87.name_of("65") == ""


def test_sub_fields_fill_their_element() -> None:
    for name in dialect_names():
        for field in load_dialect(name).fields.values():
            if isinstance(field.structure, Positional):
                size = sum(part.length for part in field.structure.parts)
                assert size * field.structure.entries == field.longest


def test_the_same_file_is_compiled_once_and_a_changed_one_again(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL)
    first = load_dialect(path)
    assert load_dialect(path) is first
    written(tmp_path, MINIMAL + "  12: {name: Time, kind: n, length: 6, format: hhmmss}\n")
    os.utime(path, ns=(1, 1))
    assert list(load_dialect(path).fields) == ["11", "12"]


def test_a_bank_extends_a_shipped_dialect_in_a_few_lines(tmp_path: Path) -> None:
    text = 'title: Bank\nextends: gab87\nfields:\n  43: {length: "LL ..99"}\n'
    bank = load_dialect(written(tmp_path, text))
    assert bank.ancestry == ("gab87", "iso87-ascii")
    assert bank.fields["43"].length_words == "LL ..99"
    assert Codec(bank).encode({"t": "0200", "43": "RABAT"}).endswith(b"05RABAT")


def test_a_dialect_beside_it_is_extended_before_a_shipped_one(tmp_path: Path) -> None:
    written(tmp_path, MINIMAL, "gab87")
    bank = load_dialect(written(tmp_path, "title: Bank\nextends: gab87\n"))
    assert list(bank.fields) == ["11"]


def test_a_dialect_goes_without_an_inherited_element_and_its_rules(tmp_path: Path) -> None:
    base = load_dialect("iso87-ascii")
    text = "title: T\nextends: iso87-ascii\nwithout: [37, 61]\n"
    bank = load_dialect(written(tmp_path, text))
    assert base.fields.keys() - bank.fields.keys() == {"37", "61"}
    rules = bank.presence("0200")
    assert rules is not None
    assert {"37"} == set(base.presence("0200").must) - set(rules.must)  # type: ignore[union-attr]
    assert "37" not in bank.echoed("0200")
    body = Codec(base).encode({"t": "0800", "11": "000001", "61": "x"})
    with pytest.raises(WireError, match="61"):
        Codec(bank).decode(body)
    again = "title: T\nextends: bank\nfields:\n  61: {name: Ours, kind: n, length: 2}\n"
    assert load_dialect(written(tmp_path, again, "branch")).fields["61"].kind == "n"


def test_an_element_that_a_dialect_lacks_is_refused_in_its_bitmap(tmp_path: Path) -> None:
    codec = Codec(load_dialect(written(tmp_path, MINIMAL)))
    assert codec.decode(b"08000020000000000000000001") == {"t": "0800", "11": "000001"}
    with pytest.raises(Exception, match="only elements of bank, found bit 12"):
        codec.decode(b"08000030000000000000000001113601")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title: T\nextends: gab88\n", "extends an unknown dialect 'gab88', did you mean 'gab87'?"),
        ("title: T\nextends: bank\n", "extends itself"),
        ("title: T\nfields: {}\n", "missing key 'numeric' in the encoding"),
        (MINIMAL + "  4: {kind: n, length: 12}\n", "field 4: missing key 'name'"),
        (MINIMAL + "  4: {name: A, kind: m, length: 12}\n", "bank.yaml:5:22"),
        (MINIMAL + "  4: {name: A, kind: n, length: 0}\n", "a fixed length is at least 1"),
        (MINIMAL + "  4: {name: A, kind: n, length: LL..19}\n", "expected a length such as"),
        (MINIMAL + "  4: {name: A, kind: n, length: LL ..100}\n", "does not fit into 2 digits"),
        (MINIMAL + "  4: {name: A, kind: n, length: LL 9..8}\n", "is above the longest"),
        (MINIMAL + "  65: {name: A, kind: n, length: 1}\n", "2 to 192 without 65"),
        (MINIMAL + "  012: {name: A, kind: n, length: 1}\n", "expected a data element"),
        (MINIMAL + "  4: {name: A, kind: n, length: 6, encoding: hex}\n", "kind n cannot be hex"),
        (MINIMAL + "  4: {name: A, kind: n, length: 6, format: MMDD}\n", "MMDD has 4 characters"),
        (MINIMAL + "  4: {name: A, kind: x+n, length: 8, encoding: bcd}\n", "in BCD, x+n is fixed"),
        (
            MINIMAL + "  4: {name: A, kind: z, length: 8, encoding: bcd}\n",
            "needs a variable length",
        ),
        (
            MINIMAL + "  4:\n    name: A\n    kind: n\n    length: 6\n"
            "    structure: {type: positional, parts: [{name: B, length: 5}]}\n",
            "the parts have 5 characters in all, the element 6",
        ),
        (MINIMAL + "presence:\n  - {messages: [80], must: [11]}\n", "4 digits, or x"),
        (
            MINIMAL + "presence:\n  - {messages: [08xx], may: [12]}\n",
            "no element 12 in the dialect",
        ),
        (
            MINIMAL + "presence:\n  - {messages: [08xx], must: [11], must_not: [11]}\n",
            "element 11 must and must not be there",
        ),
        (MINIMAL + "  193: {name: A, kind: n, length: 1}\n", "2 to 192 without 65"),
        (MINIMAL + "  4: {name: A, kind: ans, length: 6, pad: left 0}\n", "only BCD digits"),
        (MINIMAL + "  4: {name: A, kind: n, length: LL ..9, length_counts: bytes}\n", "BCD digits"),
        (MINIMAL + "  4: {name: A, kind: n, length: 6, length_encoding: bcd}\n", "is not written"),
        (MINIMAL + "  4: {name: A, kind: ans, length: LL ..100}\n", "100 does not fit into 2"),
        (
            MINIMAL + "  4:\n    {name: A, kind: ans, length: LL ..9, structure: "
            "{type: tlv, tag: 2, length: 2, tags: {'1': {name: B}}}}\n",
            "tag '1' does not have 2 places",
        ),
        (
            MINIMAL + "  4:\n    {name: A, kind: ans, length: LL ..9, structure: "
            "{type: positional, parts: [{name: B, length: ..9}, {name: B, length: 1}]}}\n",
            "only the last part can take what is left",
        ),
        (
            MINIMAL + "  4:\n    {name: A, kind: ans, length: LL ..9, structure: "
            "{type: positional, parts: [{name: B.C, length: 9}]}}\n",
            "a name without '.'",
        ),
        (
            MINIMAL + "  4:\n    {name: A, kind: ans, length: LL ..9, structure: "
            "{type: bitmap, size: 1, bitmap: raw, fields: {9: {name: B, length: 1}}}}\n",
            "only an element of kind b has a bitmap of bytes",
        ),
        (
            MINIMAL + "  4:\n    {name: A, kind: ans, length: LL ..9, structure: "
            "{type: positional, parts: [{name: B, length: 9, encoding: bcd}]}}\n",
            "only inside an element of kind b",
        ),
        (MINIMAL + "presence:\n  - {messages: ['0800'], must: [1]}\n", "expected a data element"),
        (MINIMAL + "without: [11]\n", "no element 11 to go without: it is not inherited"),
        (
            "title: T\nextends: gab87\nwithout: [48]\nfields:\n  48: {name: A}\n",
            "bank.yaml:3:11: element 48 is also among the fields",
        ),
        (MINIMAL + "  4: {name: A, knid: n, length: 6}\n", "did you mean 'kind'?"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_place(
    tmp_path: Path, text: str, words: str
) -> None:
    said = problems(written(tmp_path, text))
    assert words in said
    assert "bank.yaml:" in said


def test_every_problem_of_a_file_is_said_at_once(tmp_path: Path) -> None:
    text = MINIMAL + "  4: {kind: n}\n  5: {name: B, kind: b, length: 8, encoding: bcd}\n"
    said = problems(written(tmp_path, text))
    assert "missing key 'name'" in said
    assert "missing key 'length'" in said
    assert "kind b cannot be bcd" in said


def test_an_unknown_name_suggests_a_known_one() -> None:
    assert "iso87-ascii" in problems("iso87-asci")


@pytest.mark.parametrize("name", NAMES)
def test_editors_accept_the_shipped_files(name: str) -> None:
    text = (config_folder() / "dialects" / f"{name}.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=../schema/dialect.json\n")
    # As an editor reads it: numbers are numbers, and keys are text.
    document = json.loads(json.dumps(yaml.safe_load(text)))
    assert not list(Draft202012Validator(dialect_schema()).iter_errors(document))
