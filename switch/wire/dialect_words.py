"""The words of a dialect file that are also those of the compiled dialect."""

from __future__ import annotations

from typing import Literal

Kind = Literal["n", "a", "an", "ans", "b", "z", "x+n"]
DataEncoding = Literal["ascii", "cp500", "cp037", "bcd", "hex", "raw"]
Format = Literal[
    "MMDDhhmmss",
    "YYMMDDhhmmss",
    "hhmmss",
    "MMDD",
    "YYMM",
    "YYMMDD",
    "track2",
    "currency",
    "not blank",
]
Sensitive = Literal["pan", "track", "pin", "chip", "key"]
Pad = Literal["left 0", "right 0", "left F", "right F"]
SecondBitmap = Literal["when needed", "always", "always unannounced"]
