from __future__ import annotations

from pathlib import Path

import pytest

from switch.settings import Model, SettingsError, Text, load
from switch.settings.source import FILE_BYTES_MAX, Source


class Named(Model):
    name: Text


def refusal(path: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load(path, Named)
    return str(caught.value)


def test_a_file_is_read_as_utf8(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes("name: الدار البيضاء\n".encode())
    assert load(path, Named).name == "الدار البيضاء"


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: x\n")
    assert load(path, Named).name == "x"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.yaml") == f"{tmp_path}/no.yaml: there is no such file"


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    assert refusal(tmp_path).endswith(": this is a folder, not a file")


def test_an_unreadable_file_says_why(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    assert refusal(tmp_path / "f" / "g.yaml").endswith(": cannot be read: not a directory")


def test_a_name_that_no_file_can_have_is_refused() -> None:
    assert "cannot be read" in refusal(Path("a\0b"))


def test_a_file_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"#" * (FILE_BYTES_MAX + 1))
    assert refusal(path).endswith(": the file is larger than 4 MiB")


def test_a_byte_that_is_not_utf8_is_shown_at_its_place(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes("a: é\nname: caf".encode() + b"\xe9\n")
    first, line, caret = refusal(path).splitlines()
    assert first == f"{path}:2:10: the byte 0xe9 is not UTF-8: save the file as UTF-8"
    assert line.index("\ufffd") == caret.index("^")


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(line_break: str) -> None:
    source = Source("f", line_break.join(["one", "two", "three"]))
    problem = source.problem(source.text.index("three"), len(source.text), "m")
    assert (problem.line, problem.column, problem.source_line) == (3, 1, "three")


def test_a_place_at_the_end_of_a_file_is_shown_in_its_last_text() -> None:
    problem = Source("f", "a: [\n\n\n").problem(7, 8, "m")
    assert (problem.line, problem.column) == (1, 4)


def test_a_caret_run_stays_in_its_first_line() -> None:
    assert Source("f", "ab \ncd\n").problem(0, 6, "m").width == 2
