"""What the class of a packager's field says: kind, length in front, how the bytes are written.

Only names are read. `IFA_` has lengths and data in ASCII, `IFB_` in BCD and raw bytes, `IFE_` in
EBCDIC; `IFEB_` an EBCDIC length before BCD. One `L` for each digit of the length; an `H` behind
them makes the length binary.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_CLASS = re.compile(
    r"(?:[\w.]*\.)?(?P<family>IFA|IFB|IFEB|IFE|IF)_(?P<ls>L{0,6})(?P<hex>H?)(?P<what>[A-Z]+)"
)

_LENGTHS = {"IFA": "ascii", "IFB": "bcd", "IFE": "ebcdic", "IFEB": "ebcdic", "IF": "ascii"}
_NUMBERS = {"IFA": "ascii", "IFB": "bcd", "IFE": "ebcdic", "IFEB": "bcd"}

# What a class is called -> kind, and the encoding of its data ("" where the family says it).
_FIXED = {
    "NUMERIC": ("n", ""),
    "CHAR": ("ans", "ascii"),
    "ECHAR": ("ans", "ebcdic"),
    "BINARY": ("b", "raw"),
    "AMOUNT": ("x+n", ""),
    "BITMAP": ("bitmap", "raw"),
    "NOP": ("nothing", "raw"),
}
_VARIABLE = {
    "NUM": ("n", ""),
    "BNUM": ("n", "bcd"),
    "CHAR": ("ans", "ascii"),
    "ECHAR": ("ans", "ebcdic"),
    "BINARY": ("b", "raw"),
    "ABINARY": ("b", "hex"),
    "HEX": ("b", "raw"),
}


@dataclass(frozen=True, slots=True)
class Coding:
    """How a field is written. `kind` is one of a dialect's, or `bitmap`, or `nothing`.

    `digits` counts those of the length, 0 when it is fixed. Encodings are `ascii`, `ebcdic`,
    `bcd`, `hex` or `raw`; that of the length may be `binary`.
    """

    kind: str
    encoding: str
    digits: int = 0
    length_encoding: str = "ascii"


def coding_of(class_name: str) -> Coding | None:
    """The coding that a class name stands for, None when it is not known.

    >>> coding_of("org.jpos.iso.IFB_LLNUM")
    Coding(kind='n', encoding='bcd', digits=2, length_encoding='bcd')
    """
    match = _CLASS.fullmatch(class_name.strip())
    if match is None:
        return None
    family, what, digits = match["family"], match["what"], len(match["ls"])
    if match["hex"] and (not digits or what == "EX"):
        # HEX is a word of its own, not a binary length before EX.
        what = f"H{what}"
    known = (_VARIABLE if digits else _FIXED).get(what)
    if known is None or (digits and family == "IF"):
        return None
    kind, encoding = known
    if family == "IFE" and what == "CHAR":
        encoding = "ebcdic"
    if family == "IFA" and what in ("BINARY", "BITMAP") and not digits:
        encoding = "hex"
    if family == "IFE" and what == "BITMAP":
        encoding = "hex"
    if not encoding:
        if family not in _NUMBERS:
            return None
        encoding = _NUMBERS[family]
    length = "binary" if match["hex"] and what[0] != "H" else _LENGTHS[family]
    return Coding(kind, encoding, digits, length if digits else "ascii")
