from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.wire.guess_text import Pasted, looks_dumped, pasted

BODY = bytes(range(0x30, 0x30 + 40))
XXD = """\
00000000: 3031 3233 3435 3637 3839 3a3b 3c3d 3e3f  0123456789:;<=>?
00000010: 4041 4243 4445 4647 4849 4a4b 4c4d 4e4f  @ABCDEFGHIJKLMNO
00000020: 5051 5253 5455 5657                      PQRSTUVW
"""
HEXDUMP = """\
00000000  30 31 32 33 34 35 36 37  38 39 3a 3b 3c 3d 3e 3f  |0123456789:;<=>?|
00000010  40 41 42 43 44 45 46 47  48 49 4a 4b 4c 4d 4e 4f  |@ABCDEFGHIJKLMNO|
00000020  50 51 52 53 54 55 56 57                           |PQRSTUVW|
00000028
"""
WIRESHARK = """\
0000   30 31 32 33 34 35 36 37 38 39 3a 3b 3c 3d 3e 3f   0123456789:;<=>?
0010   40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f   @ABCDEFGHIJKLMNO
0020   50 51 52 53 54 55 56 57                           PQRSTUVW
"""


def first(text: str) -> Pasted:
    return pasted(text)[0]


@pytest.mark.parametrize(
    "text",
    [
        BODY.hex(),
        BODY.hex(" ").upper(),
        BODY.hex(":"),
        BODY.hex("-"),
        ", ".join(f"0x{byte:02x}" for byte in BODY),
        "".join(f"\\x{byte:02x}" for byte in BODY),
        "{" + ",".join(f"0x{byte:02X}" for byte in BODY) + "};",
        BODY[:20].hex() + "\n" + BODY[20:].hex(),
    ],
)
def test_hexadecimal_is_read_however_it_is_written(text: str) -> None:
    assert first(text)[:2] == (BODY, 0.0)


@pytest.mark.parametrize("dump", [XXD, HEXDUMP, WIRESHARK])
def test_a_dump_is_read_without_its_offsets_and_characters(dump: str) -> None:
    assert first(dump) == Pasted(BODY, 0.0, ("a hexadecimal dump with offsets",))
    assert looks_dumped(dump)


def test_hexadecimal_in_lines_is_no_dump() -> None:
    assert not looks_dumped(f"{BODY.hex()}\n{BODY.hex()}\n")
    assert not looks_dumped("00000010: 3031\n00000020: 3031\n")


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        (base64.b64encode(BODY).decode(), "base64"),
        (repr(BODY + b"\x00")[:-5] + "'", "the characters of the message"),
        (BODY.hex().encode().hex(), "hexadecimal of hexadecimal"),
        (BODY.hex() + "3", "81 hexadecimal digits, an odd number: the last is left out"),
        (BODY.decode(), "the characters of the message, not hexadecimal"),
    ],
)
def test_other_ways_are_said_in_words(text: str, odd: str) -> None:
    said = [one for one in pasted(text) if one.odd and one.odd[0].startswith(odd)]
    assert said
    assert said[0].cost > 0


def test_a_string_with_escapes_is_what_it_stands_for() -> None:
    assert Pasted(b"\x00\x040800", 0.5, ("a string with escapes",)) in pasted(r"b'\x00\x040800'")


@pytest.mark.parametrize("text", ["", "  ", "xyz", "é" * 30, "\\"])
def test_what_stands_for_no_bytes_gives_nothing(text: str) -> None:
    assert pasted(text) == []


@given(st.text(max_size=200) | st.text(alphabet="0123456789abcdefx: \n\\|'", max_size=200))
def test_any_text_is_read_or_not(text: str) -> None:
    readings = pasted(text)
    assert all(one.data for one in readings)
    assert len({one.data for one in readings}) == len(readings)


@given(st.binary(min_size=40, max_size=200))
def test_any_bytes_dumped_are_read_back(data: bytes) -> None:
    rows = [data[at : at + 16] for at in range(0, len(data), 16)]
    dump = "\n".join(
        f"{16 * at:08x}: {row.hex(' ', 2):<39}  {'.' * len(row)}" for at, row in enumerate(rows)
    )
    if len(rows[-1]) < 16:
        assert first(dump).data == data
