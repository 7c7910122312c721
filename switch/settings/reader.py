"""How a scalar type of settings is made: a text in, a value or a plain complaint out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar, cast, get_args, get_origin

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

T = TypeVar("T")

_BOUNDS = {
    "ge": "minimum",
    "le": "maximum",
    "gt": "exclusiveMinimum",
    "lt": "exclusiveMaximum",
}
"""Pydantic leaves its own names in the schema of a bound around a validator."""


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
