"""A dialect as lines of a table: its elements, and below them what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from switch.wire.dialect import Dialect, Field
from switch.wire.emv_tags import EMV_TAGS
from switch.wire.structures import BerTlv, Mapped, Part, Positional, Structure, Tlv

WRITTEN = {
    "ascii": "ASCII",
    "cp500": "EBCDIC cp500",
    "cp037": "EBCDIC cp037",
    "bcd": "BCD",
    "hex": "hexadecimal text",
    "raw": "bytes",
    "binary": "binary",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `path` is how messages and errors name it, `depth` 0 for an element.

    `written` says how the value is put into bytes, `length_written` how its length is, empty
    when it is fixed. `usual` says that both are what the dialect does unless it says otherwise.
    """

    path: str
    depth: int
    name: str
    kind: str
    length: str
    written: str
    length_written: str
    notes: tuple[str, ...]
    usual: bool = True


def lines(dialect: Dialect) -> Iterator[Line]:
    """Every element by number, each followed by its sub-fields."""
    for key, known in dialect.fields.items():
        yield _element(known, dialect)
        if known.structure is not None:
            yield from _inside(key, known.structure, 1)


def head(dialect: Dialect) -> dict[str, str]:
    """What holds for the whole dialect, in words."""
    return {
        "message type and numbers": WRITTEN[dialect.numeric],
        "text": WRITTEN[dialect.text],
        "bitmaps": WRITTEN[dialect.bitmap],
        "lengths": WRITTEN[dialect.length],
        "second bitmap": dialect.second_bitmap,
    }


def usual_encoding(dialect: Dialect, kind: str) -> str | None:
    """How data of a kind is written unless an element says otherwise; None for bytes."""
    if kind == "b":
        return None
    return dialect.numeric if kind in ("n", "z", "x+n") else dialect.text


def structure_words(shape: Structure) -> str:
    """What kind of structure it is, in one line."""
    if isinstance(shape, Positional):
        times = f", up to {shape.entries} times" if shape.entries > 1 else ""
        return f"parts in a row{times}"
    if isinstance(shape, Tlv):
        unit = "bytes" if shape.tag_kind == "b" else "characters"
        order = ("length", "tag") if shape.length_first else ("tag", "length")
        sizes = {
            "tag": f"tag of {shape.tag_digits} {unit}",
            "length": f"length of {shape.length_digits} digits",
        }
        return f"{sizes[order[0]]}, {sizes[order[1]]}, value"
    if isinstance(shape, Mapped):
        return f"a bitmap of {shape.size} bytes ({WRITTEN[shape.bitmap]}) and what it announces"
    return "BER-TLV, with the tags of EMV"


def _element(known: Field, dialect: Dialect) -> Line:
    notes: list[str] = [known.format] if known.format else []
    if known.pad and known.pad != known.usual_pad:
        notes.append(f"padded {known.pad}")
    if known.counts_bytes:
        notes.append("the length counts bytes")
    if known.sensitive:
        notes.append(f"cardholder data ({known.sensitive})")
    if known.structure is not None:
        notes.append(structure_words(known.structure))
    usual = usual_encoding(dialect, known.kind)
    return Line(
        path=known.key,
        depth=0,
        name=known.name,
        kind=known.kind,
        length=known.length_words,
        written=WRITTEN[known.encoding],
        length_written=WRITTEN[known.length_encoding] if known.prefix else "",
        notes=tuple(notes),
        usual=(usual is None or known.encoding == usual)
        and (not known.prefix or known.length_encoding == dialect.length),
    )


def _inside(path: str, shape: Structure, depth: int) -> Iterator[Line]:
    if isinstance(shape, BerTlv):
        # The tags of EMV are the same everywhere: only a bank's own are told.
        for tag, known in shape.tags.items():
            if EMV_TAGS.get(tag) != known:
                mark = (f"cardholder data ({known.sensitive})",) if known.sensitive else ()
                yield Line(f"{path}.{tag}", depth, known.name, "b", "", "bytes", "", mark)
        return
    if isinstance(shape, Positional):
        parts = {str(place): part for place, part in enumerate(shape.parts, 1)}
    else:
        parts = dict(shape.tags if isinstance(shape, Tlv) else shape.parts)
    binary = not isinstance(shape, Positional) and getattr(shape, "binary", False)
    for step, part in parts.items():
        yield _part(f"{path}.{step}", part, depth, tagged=isinstance(shape, Tlv), binary=binary)
        if part.structure is not None:
            yield from _inside(f"{path}.{step}", part.structure, depth + 1)


def _part(path: str, part: Part, depth: int, *, tagged: bool, binary: bool) -> Line:
    notes = [f"cardholder data ({part.sensitive})"] if part.sensitive else []
    if part.structure is not None:
        notes.append(structure_words(part.structure))
    low = "" if part.shortest == 1 else str(part.shortest)
    fixed = part.shortest == part.longest and not part.prefix
    length = str(part.longest) if fixed else f"{'L' * part.prefix} {low}..{part.longest}".strip()
    shown = part.checked
    return Line(
        path=path,
        depth=depth,
        name=part.name,
        kind=part.kind if shown else "",
        length=length if shown else "",
        written=WRITTEN[part.encoding] if binary or part.encoding != "ascii" else "",
        length_written=WRITTEN[part.length_encoding] if part.prefix and not tagged else "",
        notes=tuple(notes),
    )
