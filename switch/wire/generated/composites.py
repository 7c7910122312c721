"""Elements that messages hold as objects: their own packers, called by generated code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from switch.wire import tlv
from switch.wire.dialect import Dialect, Tlv
from switch.wire.message import Value


@dataclass(frozen=True, slots=True)
class Composite:
    """`unpack` gives the object in a flat text, `flatten` the flat text of an object or a text.

    Both raise ValueError when it is not well-formed.
    """

    unpack: Callable[[str], Value]
    flatten: Callable[[Value], str]


def composites_of(dialect: Dialect) -> dict[str, Composite]:
    """The composite elements of a dialect, keyed by the number as text."""
    return {
        key: _composite(known.structure)
        for key, known in dialect.fields.items()
        if isinstance(known.structure, Tlv)
    }


def _composite(shape: Tlv) -> Composite:
    def unpack(text: str) -> Value:
        return dict(tlv.unpack(text, shape))

    def flatten(value: Value) -> str:
        if isinstance(value, Mapping):
            value = tlv.pack(value, shape)
        if not isinstance(value, str):
            raise ValueError("a composite element is an object or text")
        tlv.unpack(value, shape)
        return value

    return Composite(unpack, flatten)
