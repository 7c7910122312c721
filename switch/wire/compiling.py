"""From what a dialect file says of an element to the compiled element, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switch.settings import Located, Problem
from switch.wire.content import FORMATS
from switch.wire.dialect import Field, Positional, Structure
from switch.wire.dialect_file import DialectFile, FieldFile
from switch.wire.dialect_words import Pad
from switch.wire.lengths import CHARSETS, Charset, codec_of, largest_length
from switch.wire.structure_file import lengths
from switch.wire.structuring import Context, compiled_structure

_OF_DIGITS = (*CHARSETS, "bcd")
ENCODINGS = {
    "n": _OF_DIGITS,
    "z": _OF_DIGITS,
    "x+n": _OF_DIGITS,
    "b": ("hex", "raw"),
    "a": CHARSETS,
    "an": CHARSETS,
    "ans": CHARSETS,
}


def compiled_field(
    number: str,
    one: FieldFile,
    located: Located[DialectFile],
    encoding: Mapping[str, Any],
    problems: list[Problem],
) -> Field | None:
    """The element; None when something is wrong with it, which `problems` then say.

    `encoding` is that of the whole dialect; where it lacks something, that was said already.
    """
    return _Compiling(number, one, located, encoding, problems).field()


class _Compiling:
    def __init__(
        self,
        number: str,
        one: FieldFile,
        located: Located[DialectFile],
        encoding: Mapping[str, Any],
        problems: list[Problem],
    ) -> None:
        self._number = number
        self._one = one
        self._located = located
        self._encoding = encoding
        self._problems = problems

    def field(self) -> Field | None:
        one = self._one
        if one.name is None or one.kind is None or one.length is None:
            for key in ("name", "kind", "length"):
                if getattr(one, key) is None:
                    self._complain(None, f"field {self._number}: missing key {key!r}")
            return None
        shortest, longest, prefix = lengths(one.length)
        data = one.encoding or self._encoding.get(_general(one.kind))
        length = one.length_encoding or self._encoding.get("length")
        if data is None or length is None:
            # Said once, for the whole file.
            return None
        if data not in ENCODINGS[one.kind]:
            allowed = " or ".join(ENCODINGS[one.kind])
            self._complain("encoding", f"kind {one.kind} cannot be {data}: {allowed}")
            return None
        before = len(self._problems)
        self._check(one, data, shortest, longest, prefix)
        counted = longest
        if data == "bcd" and one.length_counts == "bytes":
            counted = (longest + 1) // 2
        elif data == "hex":
            counted = 2 * longest
        if prefix and counted > largest_length(prefix, length):
            self._complain("length", f"{counted} does not fit into {prefix} digits of length")
        if len(self._problems) > before:
            return None
        text: Charset = self._encoding["text"]
        built = Field(
            number=int(self._number),
            name=one.name,
            kind=one.kind,
            shortest=shortest,
            longest=longest,
            prefix=prefix,
            encoding=data,
            format=one.format,
            structure=self._structure(text),
            sensitive=one.sensitive,
            codec=codec_of(data if data in CHARSETS else text),
            length_encoding=length,
            counts_bytes=one.length_counts == "bytes",
            pad=one.pad or self._general_pad(data, prefix),
        )
        self._check_parts(built)
        return built

    def _check(self, one: FieldFile, data: str, shortest: int, longest: int, prefix: int) -> None:
        if one.format is not None and FORMATS[one.format][1] not in (0, longest):
            size = FORMATS[one.format][1]
            self._complain("format", f"{one.format} has {size} characters, not {longest}")
        if data == "bcd" and one.kind == "x+n" and (prefix or longest % 2 == 0):
            self._complain(
                "length", "in BCD, x+n is fixed and has an even number of digits behind its sign"
            )
        if data == "bcd" and one.kind == "z" and not prefix:
            self._complain("length", "in BCD, kind z needs a variable length")
        if one.length_counts is not None and not (data == "bcd" and prefix):
            self._complain("length_counts", "only a variable length of BCD digits has a choice")
        if one.pad is not None and data != "bcd":
            self._complain("pad", "only BCD digits are padded")
        if one.length_encoding is not None and not prefix:
            self._complain("length_encoding", "a fixed length is not written")

    def _general_pad(self, data: str, prefix: int) -> Pad | None:
        if data != "bcd":
            return None
        pad: Pad | None = self._encoding.get("variable_pad" if prefix else "fixed_pad")
        return pad

    def _structure(self, text: Charset) -> Structure | None:
        given = self._one.structure
        if given is None:
            return None
        context = Context(
            located=self._located,
            problems=self._problems,
            where=("fields", self._number, "structure"),
            binary=self._one.kind == "b",
            text=text,
            kind=self._one.kind if self._one.kind in ("n", "a", "an") else "ans",
        )
        return compiled_structure(given, context)

    def _check_parts(self, built: Field) -> None:
        """Parts of fixed length fill their element; bytes may be written in several ways."""
        shape = built.structure
        if not isinstance(shape, Positional) or built.kind == "b":
            return
        if any(part.shortest != part.longest or part.prefix for part in shape.parts):
            return
        size = sum(part.longest for part in shape.parts) * shape.entries
        if size != built.longest:
            found = f"the parts have {size} characters in all, the element {built.longest}"
            self._complain("structure", found)

    def _complain(self, key: str | None, message: str) -> None:
        where = ("fields", self._number) if key is None else ("fields", self._number, key)
        self._problems.append(self._located.problem(where, message, on_key=key is None))


def _general(kind: str) -> str:
    """Which encoding of the whole dialect an element of a kind follows."""
    if kind == "b":
        return "binary"
    return "numeric" if kind in ("n", "z", "x+n") else "text"
