"""Models of what a step says, some of which only the run will know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import field_validator

from simulator.scenario.templates import Late, is_template
from switch.settings import Model


class OpenModel(Model):
    """A model that takes `${name}` for any of its values: it is then a Late text.

    A step that holds one is read again, with everything filled in, when its turn comes.
    """

    @field_validator("*", mode="wrap", check_fields=False)
    @classmethod
    def _late(cls, given: Any, read: Callable[[Any], Any]) -> Any:
        if isinstance(given, str) and is_template(given):
            return Late(given)
        return read(given)
