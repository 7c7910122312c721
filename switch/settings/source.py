"""The text of a file, and the places in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from pathlib import Path

from switch.settings.masking import mask
from switch.settings.problems import Problem, SettingsError

FILE_BYTES_MAX = 4 * 1024 * 1024
"""The largest seed file we know of is a tenth of this; more is a mistake in the path."""

_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_BOM = "\ufeff"


class Source:
    """A text and the name that messages call it by."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text.removeprefix(_BOM)

    @cached_property
    def _line_spans(self) -> list[tuple[int, int]]:
        """Start and end of every line, the line break left out."""
        spans = []
        start = 0
        for found in _LINE_BREAK.finditer(self.text):
            spans.append((start, found.start()))
            start = found.end()
        spans.append((start, len(self.text)))
        return spans

    @cached_property
    def _line_starts(self) -> list[int]:
        return [start for start, _ in self._line_spans]

    def line_of(self, offset: int) -> int:
        """The number, from 1, of the line that holds `offset`."""
        return bisect_right(self._line_starts, max(0, offset))

    def before(self, offset: int) -> str:
        """What stands before `offset` in its line."""
        return self.text[self._line_starts[self.line_of(offset) - 1] : offset]

    def problem(
        self, start: int, end: int, message: str, *, suggestion: str | None = None
    ) -> Problem:
        """A problem with the characters from `start` to `end` (offsets in the text).

        The caret run stops at the end of the first line; a place after the last text of a file
        is moved back to it.
        """
        text = self.text
        if start >= len(text.rstrip()):
            start = max(0, len(text.rstrip()) - 1)
            end = start + 1
        line = self.line_of(start)
        line_start, line_end = self._line_spans[line - 1]
        start = min(start, line_end)
        under = text[start : min(end, line_end)].rstrip()
        return Problem(
            file=self.name,
            line=line,
            column=start - line_start + 1,
            message=mask(message),
            source_line=mask(text[line_start:line_end]),
            suggestion=None if suggestion is None else mask(suggestion),
            width=max(1, len(under)),
        )

    def whole(self, message: str) -> Problem:
        """A problem with the file as a whole."""
        return Problem(self.name, 0, 0, message)


def read_source(path: Path) -> Source:
    """The text of a file; raises SettingsError when there is none to be had."""
    name = str(path)
    try:
        if path.is_dir():
            raise SettingsError([Problem(name, 0, 0, "this is a folder, not a file")])
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        raise SettingsError([Problem(name, 0, 0, "there is no such file")]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError([Problem(name, 0, 0, f"cannot be read: {reason.lower()}")]) from None
    if len(data) > FILE_BYTES_MAX:
        limit = FILE_BYTES_MAX // (1024 * 1024)
        raise SettingsError([Problem(name, 0, 0, f"the file is larger than {limit} MiB")])
    try:
        return Source(name, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        offset = len(data[: error.start].decode("utf-8").removeprefix(_BOM))
        shown = Source(name, data.decode("utf-8", errors="replace"))
        message = f"the byte {data[error.start]:#04x} is not UTF-8: save the file as UTF-8"
        raise SettingsError([shown.problem(offset, offset + 1, message)]) from None
