"""Writes the function that decodes the messages with one set of elements.

Elements next to each other in one medium are a run: one regular expression finds, checks and
cuts out all of them. An element with too many lengths for that is read alone, by a table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from switch.wire.generated.composites import opener
from switch.wire.generated.expressions import literal, tidy
from switch.wire.generated.shape import NIBBLES, Shape, signs
from switch.wire.generated.source import Source
from switch.wire.message import Message

# BCD and binary are hexadecimal in messages: what stands behind the name of a variable to turn
# the nibbles of an element of this kind into its value.
_NIBBLES_TO_VALUE = {"z": '.replace("d", "=")', "b": ".upper()"}

# A longer display is not built in one step by CPython 3.11: its dictionary grows as it is filled.
DISPLAY_MAX = 15


def write_decoder(
    name: str, shapes: Sequence[Shape], head_size: int, likely: Mapping[str, str]
) -> Source:
    """`decode(body, mti, flat)` for bodies that announce exactly these elements.

    It returns the message or None, or raises LookupError or ValueError; anything but a message
    says that the body is wrong, not how. `likely` are the length prefixes to try first, by element.
    """
    return _Decoder(shapes, head_size, likely).write(name)


class _Decoder:
    def __init__(self, shapes: Sequence[Shape], head_size: int, likely: Mapping[str, str]) -> None:
        self._shapes = shapes
        self._likely = likely
        self._constants: dict[str, object] = {"re": re, "Message": Message}
        self._patterns: list[str] = []
        self._lines: list[str] = []
        self._values: list[tuple[str, str]] = [("t", "mti")]
        # Where the next element begins: bytes behind the one that the variable `at` names, or
        # behind the first byte as long as there is no such variable.
        self._base = ""
        self._offset = head_size

    def write(self, name: str) -> Source:
        for medium in dict.fromkeys(shape.medium for shape in self._shapes):
            how = "body.hex()" if medium == NIBBLES else f"body.decode({medium!r})"
            self._lines.append(f"{_variable(medium)} = {how}")
        pieces = list(_pieces(self._shapes))
        for index, piece in enumerate(pieces):
            if piece[0].alone:
                self._alone(piece[0])
            else:
                self._run(index, piece, last=index == len(pieces) - 1)
        if not pieces or pieces[-1][0].alone:
            self._lines += [f"if {self._at()} != len(body):", "    return None"]
        self._lines += _message(self._values)
        body = "\n".join(f"    {line}" for line in self._lines)
        text = "\n".join([*self._patterns, "", "def decode(body, mti, flat):", body, ""])
        return Source(name, text.lstrip("\n"), "decode", self._constants)

    def _at(self, scale: int = 1, extra: int = 0) -> str:
        """The position of the next element in a medium of `scale` characters a byte."""
        offset = scale * self._offset + extra
        if not self._base:
            return str(offset)
        base = f"{scale} * {self._base}" if scale > 1 else self._base
        return f"{base} + {offset}" if offset else base

    def _run(self, index: int, run: Sequence[Shape], *, last: bool) -> None:
        medium = _variable(run[0].medium)
        found, pattern = f"found_{index}", f"run_{index}"
        groups: list[str] = []
        rows: list[str] = []
        after: list[str] = []
        for shape in run:
            expression, variables, value = _capture(shape, self._likely.get(shape.key))
            rows.append(f"    {expression}  # {shape.key} {tidy(shape.field.name)}")
            groups += variables
            after += self._value(shape, value, checked=shape.checked_after)
        end = [r"    \Z"] if last else []
        self._patterns.append(
            "\n".join(
                [f'{pattern} = re.compile(r"""', *rows, *end, '""", re.VERBOSE | re.DOTALL).match']
            )
        )
        scale = run[0].scale
        unpacked = f"{', '.join(groups)}{',' if len(groups) == 1 else ''}"
        self._lines += [
            f"{found} = {pattern}({medium}, {self._at(scale)})",
            f"if {found} is None:",
            "    return None",
            f"{unpacked} = {found}.groups()",
            *after,
        ]
        if all(not shape.field.prefix for shape in run):
            self._offset += sum(shape.taken(shape.sizes[""]) for shape in run) // scale
        elif not last:
            self._lines.append(f"at = {found}.end(){' // 2' if scale == 2 else ''}")
            self._base, self._offset = "at", 0

    def _alone(self, shape: Shape) -> None:
        """A length looked up in a table, then as much of the medium."""
        key, medium, scale = shape.key, _variable(shape.medium), shape.scale
        start = self._at(scale, shape.prefix_size)
        self._constants[f"sizes_{key}"] = shape.sizes
        self._lines += [
            f"# {key} {tidy(shape.field.name)}",
            f"start = {start}",
            f"end = start + sizes_{key}[{medium}[{self._at(scale)}:start]]",
        ]
        if shape.pad and shape.pad_left:
            self._lines += [
                "if (end - start) % 2:",
                f'    if {medium}[start : start + 1] != "{shape.pad}":',
                "        return None",
                "    start, end = start + 1, end + 1",
            ]
        self._lines.append(f"v{key} = {medium}[start:end]")
        if shape.pad and not shape.pad_left:
            self._lines += [
                "if (end - start) % 2:",
                f'    if {medium}[end : end + 1] != "{shape.pad}":',
                "        return None",
                "    end += 1",
            ]
        # Any nibbles are bytes, and the table has seen to their number.
        checked = not (shape.character and shape.field.kind == "b" and shape.medium == NIBBLES)
        self._lines += self._value(shape, _converted(shape, f"v{key}"), checked=checked)
        self._lines.append(f"at = end{' // 2' if scale == 2 else ''}")
        self._base, self._offset = "at", 0

    def _value(self, shape: Shape, value: str, *, checked: bool) -> list[str]:
        """Note what the message holds for an element; the lines that check it before."""
        key, lines = shape.key, []
        if shape.signed:
            self._constants["signs"] = signs(shape.field.codec)
        if shape.pad and shape.field.prefix:
            self._constants[f"cut_{key}"] = shape.cut
        composite = shape.field.expanded
        if (checked or composite) and value != f"v{key}":
            lines.append(f"v{key} = {value}")
            value = f"v{key}"
        if checked:
            self._constants[f"check_{key}"] = _check(shape)
            lines += [f"if check_{key}(v{key}) is None:", "    return None"]
        if composite:
            self._constants[f"open_{key}"] = opener(shape.field)
            lines.append(f"inner_{key} = open_{key}(v{key})")
            value = f"v{key} if flat else inner_{key}"
        self._values.append((key, value))
        return lines


def _message(values: Sequence[tuple[str, str]]) -> list[str]:
    """The lines that return the message: keys and the expressions of their values."""
    shown = [(f'"{key}"', value) for key, value in values]
    return [
        "values = {",
        *(f"    {key}: {value}," for key, value in shown[:DISPLAY_MAX]),
        "}",
        *(f"values[{key}] = {value}" for key, value in shown[DISPLAY_MAX:]),
        "return Message(values)",
    ]


def _check(shape: Shape) -> Callable[[str], object]:
    """What judges a value on its own."""
    if shape.alone and shape.character and shape.field.kind == "b":
        # Its length, of whole bytes, came from the table: pairs need not be counted again.
        return re.compile(f"{shape.character}*+").fullmatch
    return shape.field.pattern.fullmatch


def _pieces(shapes: Sequence[Shape]) -> Iterator[list[Shape]]:
    """Runs of elements that one expression reads, and single elements between them."""

    def piece(at: int) -> tuple[str, int]:
        return shapes[at].medium, at if shapes[at].alone else -1

    for _, places in groupby(range(len(shapes)), piece):
        yield [shapes[at] for at in places]


def _capture(shape: Shape, likely: str | None) -> tuple[str, list[str], str]:
    """The expression of an element in a run, the names of its groups, its value from them."""
    variable = f"v{shape.key}"
    if not shape.field.prefix:
        size = shape.sizes[""]
        expression = f"({shape.content or f'.{{{size}}}+'})"
        return shape.padded(size, expression), [variable], _converted(shape, variable)
    branches = {
        prefix: shape.padded(size, shape.any_of(size)) for prefix, size in shape.sizes.items()
    }
    tree = f"({_tree(branches)})"
    size = shape.sizes[likely] if likely is not None else 0
    if likely is None or not size:
        return tree, [variable], _converted(shape, _cut(shape, variable))
    # An empty group is no value either: only a length above zero can be the likely one.
    first = literal(likely) + shape.padded(size, f"({shape.any_of(size)})")
    value = f"({variable} or {_cut(shape, f'{variable}_other')})"
    return f"(?:{first}|{tree})", [variable, f"{variable}_other"], _converted(shape, value)


def _cut(shape: Shape, variable: str) -> str:
    """What remains of an element without its length prefix and its pad."""
    if shape.pad:
        return f"cut_{shape.key}({variable})"
    return f"{variable}[{shape.prefix_size}:]"


def _converted(shape: Shape, variable: str) -> str:
    """The value of an element, as messages hold it, from its characters in the medium."""
    if shape.medium != NIBBLES:
        return variable
    if shape.signed:
        return f"signs[{variable}[:2]] + {variable}[2:]"
    return f"{variable}{_NIBBLES_TO_VALUE.get(shape.field.kind, '')}"


def _tree(branches: Mapping[str, str]) -> str:
    """An expression that chooses by prefix, character by character.

    >>> _tree({"06": ".{6}", "10": ".{10}", "11": ".{11}"})
    '(?:06.{6}|1(?:0.{10}|1.{11}))'
    """
    ways = []
    for first, group in groupby(branches, key=lambda prefix: prefix[0]):
        rest = {prefix[1:]: branches[prefix] for prefix in group}
        ways.append(literal(first) + (rest[""] if "" in rest else _tree(rest)))
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"


def _variable(medium: str) -> str:
    """What generated code calls the body in a medium."""
    return medium.replace("-", "_")
