from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from switch.cli.dialects import dialect


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(dialect, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_list_names_the_shipped_dialects() -> None:
    result = run("list")
    assert [line.split()[0] for line in result.stdout.splitlines()] == [
        "gab87",
        "iso87-ascii",
        "iso87-binary",
    ]
    assert [one["name"] for one in json.loads(run("list", "--json").stdout)] == [
        "gab87",
        "iso87-ascii",
        "iso87-binary",
    ]


def test_show_is_a_table_of_the_elements_with_their_sub_fields() -> None:
    lines = [" ".join(line.split()) for line in run("show", "gab87").stdout.splitlines()]
    assert "extends iso87-ascii" in lines
    assert "MTI ascii, bitmaps hex, lengths ascii" in lines
    assert "2 Primary account number (PAN) n LL 12..19 ascii cardholder data (pan)" in lines
    assert "7 Transmission date and time n 10 ascii MMDDhhmmss" in lines
    assert "transaction 2, from account 2, to account 2" in lines
    assert "05 articles in centimes" in lines


def test_show_has_a_document() -> None:
    shown = json.loads(run("show", "iso87-binary", "--json").stdout)
    assert len(shown["fields"]) == 126
    assert shown["fields"][0] == {
        "number": 2,
        "name": "Primary account number (PAN)",
        "kind": "n",
        "length": "LL 12..19",
        "encoding": "bcd",
        "format": None,
        "sensitive": "pan",
    }


def test_an_unknown_dialect_is_an_invalid_file() -> None:
    result = run("show", "gab88")
    assert result.exit_code == 2
    assert "gab87" in result.stderr


def test_lint_says_what_is_wrong_with_each_file(tmp_path: Path) -> None:
    good, bad, worse = (tmp_path / f"{name}.yaml" for name in ("good", "bad", "worse"))
    good.write_text("title: Good\nextends: gab87\n")
    bad.write_text("title: Bad\nextends: gab87\nfields:\n  4: {knid: n}\n")
    worse.write_text("title: [\n")
    result = run("lint", str(good), str(bad), str(worse))
    assert result.exit_code == 2
    assert "good.yaml: 126 elements, no problem" in result.stdout
    assert "bad.yaml:4:7" in result.stderr
    assert "did you mean 'kind'?" in result.stderr
    assert "worse.yaml:" in result.stderr


def test_lint_accepts_what_is_shipped() -> None:
    assert run("lint", "gab87", "iso87-ascii", "iso87-binary").exit_code == 0
