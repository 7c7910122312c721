"""Card numbers: their check digit, and a text that never shows itself whole by accident."""

from __future__ import annotations

import re
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from switch.settings.masking import luhn_digit, mask
from switch.settings.reader import Reader, misread


class Pan(str):
    """A card number: 12 to 19 digits, the last one right. However it is printed, it is masked.

    >>> Pan("9504010000000019")
    '950401******0019'
    """

    __slots__ = ()

    def __new__(cls, digits: str) -> Pan:
        if isinstance(digits, Pan):
            return digits
        if not re.fullmatch("[0-9]{12,19}", digits):
            raise ValueError("expected a card number of 12 to 19 digits")
        if (right := luhn_digit(digits[:-1])) != digits[-1]:
            raise ValueError(f"the check digit of {mask(digits)} is wrong: it would be {right}")
        return super().__new__(cls, digits)

    @property
    def clear(self) -> str:
        """The digits, as plain text that hides nothing."""
        return "".join(self)

    def __str__(self) -> str:
        return mask(self.clear)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __repr__(self) -> str:
        return repr(str(self))

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return _PAN.__get_pydantic_core_schema__(source, handler)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return _PAN.__get_pydantic_json_schema__(schema, handler)


def read_pan(text: str) -> Pan:
    """A card number, checked."""
    try:
        return Pan(text)
    except ValueError as error:
        if re.fullmatch("[0-9]{12,19}", text):
            raise misread("a card number", reason=str(error)) from None
        raise misread("a card number of 12 to 19 digits") from None


_PAN = Reader(
    read=read_pan,
    check=read_pan,
    write=lambda pan: pan.clear,
    schema={"type": ["string", "integer"], "pattern": "^[0-9]{12,19}$"},
    expected="a card number of 12 to 19 digits",
    kinds=(),
    inner=core_schema.any_schema(),
)
