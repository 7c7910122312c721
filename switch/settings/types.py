"""The scalar types of settings: each reads the text of a YAML scalar, and nothing else does.

A value given by Python code (a default, a test) may be the value itself: 8583 for a Whole, 6.0
for a DurationS, 35075 for a MoneyMinor.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic_core import core_schema

from switch.settings.reader import Reader, T, misread
from switch.settings.readings import (
    DURATION,
    MONEY,
    check_duration,
    check_money,
    check_number,
    read_duration,
    read_flag,
    read_money,
    read_number,
    read_text,
    read_whole,
    write_duration,
    write_money,
)


class Digits(Reader[str]):
    """Marks text of exactly `least` digits, or of `least` to `most`: `Annotated[str, Digits(4)]`.

    For what is written with digits and is not a number: codes, card ranges, identifiers.
    """

    def __init__(self, least: int, most: int | None = None) -> None:
        most = least if most is None else most
        count = f"{least}" if least == most else f"{least} to {most}"
        expected = f"{count} digit{'' if most == 1 else 's'}"
        pattern = re.compile(f"[0-9]{{{least},{most}}}")

        def read(text: str) -> str:
            if pattern.fullmatch(text):
                return text
            meant = None
            if re.fullmatch("[0-9]+", text) and len(text) < least:
                meant = text.zfill(least)
            raise misread(expected, suggestion=meant)

        schema = {"type": ["string", "integer"], "pattern": f"^{pattern.pattern}$"}
        super().__init__(read, read, str, schema, expected, (), core_schema.str_schema())


def _same(value: T) -> T:
    return value


_TEXT = Reader(
    read=read_text,
    check=read_text,
    write=str,
    schema={"type": ["string", "number", "boolean"], "minLength": 1},
    expected="text",
    kinds=(),
    inner=core_schema.str_schema(),
)
_WHOLE_READER = Reader(
    read=read_whole,
    check=int,
    write=_same,
    schema={"type": "integer"},
    expected="a whole number",
    kinds=(int,),
    inner=core_schema.int_schema(),
    bound=_same,
)
_NUMBER_READER = Reader(
    read=read_number,
    check=check_number,
    write=_same,
    schema={"type": "number"},
    expected="a number",
    kinds=(int, float),
    inner=core_schema.float_schema(),
    bound=_same,
)
_FLAG = Reader(
    read=read_flag,
    check=bool,
    write=_same,
    schema={"type": "boolean"},
    expected="true or false",
    kinds=(bool,),
    inner=core_schema.bool_schema(),
)
_DURATION_READER = Reader(
    read=read_duration,
    check=check_duration,
    write=write_duration,
    schema={
        "type": "string",
        "pattern": f"^{DURATION.pattern}$",
        "examples": ["6s", "500ms"],
    },
    expected="a duration with its unit (ms, s, m, h, d)",
    kinds=(int, float),
    inner=core_schema.float_schema(),
)
_MONEY_READER = Reader(
    read=read_money,
    check=check_money,
    write=write_money,
    schema={
        "type": ["number", "string"],
        "pattern": f"^{MONEY.pattern}$",
        "examples": [200, 350.75],
    },
    expected="an amount such as 350.75",
    kinds=(int,),
    inner=core_schema.int_schema(ge=0),
    bound=lambda minor: minor / 100 if minor % 100 else minor // 100,
)

Text = Annotated[str, _TEXT]
Whole = Annotated[int, _WHOLE_READER]
Number = Annotated[float, _NUMBER_READER]
Flag = Annotated[bool, _FLAG]
DurationS = Annotated[float, _DURATION_READER]
MoneyMinor = Annotated[int, _MONEY_READER]
