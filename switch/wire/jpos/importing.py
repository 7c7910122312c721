"""A jPOS GenericPackager file as a dialect file, and what could not be carried over.

The file is read, nothing of jPOS is needed or copied: the names of its classes say how the
fields are written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml

from switch.wire.dialect import ELEMENT_MAX
from switch.wire.jpos.classes import Coding, coding_of
from switch.wire.jpos.fields import EBCDIC, Usual, charset, element
from switch.wire.jpos.inside import structure
from switch.wire.jpos.xml import Element, XmlError, read_xml
from switch.wire.message import printable

_ROOTS = ("isopackager",)
_FIELDS = ("isofield", "isofieldpackager")
_MTI, _BITMAP = 0, 1
_PRIMARY_BYTES = 8


@dataclass(frozen=True)
class Imported:
    """A dialect file as YAML, and a line for each thing that it does not say."""

    yaml: str
    left: tuple[str, ...]


def import_packager(data: bytes, title: str) -> Imported:
    """The dialect that a packager file describes. Raises XmlError when it is no such file."""
    root = read_xml(data)
    if root.name not in _ROOTS:
        raise XmlError(root.line, f"<isopackager> expected, found <{printable(root.name)}>")
    left: list[str] = []
    fields = _by_number(root, left.append)
    if not fields:
        raise XmlError(root.line, "no isofield in it")
    codings = {number: coding_of(node.get("class")) for number, node in fields.items()}
    usual = _usual(codings)
    elements: dict[int, dict[str, Any]] = {}
    for number, node in fields.items():
        if number <= _BITMAP:
            continue
        made = element(node, number, usual, left.append)
        if made is None:
            continue
        if node.name == "isofieldpackager":
            inside = structure(node, str(number), made["kind"], left.append)
            if inside is not None:
                made["structure"] = inside
        elements[number] = made
    if not elements:
        raise XmlError(root.line, "no element of it can be carried over")
    bitmap = _bitmap(fields.get(_BITMAP), codings.get(_BITMAP), elements, left.append)
    left += _general(root, usual, codings)
    document = {
        "title": title,
        "encoding": {
            "text": usual.text,
            "numeric": usual.numeric,
            "binary": usual.binary,
            "bitmap": bitmap,
            "length": usual.length,
        },
    }
    return Imported(_written(document, elements), tuple(printable(line) for line in left))


def _by_number(root: Element, leave: Any) -> dict[int, Element]:
    fields: dict[int, Element] = {}
    for child in root.children:
        at = child.get("id")
        if child.name not in _FIELDS:
            leave(f"line {child.line}: <{child.name}>")
        elif not at.isdecimal() or int(at) > ELEMENT_MAX:
            leave(f"line {child.line}: element {at or '(no id)'}, which is not 0 to {ELEMENT_MAX}")
        elif int(at) in fields:
            leave(f"line {child.line}: element {at}, which is there twice; the first is taken")
        else:
            fields[int(at)] = child
    return dict(sorted(fields.items()))


def _usual(codings: dict[int, Coding | None]) -> Usual:
    known = [one for number, one in codings.items() if one is not None and number > _BITMAP]
    mti = codings.get(_MTI)
    numeric = mti.encoding if mti is not None and mti.kind == "n" else None
    return Usual(
        text=charset(_most((one.encoding for one in known if one.kind == "ans"), "ascii")),
        numeric=charset(
            numeric or _most((one.encoding for one in known if one.kind == "n"), "ascii")
        ),
        binary=_most((one.encoding for one in known if one.kind == "b"), "raw"),
        length=charset(_most((one.length_encoding for one in known if one.digits), "ascii")),
    )


def _most(values: Iterable[str], otherwise: str) -> str:
    return next((value for value, _ in Counter(values).most_common(1)), otherwise)


def _bitmap(
    node: Element | None, coding: Coding | None, elements: dict[int, dict[str, Any]], leave: Any
) -> str:
    """How bitmaps are written. A message has as many as it needs, whatever length the file says."""
    if node is None or coding is None or coding.kind != "bitmap":
        leave("the bitmap: element 1 says nothing that is known, so it is taken to be binary")
        return "raw"
    given = node.get("length")
    beyond = [number for number in elements if number > _PRIMARY_BYTES * 8]
    if given == str(_PRIMARY_BYTES) and beyond:
        leave(f"a bitmap of 8 bytes only: elements {beyond[0]} and above need a second one")
    return coding.encoding


def _general(root: Element, usual: Usual, codings: dict[int, Coding | None]) -> list[str]:
    """What no packager file says, or says for the line and not for the message."""
    told = [
        f"a header of {root.get(name)} bytes: it belongs to the framing"
        if name == "headerLength"
        else f"attribute {name} of the file ({root.get(name)})"
        for name in sorted(root.attributes)
    ]
    if codings.get(_MTI) is None:
        told.append(f"the message type: it is taken to be {usual.numeric}")
    if EBCDIC in (usual.text, usual.numeric):
        told.append(f"EBCDIC is {EBCDIC}; brackets and a few signs differ from cp1047")
    told.append("jPOS checks no characters and takes empty elements; here kinds and lengths hold")
    return told


def _written(document: dict[str, Any], elements: dict[int, dict[str, Any]]) -> str:
    """YAML as people write it: an element a line."""
    lines = [f"title: {_flow(document['title'])}", f"encoding: {_flow(document['encoding'])}"]
    lines.append("fields:")
    for number, made in elements.items():
        if "structure" not in made:
            lines.append(f"  {number}: {_flow(made)}")
            continue
        lines.append(f"  {number}:")
        lines += [f"    {key}: {_flow(made[key])}" for key in made if key != "structure"]
        lines.append("    structure:")
        lines += _block(made["structure"], 6)
    return "\n".join(lines) + "\n"


def _block(given: dict[str, Any], indent: int) -> list[str]:
    space = " " * indent
    lines = []
    for key, value in given.items():
        if key == "parts":
            lines.append(f"{space}parts:")
            lines += [f"{space}  - {_flow(part)}" for part in value]
        elif key == "fields":
            lines.append(f"{space}fields:")
            lines += [f"{space}  {at}: {_flow(part)}" for at, part in value.items()]
        else:
            lines.append(f"{space}{key}: {_flow(value)}")
    return lines


def _flow(value: Any) -> str:
    text = yaml.safe_dump(
        value, default_flow_style=True, width=1_000_000, sort_keys=False, allow_unicode=True
    )
    return text.removesuffix("\n").removesuffix("\n...")
