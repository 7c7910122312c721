"""A piece of a message in hexadecimal with a caret under a byte, cardholder data hidden."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from switch.settings.masking import packed_runs
from switch.wire.dialect import Positional
from switch.wire.lengths import all_digits

if TYPE_CHECKING:
    from switch.wire.dialect import Dialect
    from switch.wire.layout import Span

BEFORE = 8
AFTER = 8

# In a message that lost its place, what may be a PAN, a track or a PIN block in characters.
_SUSPECT = re.compile("[0-9A-Fa-f=]{6,}")
# What may be one in BCD, or in another character set than the dialect's.
_PACKED = re.compile(
    b"[%s]{6,}|[\xf0-\xf9]{6,}" % bytes(byte for byte in range(0x9A) if byte & 15 < 10)
)
_PAN_LIKE = re.compile("[0-9]{13,19}")


class Hidden:
    """Which bytes of a body must not be shown.

    In a sound message the dialect's marks say it. In one that lost its place (`sound` is false,
    `first` the first byte that is wrong) nobody knows where cardholder data lies: runs of digits
    and of hexadecimal are hidden, and of packed bytes everything.
    """

    def __init__(
        self, dialect: Dialect, spans: Mapping[str, Span], *, sound: bool, first: int
    ) -> None:
        self._dialect = dialect
        self._spans = spans
        self._sound = sound
        self._first = first

    def of(self, body: bytes) -> list[bool]:
        """One flag a byte."""
        hidden = [False] * len(body)
        text = body.decode(self._dialect.codec)
        for key, span in self._spans.items():
            known = self._dialect.fields.get(key)
            if known is None:
                continue
            if known.sensitive is not None:
                _hide(hidden, span.data, span.end)
            elif known.kind in ("an", "ans") and not isinstance(known.structure, Positional):
                for run in _PAN_LIKE.finditer(text, span.data, span.end):
                    _hide(hidden, run.start(), run.end())
                for start, end in packed_runs(body[span.data : span.end].decode("latin-1")):
                    _hide(hidden, span.data + start, span.data + end)
        if not self._sound:
            self._hide_suspects(body, text, hidden)
        return hidden

    def _hide_suspects(self, body: bytes, text: str, hidden: list[bool]) -> None:
        if self._dialect.packed:
            # A packed PAN or PIN block looks like any other bytes.
            _hide(hidden, 0, len(text))
        for run in _SUSPECT.finditer(text):
            _hide(hidden, run.start(), run.end())
        for packed in _PACKED.finditer(body):
            _hide(hidden, packed.start(), packed.end())
        self._show_mti(body, hidden)
        # One byte gives nothing away, and it is the culprit.
        hidden[self._first : self._first + 1] = [False] * (self._first < len(text))

    def _show_mti(self, body: bytes, hidden: list[bool]) -> None:
        """Show four digits at the start, where no PAN fits; no bitmap, for it may be none.

        Where bytes were lost in front, a PIN block may lie where the bitmap should.
        """
        size = 2 if self._dialect.numeric == "bcd" else 4
        head = body[:size]
        digits = head.hex() if size == 2 else head.decode(self._dialect.codec)
        if all_digits(digits):
            hidden[: len(head)] = [False] * len(head)


def _hide(hidden: list[bool], start: int, end: int) -> None:
    hidden[start:end] = [True] * (end - start)


def excerpt(body: bytes, position: int, hidden: Hidden, codec: str = "latin-1") -> str:
    """Three lines: where, the bytes around `position` and as text, and a caret under it."""
    flags = hidden.of(body)
    characters = body.decode(codec)
    start = max(0, position - BEFORE)
    end = min(len(body), position + AFTER)
    pairs = ["**" if flags[at] else f"{body[at]:02x}" for at in range(start, end)]
    text = "".join(
        "*" if flags[at] else characters[at] if " " <= characters[at] <= "~" else "."
        for at in range(start, end)
    )
    lead = ".. " if start else ""
    tail = " .." if end < len(body) else ""
    caret = " " * (len(lead) + 3 * (position - start)) + "^^"
    line = f"{lead}{' '.join(pairs)}{tail}"
    return f"byte {position} of {len(body)}:\n  {line}   {text}\n  {caret}"
