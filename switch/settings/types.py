"""The scalar types of settings: each reads the text of a YAML scalar, and nothing else does.

A value given by Python code (a default, a test) may be the value itself: 8583 for a Whole, 6.0
for a DurationS, 35075 for a MoneyMinor.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar, cast, get_args, get_origin

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from switch.settings.problems import mask, suggest

T = TypeVar("T")

WHOLE_DIGITS_MAX = 18
"""What fits a 64-bit integer, which is what databases and JSON readers hold."""

MONEY_MINOR_MAX = 999_999_999_999
"""12 digits: what DE4 can say."""

DURATION_S_MAX = 3660 * 86400.0
"""Ten years; more is a slip of the unit, and some timers overflow."""

_SECONDS = {
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
    "d": Decimal(86400),
}
_BOUNDS = {
    "ge": "minimum",
    "le": "maximum",
    "gt": "exclusiveMinimum",
    "lt": "exclusiveMaximum",
}
"""Pydantic leaves its own names in the schema of a bound around a validator."""

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_DURATION_LOOSE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([a-zA-Zµ]*)")
_MONEY = re.compile(r"((?:0|[1-9][0-9]*)|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.([0-9]{1,2}))?")


def misread(
    expected: str, *, suggestion: str | None = None, reason: str | None = None
) -> PydanticCustomError:
    """What a type's reader raises: `expected` completes "expected ...".

    `reason` says more than "found ..." can, and takes its place. Neither holds the value.
    """
    context = {"expected": expected, "suggestion": suggestion, "reason": reason}
    return PydanticCustomError("misread", "expected {expected}", context)


@dataclass(frozen=True, eq=False)
class Reader(Generic[T]):
    """How one scalar type is read, written, and described in JSON Schema.

    `read` gets the text; `kinds` are the Python types whose values pass through `check`; bounds
    such as `Ge(1)` are told in what `bound` makes of them, or not at all.
    """

    read: Callable[[str], T]
    check: Callable[[Any], T]
    write: Callable[[T], Any]
    schema: dict[str, Any]
    expected: str
    kinds: tuple[type, ...]
    inner: CoreSchema
    bound: Callable[[Any], Any] | None = None

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        # what `inner` does is nothing: it is there for pydantic to describe, with its bounds
        return core_schema.no_info_before_validator_function(
            self.value,
            self.inner,
            serialization=core_schema.plain_serializer_function_ser_schema(
                self.write, when_used="json"
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        described = dict(handler(schema))
        for ours, standard in _BOUNDS.items():
            bound = described.pop(ours, described.pop(standard, None))
            if bound is not None and self.bound is not None:
                described[standard] = self.bound(bound)
        return {**described, **self.schema}

    def value(self, given: Any) -> T:
        """The value that `given` stands for; raises a `misread`."""
        if isinstance(given, str):
            return self.read(given)
        if isinstance(given, self.kinds) and (bool in self.kinds or not isinstance(given, bool)):
            return self.check(given)
        raise misread(self.expected)


def read_text(text: str) -> str:
    """Text as it stands, but not empty."""
    if not text:
        raise misread("text", reason="expected text, found an empty text")
    return text


def read_whole(text: str) -> int:
    """An integer from its decimal digits: no underscore, no hexadecimal, no leading zero."""
    if _WHOLE.fullmatch(text):
        if len(text.lstrip("-")) > WHOLE_DIGITS_MAX:
            raise misread(f"a whole number of at most {WHOLE_DIGITS_MAX} digits")
        return int(text)
    bare = re.sub(r"[_,' \u00a0]", "", text)
    if re.fullmatch(r"0+[0-9]+", text):
        meant = text.lstrip("0") or "0"
        raise misread(
            "a whole number without leading zeros (a code that has some is quoted text)",
            suggestion=meant,
        )
    raise misread(
        "a whole number", suggestion=bare if bare != text and _WHOLE.fullmatch(bare) else None
    )


def read_number(text: str) -> float:
    """A finite number such as `0.95`."""
    if _NUMBER.fullmatch(text):
        return check_number(float(text))
    percent = text.removesuffix("%").rstrip()
    meant = None
    if percent != text and _NUMBER.fullmatch(percent):
        meant = f"{Decimal(percent) / 100:f}"
    elif _NUMBER.fullmatch(text.replace(",", ".")):
        meant = text.replace(",", ".")
    elif _NUMBER.fullmatch(f"0{text}"):
        meant = f"0{text}"
    raise misread("a number", suggestion=meant)


def check_number(value: float) -> float:
    if not math.isfinite(value):
        raise misread("a number that is not infinite")
    return float(value)


def read_flag(text: str) -> bool:
    """`true` or `false`, in these words only."""
    if text in ("true", "false"):
        return text == "true"
    meant = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
    word = text.casefold()
    raise misread("true or false", suggestion=meant.get(word) or suggest(word, ["true", "false"]))


def read_duration(text: str) -> float:
    """Seconds from a number and its unit: ms, s, m, h or d."""
    if match := _DURATION.fullmatch(text):
        if len(text) <= 32:
            return check_duration(float(Decimal(match[1]) * _SECONDS[match[2]]))
        raise misread("a shorter duration")
    meant = None
    if loose := _DURATION_LOOSE.fullmatch(text):
        meant = loose[1] + _unit_meant(loose[2])
    raise misread("a duration with its unit (ms, s, m, h, d)", suggestion=meant)


def _unit_meant(word: str) -> str:
    folded = word.casefold()
    for beginning, unit in (("mil", "ms"), ("ms", "ms"), ("m", "m"), ("h", "h"), ("d", "d")):
        if folded.startswith(beginning):
            return unit
    return "s"


def check_duration(seconds: float) -> float:
    if not (math.isfinite(seconds) and 0 <= seconds <= DURATION_S_MAX):
        raise misread("a duration between 0s and 3660d")
    return float(seconds)


def write_duration(seconds: float) -> str:
    """The shortest text that reads as `seconds`.

    >>> write_duration(90.0), write_duration(0.5)
    ('90s', '500ms')
    """
    amount = Decimal(repr(seconds))
    for unit in ("d", "h", "m"):
        if amount and amount % _SECONDS[unit] == 0:
            return f"{int(amount / _SECONDS[unit])}{unit}"
    if amount and amount < 1 and amount % _SECONDS["ms"] == 0:
        return f"{int(amount / _SECONDS['ms'])}ms"
    return f"{amount.normalize():f}s"


def read_money(text: str) -> int:
    """Minor units from an amount with at most two decimals: `350.75`, `200`, `10,000.00`.

    >>> read_money("10,000.5")
    1000050
    """
    if match := _MONEY.fullmatch(text):
        whole = match[1].replace(",", "")
        if len(whole) > 10:
            raise misread("an amount of at most 9,999,999,999.99")
        return int(whole) * 100 + int((match[2] or "").ljust(2, "0"))
    if re.fullmatch(r"[0-9,]+\.[0-9]{3,}", text):
        raise misread("an amount with at most 2 decimals")
    if text.startswith("-") and _MONEY.fullmatch(text[1:]):
        raise misread("an amount that is not negative")
    meant = None
    if re.fullmatch(r"[0-9]+,[0-9]{1,2}", text):
        meant = text.replace(",", ".")
    elif re.fullmatch(r"0+[1-9][0-9]*(?:\.[0-9]{1,2})?", text):
        meant = text.lstrip("0")
    else:
        bare = re.sub(r"[_' \u00a0]|dh$|mad$", "", text, flags=re.IGNORECASE)
        meant = bare if bare != text and _MONEY.fullmatch(bare) else None
    raise misread("an amount such as 350.75", suggestion=meant)


def check_money(minor: int) -> int:
    if not 0 <= minor <= MONEY_MINOR_MAX:
        raise misread("an amount between 0 and 9,999,999,999.99")
    return minor


def write_money(minor: int) -> str:
    """Minor units as an amount with two decimals.

    >>> write_money(35075)
    '350.75'
    """
    return f"{minor // 100}.{minor % 100:02}"


def luhn_digit(digits: str) -> str:
    """The check digit that completes `digits` (ISO/IEC 7812-1, annex B).

    >>> luhn_digit("950401000000001")
    '9'
    """
    total = 0
    for place, character in enumerate(reversed(digits)):
        digit = int(character) * (2 if place % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return str(-total % 10)


class Pan(str):
    """A card number: 12 to 19 digits, the last one right. Its repr is masked.

    >>> Pan("9504010000000019")
    '950401******0019'
    """

    __slots__ = ()

    def __new__(cls, digits: str) -> Pan:
        if not re.fullmatch("[0-9]{12,19}", digits):
            raise ValueError("expected a card number of 12 to 19 digits")
        if (right := luhn_digit(digits[:-1])) != digits[-1]:
            raise ValueError(f"the check digit of {mask(digits)} is wrong: it would be {right}")
        return super().__new__(cls, digits)

    def __repr__(self) -> str:
        return repr(mask(str(self)))

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


_PAN = Reader(
    read=read_pan,
    check=read_pan,
    write=str,
    schema={"type": ["string", "integer"], "pattern": "^[0-9]{12,19}$"},
    expected="a card number of 12 to 19 digits",
    kinds=(),
    inner=core_schema.any_schema(),
)
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
        "pattern": f"^{_DURATION.pattern}$",
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
        "pattern": f"^{_MONEY.pattern}$",
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


def bare_type(annotation: Any, metadata: Sequence[Any] = ()) -> type | None:
    """The first number type in an annotation that no reader guards, or None."""
    if any(isinstance(mark, Reader) or hasattr(mark, "func") for mark in metadata):
        return None
    if annotation in (int, float, bool, Decimal):
        return cast(type, annotation)
    if get_origin(annotation) is Literal:
        return next((type(value) for value in get_args(annotation) if type(value) is not str), None)
    inner, *marks = get_args(annotation) or (None,)
    if get_origin(annotation) is Annotated:
        return bare_type(inner, marks)
    found = (bare_type(part) for part in get_args(annotation))
    return next((bare for bare in found if bare is not None), None)
