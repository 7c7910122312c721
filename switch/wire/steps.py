"""The steps of a path to a sub-field: `54[0].amount` leads to 54, entry 0, amount."""

from __future__ import annotations

import re

Steps = tuple[str | int, ...]

_STEP = re.compile(r"\[([0-9]{1,6})\]|([^.\[\]]+)")


def path_steps(path: str) -> Steps:
    """The steps of a well-formed path, the element first.

    >>> path_steps("54[0].amount")
    ('54', 0, 'amount')
    """
    found = _STEP.finditer(path)
    return tuple(int(one[1]) if one[1] is not None else one[2] for one in found)


def step_words(steps: Steps) -> str:
    """Steps as a path is written.

    >>> step_words(("55", "9F3B", 0, "9F45"))
    '55.9F3B[0].9F45'
    """
    words = ""
    for step in steps:
        words += f"[{step}]" if isinstance(step, int) else f".{step}" if words else step
    return words
