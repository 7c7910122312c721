"""Writes the function that encodes the messages with one set of elements.

The values, joined by a separator that none of them may hold, are checked by one regular
expression; then they are joined again with lengths and pads between them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from switch.wire.dialect import Dialect
from switch.wire.generated.composites import Composite
from switch.wire.generated.head import Head
from switch.wire.generated.shape import (
    Medium,
    Shape,
    in_medium,
    prefix_bytes,
    signs,
    tidy,
    value_expression,
)
from switch.wire.generated.source import Source

_PADS = ("", "0")
# A value that is looked at by itself afterwards.
_ANYTHING = r"[^\x1f]*"


def write_encoder(
    name: str,
    dialect: Dialect,
    head: Head,
    shapes: Sequence[Shape],
    composites: Mapping[str, Composite],
) -> Source:
    """`encode(values)` for messages of exactly these elements; the MTI is the first value.

    It returns the bytes or None, or raises LookupError, TypeError or ValueError; anything but
    bytes says that a value is wrong, not which.
    """
    constants: dict[str, object] = {"re": re, "pads": _PADS}
    names = ["t", *(f"v{shape.key}" for shape in shapes)]
    rows = ["    [0-9]{4}  # t"]
    flattened: list[str] = []
    checks: list[str] = []
    pieces: list[tuple[Medium, str]] = [
        (head.mti_medium, "t"),
        (head.bitmap_medium, f'"{head.bitmap_of(tuple(shape.key for shape in shapes))}"'),
    ]
    for shape in shapes:
        key, expression = shape.key, value_expression(shape.field)
        rows.append(rf"    \x1f{expression or _ANYTHING}  # {key} {tidy(shape.field.name)}")
        if key in composites:
            constants[f"flatten_{key}"] = composites[key].flatten
            flattened.append(f"v{key} = flatten_{key}(v{key})")
        if not expression:
            constants[f"check_{key}"] = shape.field.pattern.fullmatch
            checks += [f"if check_{key}(v{key}) is None:", "    return None"]
        if shape.signed:
            constants["signs"] = {sign: byte for byte, sign in signs(shape.codec).items()}
        if shape.field.prefix:
            constants[f"prefixes_{key}"] = _prefixes(shape, dialect)
        pieces += [(shape.medium, piece) for piece in _written(shape)]
    lines = [
        f"{', '.join(names)}{',' if len(names) == 1 else ''} = values",
        *flattened,
        rf'if values_fit("\x1f".join(({", ".join(names)},))) is None:',
        "    return None",
        *checks,
        f"return {' + '.join(_joined(pieces, head.codec))}",
    ]
    text = "\n".join(
        [
            'values_fit = re.compile(r"""',
            *rows,
            r"    \Z",
            '""", re.VERBOSE).match',
            "",
            "def encode(values):",
            *(f"    {line}" for line in lines),
            "",
        ]
    )
    return Source(name, text, "encode", constants)


def _written(shape: Shape) -> list[str]:
    """The expressions whose texts, joined, are an element in its medium."""
    variable = f"v{shape.key}"
    before, behind = [], []
    if shape.field.prefix:
        before.append(f"prefixes_{shape.key}[len({variable})]")
    if shape.pad == "left":
        before.append('"0"')
    if shape.pad == "right":
        behind.append(f"pads[len({variable}) % 2]")
    if shape.signed:
        return [*before, f"signs[{variable}[0]]", f"{variable}[1:]", *behind]
    if shape.medium == "nibbles" and shape.field.kind == "z":
        variable = f'{variable}.replace("=", "D")'
    return [*before, variable, *behind]


def _prefixes(shape: Shape, dialect: Dialect) -> tuple[str, ...]:
    """The length prefix of a value by the number of its characters, as its medium shows it."""
    known = shape.field
    bytes_counted = known.encoding == "raw"
    longest = 2 * known.longest if known.kind == "b" else known.longest
    return tuple(
        in_medium(
            prefix_bytes(
                size // 2 if bytes_counted else size, known.prefix, dialect.length, shape.codec
            ),
            shape.medium,
            shape.codec,
        )
        for size in range(longest + 1)
    )


def _joined(pieces: Sequence[tuple[Medium, str]], codec: str) -> list[str]:
    """The expressions of the bytes, one for each run of pieces in one medium.

    They join and do not format: a subclass of str may format as something else than its text.
    """
    runs = []
    for medium, group in groupby(pieces, key=itemgetter(0)):
        texts = ", ".join(text for _, text in group)
        joined = f'"".join(({texts},))'
        runs.append(
            f"{joined}.encode({codec!r})" if medium == "text" else f"bytes.fromhex({joined})"
        )
    return runs
