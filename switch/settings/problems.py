"""What is wrong with a file, said so that it can be mended: place, line, caret, suggestion.

    scenario.yaml:12:5: unknown key 'withdrw', did you mean 'withdraw'?
       12 |   - withdrw: {amount: 200}
          |     ^^^^^^^

Nothing here ever shows a card number: runs of 12 to 19 digits keep their first 6 and last 4.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from switch.settings.masking import mask

LINE_WIDTH_MAX = 120
"""A longer source line is cut around the caret, so that a terminal does not wrap it."""

PROBLEMS_SHOWN_MAX = 50
"""Beyond this a reader mends the first ones and runs again; the rest is counted."""

FOUND_WIDTH_MAX = 60
"""A longer value is cut when a message quotes it."""

TAB = "    "


def quoted(text: str) -> str:
    """`text` as a message shows it: in quotes, cut, card numbers masked, on one line."""
    shown = mask(text)
    return repr(shown if len(shown) <= FOUND_WIDTH_MAX else shown[: FOUND_WIDTH_MAX - 1] + "…")


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` was probably meant to be, or None.

    >>> suggest("withdrw", ["balance", "withdraw"])
    'withdraw'
    """
    by_folded: dict[str, str] = {}
    for candidate in candidates:
        by_folded.setdefault(candidate.casefold(), candidate)
    # difflib is quadratic in the length of the word, and no name of ours is that long
    close = get_close_matches(word[:FOUND_WIDTH_MAX].casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and where. Lines and columns count from 1.

    `line` 0 means the file as a whole (it is missing, it is not text), without a source line.
    `width` is the number of characters of `source_line` under the caret run.
    """

    file: str
    line: int
    column: int
    message: str
    source_line: str = ""
    suggestion: str | None = None
    width: int = 1

    def render(self) -> str:
        """The problem as a person reads it, without a final newline."""
        meant = f", did you mean {quoted(self.suggestion)}?" if self.suggestion else ""
        file = _displayed(self.file)
        if self.line == 0:
            return f"{file}: {self.message}{meant}"
        shown, before, under = _window(self.source_line, self.column - 1, self.width)
        number = f"{self.line:5}"
        return (
            f"{file}:{self.line}:{self.column}: {self.message}{meant}\n"
            f"{number} | {shown}\n"
            f"{' ' * len(number)} | {' ' * before}{'^' * max(1, under)}"
        )


class SettingsError(Exception):
    """A file that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        shown = [problem.render() for problem in self.problems[:PROBLEMS_SHOWN_MAX]]
        more = len(self.problems) - len(shown)
        if more > 0:
            shown.append(f"{self.problems[0].file}: and {more} more problems")
        return "\n".join(shown)


def _window(line: str, start: int, width: int) -> tuple[str, int, int]:
    """What is shown of a line, the columns before the caret run, and the run's columns."""
    end = min(len(line), start + width)
    left, right = 0, len(line)
    if right > LINE_WIDTH_MAX:
        margin = max(10, (LINE_WIDTH_MAX - (end - start)) // 2)
        left = max(0, min(start - margin, right - LINE_WIDTH_MAX))
        right = min(right, left + LINE_WIDTH_MAX)
        end = min(end, right)
    head = "…" if left else ""
    tail = "…" if right < len(line) else ""
    before = head + _displayed(line[left:start])
    under = _displayed(line[start:end])
    after = _displayed(line[max(end, start) : right]) + tail
    return (before + under + after).rstrip(), _columns(before), _columns(under)


def _displayed(text: str) -> str:
    """Tabs as spaces, and nothing that a terminal would obey."""
    plain = text.replace("\t", TAB)
    return "".join("\ufffd" if _is_control(character) else character for character in plain)


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _columns(text: str) -> int:
    """Terminal columns: a combining mark takes none, a wide East Asian character two."""
    columns = 0
    for character in text:
        if unicodedata.combining(character):
            continue
        columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return columns
