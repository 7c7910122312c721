"""The clear header of a key block (TR-31:2018, ANSI X9.143).

::

    byte 0      version: B (TDES) or D (AES)
    1 to 4      length of the whole block in characters, decimal
    5 to 6      usage: P0 PIN encryption, M3 retail MAC, K1 key block protection, ...
    7           algorithm of the key inside: T (TDES), A (AES), ...
    8           mode of use: B both, C both (MAC), D decrypt, E encrypt, G generate, V verify, ...
    9 to 10     key version, 00 when it has none
    11          exportability: E under a trusted key, S under any, N never
    12 to 13    number of optional blocks
    14 to 15    reserved, 00
    16 on       optional blocks: identifier 2, length 2 in hexadecimal with these four, data;
                a length 00 is followed by the size of the length (2) and the length itself

Everything here is authenticated with the key. The optional block PB only fills up to whole
cipher blocks; it is made and dropped here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from switch.keys.errors import InvalidKeyBlockError

HEADER_SIZE = 16
LENGTH_MAX = 9999
_FIXED = re.compile(r"[A-Z][0-9]{4}[0-9A-Z]{2}[0-9A-Z][0-9A-Z][0-9A-Za-z]{2}[ENS][0-9]{2}00")
_IDENTIFIER = re.compile("[0-9A-Z]{2}")
_PRINTABLE = re.compile("[\x20-\x7e]*")
_PADDING = "PB"


class OptionalBlock(NamedTuple):
    """One optional block: its identifier, such as KS or LB, and its data, printable ASCII."""

    identifier: str
    data: str


@dataclass(frozen=True)
class KeyBlockHeader:
    """What a key block says about its key, and vouches for."""

    version: str
    usage: str
    algorithm: str
    mode: str
    key_version: str = "00"
    exportability: str = "N"
    optional: tuple[OptionalBlock, ...] = ()

    def write(self, length_after: int, block_size: int) -> str:
        """The header's text for a block with `length_after` characters behind it.

        Raises InvalidKeyBlockError for what a header cannot hold.
        """
        blocks = "".join(_write_block(one) for one in self.optional)
        count = len(self.optional)
        if len(blocks) % block_size:
            # an optional block has 4 characters of its own
            room = -(len(blocks) + 4) % block_size
            blocks += f"{_PADDING}{room + 4:02X}{'0' * room}"
            count += 1
        length = HEADER_SIZE + len(blocks) + length_after
        text = (
            f"{self.version}{length:04}{self.usage}{self.algorithm}{self.mode}"
            f"{self.key_version}{self.exportability}{count:02}00"
        )
        if length > LENGTH_MAX or not _FIXED.fullmatch(text):
            raise InvalidKeyBlockError("the header of a key block cannot say this")
        return text + blocks


def read_header(block: str) -> tuple[KeyBlockHeader, int]:
    """The header of a key block, and how many characters it takes.

    Raises InvalidKeyBlockError; its text says the place and never quotes the block.
    """
    if not _FIXED.fullmatch(block[:HEADER_SIZE]):
        raise InvalidKeyBlockError("the first 16 characters are not a key block's header")
    if int(block[1:5]) != len(block):
        raise InvalidKeyBlockError(
            f"the key block has {len(block)} characters and announces {int(block[1:5])}"
        )
    optional, at = [], HEADER_SIZE
    for _ in range(int(block[12:14])):
        found, at = _read_block(block, at)
        if found.identifier != _PADDING:
            optional.append(found)
    header = KeyBlockHeader(
        version=block[0],
        usage=block[5:7],
        algorithm=block[7],
        mode=block[8],
        key_version=block[9:11],
        exportability=block[11],
        optional=tuple(optional),
    )
    return header, at


def _write_block(block: OptionalBlock) -> str:
    identifier, data = block
    if not (_IDENTIFIER.fullmatch(identifier) and _PRINTABLE.fullmatch(data)):
        raise InvalidKeyBlockError("an optional block is two capitals or digits, then printable")
    if len(data) + 4 <= 0xFF:
        return f"{identifier}{len(data) + 4:02X}{data}"
    return f"{identifier}0004{len(data) + 10:04X}{data}"


def _read_block(block: str, at: int) -> tuple[OptionalBlock, int]:
    wrong = InvalidKeyBlockError(f"the optional block at character {at} cannot be read")
    identifier = block[at : at + 2]
    start, length = at + 4, _hexadecimal(block[at + 2 : at + 4], 2)
    if length == 0:
        digits = _hexadecimal(block[at + 4 : at + 6], 2)
        if digits is None or not 1 <= digits <= 8:
            raise wrong
        start, length = at + 6 + digits, _hexadecimal(block[at + 6 : at + 6 + digits], digits)
    if length is None or not _IDENTIFIER.fullmatch(identifier):
        raise wrong
    end = at + length
    data = block[start:end]
    if end < start or end > len(block) or not _PRINTABLE.fullmatch(data):
        raise wrong
    return OptionalBlock(identifier, data), end


def _hexadecimal(text: str, digits: int) -> int | None:
    return int(text, 16) if re.fullmatch(f"[0-9A-F]{{{digits}}}", text) else None
