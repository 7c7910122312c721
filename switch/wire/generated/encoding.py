"""Writes the function that encodes the messages with one set of elements.

The values, joined by a separator that none of them may hold, are checked by one regular
expression; then they are joined again with lengths and pads between them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from switch.wire.generated.composites import closer
from switch.wire.generated.expressions import tidy, value_expression
from switch.wire.generated.head import Head
from switch.wire.generated.shape import NIBBLES, Shape, in_medium, signs
from switch.wire.generated.source import Source
from switch.wire.lengths import write_length

# A value that is looked at by itself afterwards.
_ANYTHING = r"[^\x1f]*"


def write_encoder(name: str, head: Head, shapes: Sequence[Shape]) -> Source:
    """`encode(values)` for messages of exactly these elements; the MTI is the first value.

    It returns the bytes or None, or raises LookupError, TypeError or ValueError; anything but
    bytes says that a value is wrong, not which.
    """
    constants: dict[str, object] = {"re": re}
    names = ["t", *(f"v{shape.key}" for shape in shapes)]
    rows = ["    [0-9]{4}  # t"]
    flattened: list[str] = []
    checks: list[str] = []
    pieces: list[tuple[str, str]] = [
        (head.mti_medium, "t"),
        (head.bitmap_medium, f'"{head.bitmap_of(tuple(shape.key for shape in shapes))}"'),
    ]
    for shape in shapes:
        key, expression = shape.key, value_expression(shape.field)
        rows.append(rf"    \x1f{expression or _ANYTHING}  # {key} {tidy(shape.field.name)}")
        if shape.field.structure is not None:
            constants[f"close_{key}"] = closer(shape.field)
            if not shape.field.expanded:
                flattened.append(f"if v{key}.__class__ is not str:")
            flattened.append(
                f"{'' if shape.field.expanded else '    '}v{key} = close_{key}(v{key})"
            )
        if not expression:
            constants[f"check_{key}"] = shape.field.pattern.fullmatch
            checks += [f"if check_{key}(v{key}) is None:", "    return None"]
        if shape.signed:
            constants["signs"] = {sign: byte for byte, sign in signs(shape.field.codec).items()}
        if shape.field.prefix:
            constants[f"prefixes_{key}"] = _prefixes(shape)
        if shape.pad:
            constants[f"pads_{key}"] = ("", shape.pad)
        pieces += [(shape.medium, piece) for piece in _written(shape)]
    lines = [
        f"{', '.join(names)}{',' if len(names) == 1 else ''} = values",
        *flattened,
        rf'if values_fit("\x1f".join(({", ".join(names)},))) is None:',
        "    return None",
        *checks,
        f"return {' + '.join(_joined(pieces))}",
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
    prefix, pad = [], []
    if shape.field.prefix:
        prefix.append(f"prefixes_{shape.key}[len({variable})]")
        if shape.pad:
            pad.append(f"pads_{shape.key}[len({variable}) % 2]")
    elif shape.pad and shape.sizes[""] % 2:
        pad.append(f'"{shape.pad}"')
    before, behind = ([*prefix, *pad], []) if shape.pad_left else (prefix, pad)
    if shape.signed:
        return [*before, f"signs[{variable}[0]]", f"{variable}[1:]", *behind]
    if shape.medium == NIBBLES and shape.field.kind == "z":
        variable = f'{variable}.replace("=", "D")'
    return [*before, variable, *behind]


def _prefixes(shape: Shape) -> tuple[str | None, ...]:
    """The length prefix of a value by the number of its characters, as its medium shows it.

    None where the characters are no whole bytes: joining it raises TypeError.
    """
    known = shape.field
    pairs = known.kind == "b" or known.counts_bytes
    longest = 2 * known.longest if known.kind == "b" else known.longest + known.counts_bytes
    halved = known.encoding == "raw" or known.counts_bytes
    return _table(known.prefix, known.length_encoding, shape.medium, longest, pairs, halved)


@lru_cache(maxsize=256)
def _table(
    digits: int, encoding: str, medium: str, longest: int, pairs: bool, halved: bool
) -> tuple[str | None, ...]:
    def prefix(size: int) -> str | None:
        if pairs and size % 2:
            return None
        length = size // 2 if halved else size
        return in_medium(write_length(length, digits, encoding), medium)

    return tuple(prefix(size) for size in range(longest + 1))


def _joined(pieces: Sequence[tuple[str, str]]) -> list[str]:
    """The expressions of the bytes, one for each run of pieces in one medium.

    They join and do not format: a subclass of str may format as something else than its text.
    """
    runs = []
    for medium, group in groupby(pieces, key=itemgetter(0)):
        texts = ", ".join(text for _, text in group)
        joined = f'"".join(({texts},))'
        runs.append(
            f"bytes.fromhex({joined})" if medium == NIBBLES else f"{joined}.encode({medium!r})"
        )
    return runs
