"""Texts with `${name}` in them: what they name, and what they say once it is known.

`$${` is how a text says `${` itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_REFERENCE = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*", re.ASCII)
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
"""What a variable may be called; a dot inside `${a.b}` belongs to names such as `gen.stan`."""

Lookup = Callable[[str], str | None]


class TemplateError(ValueError):
    """A text whose `${...}` cannot be read, or names something unknown: `name` says what."""

    def __init__(self, message: str, name: str = "") -> None:
        super().__init__(message)
        self.name = name


class Late(str):
    """A text that cannot be read yet: it names what only the run will know."""

    __slots__ = ()


def names_in(text: str) -> Iterator[str]:
    """Every name that a text asks for, in its order. Raises TemplateError.

    >>> list(names_in("${kind} of ${gen.stan}, $${not}"))
    ['kind', 'gen.stan']
    """
    for found in _REFERENCE.finditer(text):
        if found.group() != "$${":
            yield _name(found)


def is_template(text: str) -> bool:
    """Whether a text has anything to fill in, or to unescape."""
    return "${" in text


def fill(text: str, lookup: Lookup) -> str:
    """The text with every name's value. `lookup` gives None for what it does not know.

    Raises TemplateError.

    >>> fill("${n} x ${note}", {"n": "2", "note": "200"}.get)
    '2 x 200'
    """

    def value(found: re.Match[str]) -> str:
        if found.group() == "$${":
            return "${"
        name = _name(found)
        known = lookup(name)
        if known is None:
            raise TemplateError(f"nothing is called '{name}' here", name)
        return known

    return _REFERENCE.sub(value, text)


def fill_known(text: str, lookup: Lookup) -> str:
    """The text with the values that are known; the rest stays as it is written.

    As long as something is left to fill in, escapes stay too.
    """
    if any(lookup(name) is None for name in names_in(text)):

        def value(found: re.Match[str]) -> str:
            if found.group() == "$${":
                return found.group()
            known = lookup(_name(found))
            return found.group() if known is None else known

        return _REFERENCE.sub(value, text)
    return fill(text, lookup)


def _name(found: re.Match[str]) -> str:
    inside = found.group(1)
    if inside is None:
        raise TemplateError("'${' is not closed (write '$${' for the text itself)")
    name = inside.strip()
    if _NAME.fullmatch(name) is None:
        raise TemplateError(f"'${{{inside}}}' names nothing: a name is like amount or gen.stan")
    return name
