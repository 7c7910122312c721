from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from switch.cli.messages import decode
from switch.wire import Codec, load_dialect, make_framing

PAN = "9504010000000019"
MESSAGE = {"t": "0200", "2": PAN, "3": "010000", "4": "000000020000", "11": "000001", "49": "504"}
BODY = Codec(load_dialect("gab87")).encode(MESSAGE)
FRAMED = make_framing("4-digit-ascii").frame(BODY)


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(decode, ("--guess", *arguments), input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def guesses(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(result.stdout)["guesses"]
    return found


def test_the_first_reading_is_described_with_what_is_odd() -> None:
    result = run(FRAMED.hex())
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "1. gab87, framing 4-digit-ascii (the same in iso87-ascii)"
    assert lines[1] == "   - a 4 digit ASCII length is still in front"
    assert "200.00 MAD" in result.stdout
    assert PAN not in result.output


def test_json_is_in_clear_unless_masked() -> None:
    [first, *_] = guesses(run("--json", FRAMED.hex()))
    assert first["fits"]
    assert (first["dialect"], first["framing"]) == ("gab87", "4-digit-ascii")
    assert first["odd"] == ["a 4 digit ASCII length is still in front"]
    assert first["message"] == MESSAGE
    [first, *_] = guesses(run("--json", "--mask", FRAMED.hex()))
    assert first["message"]["2"] == "950401******0019"


def test_a_mixed_dialect_comes_with_the_file_that_says_it() -> None:
    bitmap = bytes.fromhex(BODY[4:20].decode())
    result = run((BODY[:4] + bitmap + BODY[20:]).hex())
    assert "- the bitmap is binary but the rest is ASCII" in result.stdout
    assert "extends: gab87\n     encoding: {bitmap: raw}" in result.stdout


def test_a_dialect_of_ones_own_is_tried_as_well(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("title: Own\nextends: gab87\nfields:\n  11: {length: 8}\n")
    message = {**MESSAGE, "11": "00000001"}
    body = Codec(load_dialect(str(own))).encode(message)
    [first, *_] = guesses(run("--json", "--dialect", str(own), body.hex()))
    assert (first["dialect"], first["message"]) == (str(own), message)


def test_what_almost_fits_says_what_is_wrong() -> None:
    result = run(BODY.hex().replace("353034", "353058"))
    assert result.exit_code == 1
    assert "field 49 (Currency code, transaction), byte" in result.stdout
    assert "^^" in result.stdout
    assert PAN not in result.output


def test_what_stands_for_no_bytes_is_said() -> None:
    result = run("nothing of the kind")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "neither hexadecimal, nor a dump" in result.stderr
    assert json.loads(run("--json", "?").stdout)["guesses"] == []


def test_a_file_given_in_place_of_what_it_holds_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("message.hex").write_text(BODY.hex())
    result = run("message.hex")
    assert result.exit_code == 1
    assert "decode --guess - < message.hex" in result.stderr


def test_each_line_of_standard_input_is_guessed() -> None:
    result = run("-", "--json", stdin=f"{BODY.hex()}\n\n{FRAMED.hex()}\n")
    documents = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["guesses"][0]["framing"] for one in documents] == [None, "4-digit-ascii"]


def test_a_dump_on_standard_input_is_one_message() -> None:
    rows = [FRAMED[at : at + 16] for at in range(0, len(FRAMED), 16)]
    dump = "\n".join(f"{16 * at:04x}  {row.hex(' '):<47}   ..." for at, row in enumerate(rows))
    [first, *_] = guesses(run("-", "--json", stdin=dump))
    assert first["odd"] == [
        "a hexadecimal dump with offsets",
        "a 4 digit ASCII length is still in front",
    ]


@pytest.mark.parametrize("option", [("--framing", "2-byte-binary"), ("--strict",)])
def test_guessing_takes_no_framing_and_no_rules(option: tuple[str, ...]) -> None:
    assert run(*option, BODY.hex()).exit_code == 2


def test_too_much_to_guess_at_is_wrong_usage() -> None:
    assert run("-", stdin=b"3" * (1 << 20) + b"3").exit_code == 2


def test_the_bytes_themselves_may_come_on_standard_input() -> None:
    body = Codec(load_dialect("iso87-binary")).encode(MESSAGE)
    framed = make_framing("2-byte-binary").frame(body)
    first = run("-", stdin=framed).stdout.splitlines()[0]
    assert first == "1. iso87-binary, framing 2-byte-binary"


def test_nothing_on_standard_input_is_told() -> None:
    result = run("-", stdin=b"\n")
    assert (result.exit_code, result.stderr) == (2, "nothing came on standard input\n")


def test_the_name_of_a_file_is_quoted_in_the_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hex file.txt").write_text(FRAMED.hex())
    assert "guichet decode --guess - < 'hex file.txt'" in run("hex file.txt").stderr
