from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from switch.cli.dialect_pages import print_table
from switch.cli.dialects import dialect
from switch.wire import dialect_names, load_dialect

PACKAGER = """<isopackager>
  <isofield id="0" length="4" name="MTI" class="org.jpos.iso.IFA_NUMERIC"/>
  <isofield id="1" length="16" name="Bitmap" class="org.jpos.iso.IFA_BITMAP"/>
  <isofield id="11" length="6" name="STAN" class="org.jpos.iso.IFA_NUMERIC"/>
  <isofield id="63" length="6" name="Own" class="com.bank.IFX_OWN"/>
</isopackager>
"""


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(dialect, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def squeezed(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


class TestList:
    def test_it_names_the_shipped_dialects(self) -> None:
        names = [line.split()[0] for line in run("list").stdout.splitlines()]
        assert names == dialect_names()
        assert {"gab87", "iso87-ascii", "iso87-binary"} <= set(names)
        documents = json.loads(run("list", "--json").stdout)
        assert [one["name"] for one in documents] == names


class TestShow:
    def test_it_is_a_table_of_the_elements_with_their_sub_fields(self) -> None:
        lines = squeezed(run("show", "gab87").stdout)
        assert "extends iso87-ascii" in lines
        assert "bitmaps: hexadecimal text" in lines
        assert "DE name kind length written notes" in lines
        assert "2 Primary account number (PAN) n LL 12..19 ASCII cardholder data (pan)" in lines
        assert "7 Transmission date and time n 10 ASCII MMDDhhmmss" in lines
        assert "3.2 from account n 2" in lines
        assert "48.05 articles in centimes" in lines
        assert any(line.startswith("0200, 0201, ") or "0200, 0201" in line for line in lines)

    def test_markdown_can_be_sent_to_a_bank(self) -> None:
        lines = run("show", "--markdown", "gab87").stdout.splitlines()
        assert lines[0] == "# gab87"
        assert "| DE | name | kind | length | written | notes |" in lines
        assert "| 4 | Amount, transaction | n | 12 | ASCII |  |" in lines
        assert "| 3.1 | &nbsp;&nbsp;transaction | n | 2 |  |  |" in lines
        assert all(line.count("|") in (0, 6, 7) for line in lines)

    def test_a_terminal_gets_a_table_that_fits(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "100")
        print_table(load_dialect("gab87"))
        shown = capsys.readouterr().out
        assert "Amount, transaction" in shown
        assert "articles in centimes" in shown
        assert max(map(len, shown.splitlines())) <= 100

    def test_it_has_a_document(self) -> None:
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
            "inside": [],
        }
        assert shown["fields"][1]["inside"][0] == {
            "path": "3.1",
            "name": "transaction",
            "kind": "n",
            "length": "2",
        }

    def test_an_unknown_dialect_is_an_invalid_file(self) -> None:
        result = run("show", "gab88")
        assert result.exit_code == 2
        assert "gab87" in result.stderr


class TestLint:
    def test_it_says_what_is_wrong_with_each_file(self, tmp_path: Path) -> None:
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

    def test_what_cannot_be_meant_is_found_in_valid_files(self, tmp_path: Path) -> None:
        odd = tmp_path / "odd.yaml"
        odd.write_text("title: Odd\nextends: gab87\nfields:\n  4: {length: 12}\n")
        result = run("lint", str(odd))
        assert result.exit_code == 1
        assert result.stdout == ""
        assert "odd.yaml:4:3: element 4 says what gab87 says already" in result.stderr

    def test_what_is_shipped_is_accepted(self) -> None:
        assert run("lint", *dialect_names()).exit_code == 0


class TestDiff:
    def test_differences_are_a_table(self) -> None:
        result = run("diff", "gab87", "iso87-ascii")
        assert result.exit_code == 1
        lines = squeezed(result.stdout)
        assert lines[0] == "DE differs in in gab87 in iso87-ascii"
        assert "48 name Bill data Additional data, private" in lines
        assert "48.01 sub-field creditor -" in lines

    def test_names_may_be_left_out(self) -> None:
        assert "Bill data" not in run("diff", "--no-names", "gab87", "iso87-ascii").stdout

    def test_they_have_a_document(self) -> None:
        [first, *_] = json.loads(run("diff", "--json", "iso87-ascii", "iso87-binary").stdout)
        assert first == {
            "path": "",
            "what": "message type and numbers",
            "left": "ASCII",
            "right": "BCD",
        }

    def test_the_same_is_the_same(self) -> None:
        result = run("diff", "gab87", "gab87")
        assert (result.exit_code, result.stdout) == (0, "gab87 and gab87 do not differ\n")


class TestImport:
    def test_a_packager_becomes_a_dialect_and_the_rest_is_said(self, tmp_path: Path) -> None:
        source, made = tmp_path / "bank.xml", tmp_path / "bank.yaml"
        source.write_text(PACKAGER)
        result = run("import", str(source), "--title", "Our bank", "-o", str(made))
        assert result.exit_code == 0
        assert load_dialect(str(made)).title == "Our bank"
        assert "element 63 is left out: class IFX_OWN is not known" in result.stderr
        printed = run("import", str(source), "--title", "Our bank").stdout
        assert printed == made.read_text()

    def test_a_file_that_is_there_is_not_touched(self, tmp_path: Path) -> None:
        source, made = tmp_path / "bank.xml", tmp_path / "bank.yaml"
        source.write_text(PACKAGER)
        made.write_text("mine")
        assert run("import", str(source), "-o", str(made)).exit_code == 2
        assert made.read_text() == "mine"

    def test_what_is_no_packager_is_an_invalid_file(self, tmp_path: Path) -> None:
        source = tmp_path / "bank.xml"
        source.write_text("<isopackager>")
        result = run("import", str(source))
        assert result.exit_code == 2
        assert "bank.xml: line 1: not XML" in result.stderr
