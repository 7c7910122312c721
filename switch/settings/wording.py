"""Pydantic's kinds of error in plain words. `expected` completes "expected ..., found ..."."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from switch.settings.problems import quoted

NAMES_SHOWN_MAX = 12
"""A longer list of possible words says less than it hides."""

EXPECTED = {
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "dataclass_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "iterable_type": "a list",
    "string_type": "text",
    "string_unicode": "text that is valid Unicode",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": "text of the form {pattern}",
    "too_short": "at least {min_length} items",
    "too_long": "at most {max_length} items",
    "none_required": "nothing",
    "path_type": "a path",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "decimal_type": "a number",
    "decimal_parsing": "a number",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "multiple_of": "a multiple of {multiple_of}",
    "misread": "{expected}",
}

_BOUNDS = ("gt", "ge", "lt", "le", "multiple_of")


def expected_words(
    kind: str, context: dict[str, Any], message: str, write: Callable[[Any], object] | None
) -> str | None:
    """What was expected, or None when the error says something else.

    `write` turns the bound of a comparison into what a user writes: 6.0 into `6s`.
    """
    if kind in ("literal_error", "enum"):
        return listed(words_in(str(context["expected"])))
    if (template := EXPECTED.get(kind)) is not None:
        shown = dict(context)
        for bound in _BOUNDS:
            if bound in shown and write is not None:
                shown[bound] = write(shown[bound])
        return template.format(**shown)
    if (plain := re.match(r"(?:Input|Value|\w+) should (?:be|have) (.+)", message)) is not None:
        return plain[1]
    return None


def words_in(sentence: str) -> list[str]:
    """The quoted words of a list such as `'a', 'b' or 'c'`, as pydantic writes it.

    >>> words_in("'request', 'advice' or 'it\\\\'s'")
    ['request', 'advice', "it's"]
    """
    return [
        re.sub(r"\\(.)", r"\1", found[0] or found[1])
        for found in re.findall(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", sentence)
    ]


def listed(words: Sequence[str], last: str = "or") -> str:
    """Words in quotes as a sentence lists them, cut when there are too many.

    >>> listed(["a", "b", "c"])
    "'a', 'b' or 'c'"
    """
    shown = [quoted(word) for word in words[:NAMES_SHOWN_MAX]]
    if len(words) > NAMES_SHOWN_MAX:
        return f"one of {', '.join(shown)}, …"
    return f" {last} ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))
