"""Elements of messages as JSON, quickly where they are what they usually are: plain text.

Messages of one type have the same elements in the same order, so that what stands between their
values is always the same and is written once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from switch.wire import Value

FORMS_MAX = 256
"""Orders of elements that are remembered: a network uses some twenty message types."""

_encode = json.JSONEncoder(check_circular=False, separators=(",", ":")).encode

_forms: dict[tuple[str, ...], str] = {}


def write_plain(elements: Mapping[str, Value]) -> str | None:
    """The JSON of `elements`; None when a value is no text, or is one that JSON must escape.

    >>> write_plain({"t": "0200", "11": "000001"})
    '{"t":"0200","11":"000001"}'
    >>> write_plain({"44": "say \\"when\\""}), write_plain({"48": {"01": "1001"}})
    (None, None)
    """
    names = tuple(elements)
    values: tuple[Any, ...] = tuple(elements.values())
    try:
        joined = "".join(values)
    except TypeError:
        return None
    if not (joined.isascii() and joined.isprintable()) or '"' in joined or "\\" in joined:
        return None
    form = _forms.get(names)
    if form is None:
        form = _forms_of(names)
    written: str = form % values
    return written


def as_json(elements: Mapping[str, Value]) -> str:
    """The JSON of `elements`, which are a tree: no circle is looked for."""
    written = write_plain(elements)
    return _encode(dict(elements)) if written is None else written


def _forms_of(names: tuple[str, ...]) -> str:
    if len(_forms) >= FORMS_MAX:
        _forms.clear()
    keys = (json.dumps(name).replace("%", "%%") for name in names)
    form = _forms[names] = "{" + ",".join(f'{key}:"%s"' for key in keys) + "}"
    return form
