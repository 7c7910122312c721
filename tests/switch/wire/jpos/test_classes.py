from __future__ import annotations

import pytest

from switch.wire.jpos.classes import Coding, coding_of


@pytest.mark.parametrize(
    ("name", "coding"),
    [
        ("IFA_NUMERIC", Coding("n", "ascii")),
        ("IFA_AMOUNT", Coding("x+n", "ascii")),
        ("IFA_BINARY", Coding("b", "hex")),
        ("IFA_BITMAP", Coding("bitmap", "hex")),
        ("IFA_LLNUM", Coding("n", "ascii", 2)),
        ("IFA_LLLCHAR", Coding("ans", "ascii", 3)),
        ("IFA_LLBINARY", Coding("b", "raw", 2)),
        ("IFA_LLLABINARY", Coding("b", "hex", 3)),
        ("IFA_LLBNUM", Coding("n", "bcd", 2)),
        ("IF_CHAR", Coding("ans", "ascii")),
        ("IF_ECHAR", Coding("ans", "ebcdic")),
        ("IF_NOP", Coding("nothing", "raw")),
        ("IFB_NUMERIC", Coding("n", "bcd")),
        ("IFB_AMOUNT", Coding("x+n", "bcd")),
        ("IFB_BINARY", Coding("b", "raw")),
        ("IFB_BITMAP", Coding("bitmap", "raw")),
        ("IFB_LLNUM", Coding("n", "bcd", 2, "bcd")),
        ("IFB_LLCHAR", Coding("ans", "ascii", 2, "bcd")),
        ("IFB_LLHNUM", Coding("n", "bcd", 2, "binary")),
        ("IFB_LLHCHAR", Coding("ans", "ascii", 2, "binary")),
        ("IFB_LLHECHAR", Coding("ans", "ebcdic", 2, "binary")),
        ("IFB_LLLHBINARY", Coding("b", "raw", 3, "binary")),
        ("IFB_LLLHEX", Coding("b", "raw", 3, "bcd")),
        ("IFE_NUMERIC", Coding("n", "ebcdic")),
        ("IFE_CHAR", Coding("ans", "ebcdic")),
        ("IFE_LLNUM", Coding("n", "ebcdic", 2, "ebcdic")),
        ("IFE_LLLCHAR", Coding("ans", "ebcdic", 3, "ebcdic")),
        ("IFE_LLLBINARY", Coding("b", "raw", 3, "ebcdic")),
        ("IFE_BITMAP", Coding("bitmap", "hex")),
        ("IFEB_LLNUM", Coding("n", "bcd", 2, "ebcdic")),
    ],
)
def test_a_class_name_says_how_a_field_is_written(name: str, coding: Coding) -> None:
    assert coding_of(f"org.jpos.iso.{name}") == coding
    assert coding_of(name) == coding


@pytest.mark.parametrize("name", ["", "IFX_NUM", "IF_LLCHAR", "IF_NUMERIC", "IFA_LLTOKEN", "x.y.Z"])
def test_an_unknown_class_is_unknown(name: str) -> None:
    assert coding_of(name) is None
