"""Elements that messages may hold as objects: their own packers, called by generated code."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from switch.wire.composites import check_element, close_element
from switch.wire.dialect import Field
from switch.wire.message import Value


def opener(known: Field) -> Callable[[str], Value]:
    """From the flat text of an element to what messages hold. Raises ValueError."""

    def opened(flat: str) -> Value:
        return check_element(known, flat) if flat else flat

    return opened


def closer(known: Field) -> Callable[[Value], str]:
    """From what a message holds to the flat text of an element. Raises ValueError."""

    def closed(value: Value) -> str:
        flat = close_element(known, value) if isinstance(value, Mapping | list) else value
        if not isinstance(flat, str):
            raise ValueError("an element is text, an object or a list")
        if known.expanded and flat:
            check_element(known, flat)
        return flat

    return closed
