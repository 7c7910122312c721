"""The creditors' forms as a terminal shows them, and what is wrong with what was filled in.

A terminal is given them with its other parameters. One that knows none leaves every check to the
core.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FORMATS = {
    "string": re.compile(r"[^\x00-\x1f\x7f]*"),
    "integer": re.compile(r"[0-9]+"),
    "real": re.compile(r"[0-9]+(\.[0-9]+)?"),
}


@dataclass(frozen=True)
class FormField:
    """One field; `labels` by language, `values` of a select only. A `label` is shown, not asked."""

    name: str
    labels: Mapping[str, str]
    type: Literal["text", "select", "password", "label"] = "text"
    format: Literal["string", "integer", "real"] = "string"
    min_length: int = 1
    max_length: int = 64
    required: bool = True
    values: tuple[str, ...] = ()

    def takes(self, value: str) -> bool:
        """Whether the value may be sent; an empty one when none is needed."""
        if not value:
            return not self.required
        if self.type == "select":
            return value in self.values
        fits = self.min_length <= len(value) <= self.max_length
        return fits and FORMATS[self.format].fullmatch(value) is not None


@dataclass(frozen=True)
class Form:
    """What identifies a customer of a creditor for one kind of debt."""

    fields: tuple[FormField, ...]

    def shown(self, language: str) -> tuple[str, ...]:
        """The fields as a screen lists them."""
        return tuple(
            f"{each.labels[language]} ({', '.join(each.values)})"
            if each.values
            else each.labels[language]
            for each in self.fields
        )

    def wrong(self, values: Mapping[str, str]) -> FormField | str | None:
        """The first field whose value cannot be sent, or a name that is no field's."""
        asked = [each for each in self.fields if each.type != "label"]
        for each in asked:
            if not each.takes(values.get(each.name, "")):
                return each
        known = {each.name for each in asked}
        return next((name for name in values if name not in known), None)


@dataclass(frozen=True)
class Forms:
    """Every form a terminal knows, by creditor and kind of debt."""

    by_kind: Mapping[tuple[str, str], Form] = field(default_factory=dict)

    def of(self, creditor: str, kind: str) -> Form | None:
        """The form, or None when this terminal leaves the check to the core."""
        return self.by_kind.get((creditor, kind))
