"""What pasted text may stand for: the ways of reading it as bytes, the likeliest first."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

# Around hexadecimal in logs, C sources, Python and network tools.
_SEPARATORS = re.compile(r"0[xX]|\\x|[\s:,;\-{}\[\]()'\"]+")
_DUMP_LINE = re.compile(r"\s*(?:0x)?([0-9A-Fa-f]{3,8})(?:[:\s]\s*(.*))?")
_DUMP_GROUP = re.compile(r"((?:[0-9A-Fa-f]{2}){1,8})(\s*)")
_GAP = 3
_DUMP_ROW_MAX = 64

_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|[0abtnvfr\\'\"])")
_ESCAPED = re.compile(rf"(?:[^\\]|{_ESCAPE.pattern})+")
_LETTERS = dict(zip("0abtnvfr", "\0\a\b\t\n\v\f\r", strict=True))

# Shorter text proves nothing: an MTI and a bitmap take this many characters in hexadecimal.
_SHORTEST = 20


class Pasted(NamedTuple):
    """Bytes that the text may stand for. `cost` says how far-fetched that is, `odd` why."""

    data: bytes
    cost: float
    odd: tuple[str, ...] = ()


def pasted(text: str) -> list[Pasted]:
    """Every way of reading `text`; none when it stands for no bytes at all.

    >>> [(one.data, one.odd) for one in pasted("30 32 30 30")]
    [(b'0200', ())]
    """
    found: dict[bytes, Pasted] = {}
    for one in _readings(text):
        if one.data and (one.data not in found or one.cost < found[one.data].cost):
            found[one.data] = one
    return sorted(found.values(), key=lambda one: one.cost)


def looks_dumped(text: str) -> bool:
    """Whether several lines are one hexadecimal dump, with offsets in front."""
    return _dump(text) is not None


def _readings(text: str) -> Iterator[Pasted]:
    dumped = _dump(text)
    if dumped is not None:
        yield Pasted(dumped, 0.0, ("a hexadecimal dump with offsets",))
    digits = _SEPARATORS.sub("", text)
    if re.fullmatch("[0-9A-Fa-f]+", digits) is not None:
        yield from _hexadecimal(digits, dumped is not None)
    bare = "".join(text.split())
    decoded = _base64(bare)
    if decoded is not None:
        yield Pasted(decoded, 0.5, ("base64",))
    stripped = text.strip()
    if "\\" in stripped:
        literal = _literal(stripped)
        if literal is not None:
            yield Pasted(literal, 0.5, ("a string with escapes",))
    if len(stripped) >= _SHORTEST and stripped.isascii():
        yield Pasted(stripped.encode(), 2.0, ("the characters of the message, not hexadecimal",))


def _hexadecimal(digits: str, dumped: bool) -> Iterator[Pasted]:
    far = 2.0 * dumped
    if len(digits) % 2:
        odd = f"{len(digits)} hexadecimal digits, an odd number: the last is left out"
        yield Pasted(bytes.fromhex(digits[:-1]), 3.0 + far, (odd,))
        return
    data = bytes.fromhex(digits)
    yield Pasted(data, far)
    if len(data) >= _SHORTEST and not len(data) % 2 and re.fullmatch(b"[0-9A-Fa-f]+", data):
        yield Pasted(bytes.fromhex(data.decode()), 2.0 + far, ("hexadecimal of hexadecimal",))


def _base64(text: str) -> bytes | None:
    if len(text) < _SHORTEST or re.fullmatch("[0-9A-Fa-f]+", text) is not None:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _literal(text: str) -> bytes | None:
    r"""A string as sources and logs write it, such as b'\x00\x040800'."""
    if text[:1] in "bB" and text[1:2] in ("'", '"'):
        text = text[1:]
    if len(text) > 1 and text[0] in "'\"" and text[-1] == text[0]:
        text = text[1:-1]
    if not text.isascii() or _ESCAPED.fullmatch(text) is None:
        return None
    return _ESCAPE.sub(_escaped, text).encode("latin-1")


def _escaped(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _LETTERS.get(code, code)


def _dump(text: str) -> bytes | None:
    """The bytes of what xxd, hexdump -C, od and Wireshark print; None for anything else."""
    rows: list[tuple[int, str]] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        match = _DUMP_LINE.fullmatch(line)
        if match is None:
            return None
        rows.append((int(match[1], 16), match[2] or ""))
    # hexdump and od end with the offset of the end.
    ended = len(rows) > 1 and not rows[-1][1].strip()
    end = rows.pop()[0] if ended else -1
    if not rows or rows[0][0] != 0 or (len(rows) == 1 and not ended):
        return None
    data = b""
    for at, (offset, row) in enumerate(rows):
        if offset != len(data):
            return None
        until = rows[at + 1][0] if at + 1 < len(rows) else end
        room = until - offset if until >= 0 else max(rows[-1][0] - rows[-2][0], 0)
        if not 0 < room <= _DUMP_ROW_MAX:
            return None
        data += _row(row, room)
    return data


def _row(row: str, room: int) -> bytes:
    """The bytes of one line, without the characters beside them."""
    data, at = b"", 0
    while len(data) < room:
        group = _DUMP_GROUP.match(row, at)
        if group is None:
            break
        data += bytes.fromhex(group[1])
        at = group.end()
        if len(group[2]) >= _GAP:
            break
    return data[:room]
