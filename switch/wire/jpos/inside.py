"""What lies inside a field of a packager file: sub-fields in a row, behind a bitmap, or BER-TLV."""

from __future__ import annotations

import re
from typing import Any

from switch.wire.jpos.classes import coding_of
from switch.wire.jpos.fields import Leave, charset, length_words
from switch.wire.jpos.xml import Element

# Packagers that cut an element into the fields of the file, as their short names have it.
_CUTTERS = ("GenericPackager", "GenericSubFieldPackager", "GenericValidatingPackager")
_BITMAP_BYTES_MAX = 16


def structure(node: Element, number: str, kind: str, leave: Leave) -> dict[str, Any] | None:
    """The structure of a nested packager; None, and told, when it cannot be carried over."""
    packager = node.get("packager").rpartition(".")[2]
    if "BERTLV" in packager.upper():
        return {"type": "ber-tlv"}
    if packager not in _CUTTERS:
        leave(f"element {number} stays whole: what packager {packager or 'none'} does is not known")
        return None
    children = [child for child in node.children if child.name in ("isofield", "isofieldpackager")]
    if any(child.get("token") for child in children):
        leave(f"element {number} stays whole: its sub-fields are found by tokens")
        return None
    if not children:
        leave(f"element {number} stays whole: it has no sub-fields")
        return None
    first = coding_of(children[0].get("class"))
    if first is not None and first.kind == "bitmap":
        return _mapped(children, number, first.encoding, kind, leave)
    if node.get("emitBitmap", "false") == "true":
        leave(f"element {number} stays whole: it has a bitmap, and its file does not say which")
        return None
    parts = _parts(children, number, kind, leave)
    if parts is None:
        return None
    return {"type": "positional", "parts": [part for _, part in parts]}


def _mapped(
    children: list[Element], number: str, bitmap: str, kind: str, leave: Leave
) -> dict[str, Any] | None:
    given = children[0].get("length")
    if not given.isdecimal() or not 1 <= int(given) <= _BITMAP_BYTES_MAX:
        leave(f"element {number} stays whole: its bitmap has {given or 'no'} bytes")
        return None
    if bitmap == "raw" and kind != "b":
        leave(f"element {number} stays whole: a binary bitmap inside text")
        return None
    parts = _parts(children[1:], number, kind, leave)
    if not parts:
        return None
    wrong = [at for at, _ in parts if not 1 <= at <= 8 * int(given)]
    if wrong:
        leave(f"element {number} stays whole: its bitmap has no bit for {number}.{wrong[0]}")
        return None
    fields = {str(at): part for at, part in parts}
    return {"type": "bitmap", "size": int(given), "bitmap": bitmap, "fields": fields}


def _parts(
    children: list[Element], number: str, kind: str, leave: Leave
) -> list[tuple[int, dict[str, Any]]] | None:
    """Each sub-field with its number; None when one cannot be, for the others lose their place."""
    parts: list[tuple[int, dict[str, Any]]] = []
    names: set[str] = set()
    for child in children:
        at = child.get("id")
        path = f"{number}.{at}"
        coding = coding_of(child.get("class"))
        if coding is None or coding.kind == "bitmap" or not at.isdecimal():
            known = child.get("class").rpartition(".")[2] or "none"
            leave(f"element {number} stays whole: class {known} of {path} is not known here")
            return None
        if coding.kind == "nothing":
            continue
        if kind != "b" and (coding.encoding in ("bcd", "raw") or coding.length_encoding == "bcd"):
            leave(f"element {number} stays whole: {path} has packed bytes inside text")
            return None
        length = length_words(child, path, coding, leave)
        if length is None:
            leave(f"element {number} stays whole without {path}")
            return None
        part: dict[str, Any] = {"name": _name(child, at, names), "length": length}
        part["kind"] = coding.kind
        if kind == "b":
            part["encoding"] = charset(coding.encoding)
            if coding.digits:
                part["length_encoding"] = charset(coding.length_encoding)
        if child.name == "isofieldpackager":
            inner = structure(child, path, coding.kind, leave)
            if inner is not None:
                part["structure"] = inner
        parts.append((int(at), part))
    return parts


def _name(child: Element, at: str, taken: set[str]) -> str:
    """A name that a path can hold, once in each element."""
    name = re.sub(r"[.\[\]]", " ", child.get("name"))
    name = re.sub(r"\s+", " ", name).strip()
    if not name or name.isdecimal():
        name = f"sub-field {at}"
    if name in taken:
        name = f"{name} ({at})"
    taken.add(name)
    return name
