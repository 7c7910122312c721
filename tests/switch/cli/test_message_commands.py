from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from switch.cli.messages import LINE_LIMIT, decode, encode, hex_bytes
from switch.wire import Codec, load_dialect

PAN = "9504010000000019"
ECHO = {"t": "0800", "7": "1124103601", "11": "000001", "70": "301"}
WITHDRAWAL: dict[str, Any] = {
    "t": "0200",
    "2": PAN,
    "3": "010000",
    "4": "000000020000",
    "11": "000001",
    "48": {"01": "1001"},
    "49": "504",
}
CODEC = Codec(load_dialect("gab87"))


def hexed(message: dict[str, Any]) -> str:
    return CODEC.encode(message).hex()


def run(command: click.Command, *arguments: str, stdin: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(command, arguments, input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def documents(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


class TestDecode:
    def test_a_message_is_described_and_masked(self) -> None:
        result = run(decode, hexed(WITHDRAWAL))
        assert result.exit_code == 0
        assert "0200 financial request (gab87)" in result.stdout
        assert "200.00 MAD" in result.stdout
        assert "950401******0019" in result.stdout
        assert PAN not in result.output

    def test_json_is_what_was_given_in_clear(self) -> None:
        assert documents(run(decode, "--json", hexed(WITHDRAWAL))) == [WITHDRAWAL]

    def test_json_is_masked_on_demand(self) -> None:
        result = run(decode, "--json", "--mask", hexed(WITHDRAWAL))
        assert documents(result) == [{**WITHDRAWAL, "2": "950401******0019"}]

    def test_flat_gives_the_raw_text_of_composites(self) -> None:
        assert documents(run(decode, "--json", "--flat", hexed(WITHDRAWAL)))[0]["48"] == "010041001"

    @pytest.mark.parametrize("separator", [" ", ":", "\n", ", "])
    def test_hexadecimal_may_be_separated(self, separator: str) -> None:
        pairs = separator.join(CODEC.encode(ECHO).hex(" ").upper().split())
        assert documents(run(decode, "--json", pairs)) == [ECHO]

    def test_hexadecimal_may_come_in_several_arguments_and_with_0x(self) -> None:
        pairs = [f"0x{pair}" for pair in CODEC.encode(ECHO).hex(" ").split()]
        assert documents(run(decode, "--json", *pairs)) == [ECHO]

    def test_the_dialect_may_be_named(self) -> None:
        binary = Codec(load_dialect("iso87-binary"))
        result = run(decode, "--dialect", "iso87-binary", "--json", binary.encode(ECHO).hex())
        assert documents(result) == [ECHO]

    def test_what_cannot_be_decoded_is_explained_on_standard_error(self) -> None:
        result = run(decode, hexed(WITHDRAWAL).replace("353034", "353058"))
        assert result.exit_code == 1
        assert result.stdout == ""
        assert "field 49 (Currency code, transaction), byte" in result.stderr
        assert "^^" in result.stderr
        assert "read so far:" in result.stderr
        assert PAN not in result.output

    def test_with_json_the_error_is_the_document(self) -> None:
        result = run(decode, "--json", hexed(WITHDRAWAL)[:-2])
        assert result.exit_code == 1
        assert documents(result)[0]["error"]["field"] == "49"
        assert result.stderr == ""
        assert PAN not in result.output

    @pytest.mark.parametrize("wrong", ["xyz", "303", "0x", "30 3g", "é0"])
    def test_what_is_not_hexadecimal_is_wrong_usage(self, wrong: str) -> None:
        result = run(decode, wrong)
        assert result.exit_code == 2
        assert "hexadecimal" in result.stderr

    def test_an_unknown_dialect_is_wrong_usage(self) -> None:
        result = run(decode, "--dialect", "gab88", "3030")
        assert result.exit_code == 2
        assert "gab87" in result.stderr

    def test_nothing_to_decode_is_wrong_usage(self) -> None:
        assert run(decode).exit_code == 2

    def test_strict_adds_the_rules_of_presence(self) -> None:
        assert run(decode, "--strict", hexed(ECHO)).exit_code == 0
        result = run(decode, "--strict", "--json", hexed(WITHDRAWAL))
        assert result.exit_code == 1
        error = documents(result)[0]["error"]
        missing = [error["field"], *(other["field"] for other in error["others"])]
        assert missing == ["7", "12", "13", "18", "22", "25", "32", "37", "41", "42"]


class TestDecodeFramed:
    def test_the_frame_is_taken_off(self) -> None:
        framed = f"{len(CODEC.encode(ECHO)):04x}{hexed(ECHO)}"
        assert documents(run(decode, "--json", "--framing", "2-byte-binary", framed)) == [ECHO]

    def test_without_it_a_length_in_front_is_noticed(self) -> None:
        framed = f"{len(CODEC.encode(ECHO)):04x}{hexed(ECHO)}"
        hint = "a 2-byte length is still in front: --framing 2-byte-binary takes it off"
        assert f"hint: {hint}" in run(decode, framed).stderr
        assert documents(run(decode, "--json", framed))[0]["error"]["hint"] == hint

    def test_what_nothing_is_known_of_may_be_guessed(self) -> None:
        assert "hint: decode --guess tries" in run(decode, hexed(ECHO)[:-2]).stderr

    def test_a_header_and_a_tpdu_may_be_named(self) -> None:
        framing = "4-digit-ascii,tpdu=6000010002,header=ISO026000070"
        framed = run(encode, "--framing", framing, json.dumps(ECHO)).stdout.strip()
        assert bytes.fromhex(framed).startswith(b"0072\x60\x00\x01\x00\x02ISO0260000700800")
        assert documents(run(decode, "--json", "--framing", framing, framed)) == [ECHO]

    @pytest.mark.parametrize("framing", ["2-byte", "2-byte-binary,header", "until-03,tpdu=60"])
    def test_a_framing_that_cannot_be_is_wrong_usage(self, framing: str) -> None:
        assert run(decode, "--framing", framing, "3030").exit_code == 2

    @pytest.mark.parametrize(
        ("framed", "words"),
        [
            ("0005" + "30323030", "expected 5 bytes behind the length, found 4"),
            ("0003" + "30323030", "byte 5: expected the end of the frame, found 1 more"),
            ("00", "expected 2 bytes of length, found 1"),
            ("0000", "a zero length: a keep-alive"),
            ("0000" + "000430323030", "a keep-alive"),
        ],
    )
    def test_bytes_that_are_not_one_frame_are_an_error(self, framed: str, words: str) -> None:
        result = run(decode, "--framing", "2-byte-binary", framed)
        assert result.exit_code == 1
        assert words in result.stderr


class TestDecodeLines:
    def test_each_line_is_answered_by_a_line(self) -> None:
        lines = f"{hexed(ECHO)}\n\n  \n{hexed(WITHDRAWAL).upper()}\r\n{hexed(ECHO)}"
        result = run(decode, "-", "--json", stdin=lines)
        assert result.exit_code == 0
        assert documents(result) == [ECHO, WITHDRAWAL, ECHO]

    def test_an_undecodable_line_is_answered_and_the_others_as_well(self) -> None:
        lines = f"zz\n{hexed(ECHO)[:-2]}\n{hexed(ECHO)}\n3\n"
        result = run(decode, "-", "--json", stdin=lines)
        assert result.exit_code == 1
        answers = documents(result)
        assert [list(answer) == ["error"] for answer in answers] == [True, True, False, True]
        assert answers[1]["error"]["field"] == "70"

    def test_bytes_that_are_no_text_are_an_error_of_their_line(self) -> None:
        result = run(decode, "-", "--json", stdin=b"\xff\xfe\x00\n" + hexed(ECHO).encode())
        assert [next(iter(answer)) for answer in documents(result)] == ["error", "t"]

    def test_a_line_beyond_the_limit_is_read_past(self) -> None:
        lines = "30" * LINE_LIMIT + "\n" + hexed(ECHO) + "\n"
        result = run(decode, "-", "--json", stdin=lines)
        answers = documents(result)
        assert "longer than" in answers[0]["error"]["message"]
        assert answers[1:] == [ECHO]

    def test_in_words_an_error_names_its_line(self) -> None:
        result = run(decode, "-", stdin=f"{hexed(ECHO)}\nzz\n{hexed(ECHO)[:-2]}\n")
        assert result.exit_code == 1
        assert "0800 network management request" in result.stdout
        assert "line 2: not hexadecimal" in result.stderr
        assert "line 3: field 70" in result.stderr

    def test_no_line_is_no_message(self) -> None:
        result = run(decode, "-", "--json", stdin="")
        assert (result.exit_code, result.stdout) == (0, "")


class TestEncode:
    def test_a_message_is_printed_as_hexadecimal(self) -> None:
        result = run(encode, json.dumps(WITHDRAWAL))
        assert (result.exit_code, result.stdout) == (0, hexed(WITHDRAWAL) + "\n")

    def test_the_message_may_be_a_file_or_standard_input(self, tmp_path: Path) -> None:
        file = tmp_path / "echo.json"
        file.write_text(json.dumps(ECHO, indent=2))
        assert run(encode, str(file)).stdout == run(encode, "-", stdin=json.dumps(ECHO)).stdout

    def test_several_messages_are_several_lines(self) -> None:
        lines = run(decode, "-", "--json", stdin=f"{hexed(ECHO)}\n{hexed(WITHDRAWAL)}\n").stdout
        assert run(encode, "-", stdin=lines).stdout.split() == [hexed(ECHO), hexed(WITHDRAWAL)]

    def test_a_frame_is_put_around_on_demand(self) -> None:
        result = run(encode, "--framing", "2-byte-binary", json.dumps(ECHO))
        assert result.stdout.strip() == f"{len(CODEC.encode(ECHO)):04x}{hexed(ECHO)}"

    @pytest.mark.parametrize(
        ("message", "words"),
        [
            ({**ECHO, "11": 1}, "a number (leading zeros would be lost)"),
            ({**ECHO, "4": "X"}, "field 4 (Amount, transaction): expected 12 digits"),
            ({"11": "000001"}, "no message type"),
        ],
    )
    def test_a_message_that_cannot_be_is_explained(self, message: Any, words: str) -> None:
        result = run(encode, json.dumps(message))
        assert result.exit_code == 1
        assert words in result.stderr
        assert result.stdout == ""

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ('{"t": "0800",}', "not JSON"),
            ("{", "line 1, column 2"),
            ('{"t": "0800", "t": "0810"}', "the key 't' stands twice"),
            ("[]", "a message is a JSON object"),
            ("[" * 100_000, "nested too deeply"),
            ("/no/such/file.json", "neither JSON nor a file"),
            ("a\0b", "not a file name"),
            (".", "neither JSON nor a file"),
        ],
    )
    def test_what_is_not_a_message_is_wrong_usage(self, text: str, words: str) -> None:
        result = run(encode, text)
        assert result.exit_code == 2
        assert words in result.stderr

    def test_input_that_is_empty_too_long_or_no_text_is_wrong_usage(self) -> None:
        for data in (b"", b" \n", b'{"t": "\xff"}', b" " * (1 << 20) + b"{}"):
            assert run(encode, "-", stdin=data).exit_code == 2


def test_hexadecimal_that_is_wrong_is_not_quoted() -> None:
    with pytest.raises(Exception, match="after 32 digits") as caught:
        hex_bytes(PAN * 2 + "Z")
    assert PAN not in str(caught.value)


def test_the_commands_do_not_import_what_is_slow() -> None:
    code = "import sys, switch.cli.messages, switch.cli.dialects; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()
    assert not {"twisted", "sqlalchemy", "klein", "rich", "treq"} & set(loaded)
