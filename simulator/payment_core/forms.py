"""The dynamic form that identifies a creditor's customer: checking what was filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from simulator.payment_core.refusals import RefusedError
from simulator.payment_core.settings import FieldSettings

FORMATS = {
    "string": (re.compile(r"[^\x00-\x1f\x7f]*"), "printable characters"),
    "integer": (re.compile(r"[0-9]+"), "digits"),
    "real": (re.compile(r"[0-9]+(\.[0-9]+)?"), "a number such as 12.5"),
}


def check_form(fields: Sequence[FieldSettings], values: Mapping[str, str]) -> dict[str, str]:
    """The values in the order of the form; raises RefusedError `invalid_form` with the field."""
    asked = {field.name: field for field in fields if field.type != "label"}
    for name in values:
        if name not in asked:
            raise RefusedError("invalid_form", message="a value was given for no field of the form")
    filled = {}
    for name, field in asked.items():
        value = values.get(name, "")
        if value:
            problem = complaint(field, value)
        else:
            problem = "a value is needed" if field.required else None
        if problem is not None:
            raise RefusedError("invalid_form", field=name, message=problem)
        if value:
            filled[name] = value
    return filled


def complaint(field: FieldSettings, value: str) -> str | None:
    """What is wrong with a value, without the value itself; None when nothing is."""
    if field.type == "select":
        return None if value in field.values else f"expected one of {', '.join(field.values)}"
    if not field.min_length <= len(value) <= field.max_length:
        if field.min_length == field.max_length:
            return f"expected {field.min_length} characters"
        return f"expected {field.min_length} to {field.max_length} characters"
    pattern, words = FORMATS[field.format]
    return None if pattern.fullmatch(value) else f"expected {words}"
