"""A piece of a message in hexadecimal with a caret under a byte, cardholder data hidden."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from switch.wire.dialect import Dialect
    from switch.wire.errors import Complaint
    from switch.wire.layout import Span

BEFORE = 8
AFTER = 8

# In bytes nobody could locate, what may be a PAN, a track or a PIN block written as characters.
_SUSPECT = re.compile(rb"[0-9A-Fa-f=]{12,}")
_PAN_LIKE = re.compile(rb"[0-9]{13,19}")


class Hidden:
    """Which bytes of a body must not be shown, by the dialect and by what could be located."""

    def __init__(
        self, dialect: Dialect, spans: Mapping[str, Span], trouble: Complaint | None
    ) -> None:
        self._dialect = dialect
        self._spans = spans
        self._trouble = trouble

    def of(self, body: bytes) -> list[bool]:
        """One flag a byte."""
        hidden = [False] * len(body)
        for key, span in self._spans.items():
            known = self._dialect.fields.get(key)
            if known is None:
                continue
            if known.sensitive is not None:
                hidden[span.data : span.end] = [True] * (span.end - span.data)
            elif known.kind in ("an", "ans") and known.structure is None:
                for run in _PAN_LIKE.finditer(body, span.data, span.end):
                    hidden[run.start() : run.end()] = [True] * len(run[0])
        if self._trouble is not None:
            self._hide_unlocated(body, hidden)
        self._show_head(body, hidden)
        return hidden

    def _show_head(self, body: bytes, hidden: list[bool]) -> None:
        """Show MTI and bitmaps: unless the bytes are so displaced that they may be a PAN.

        No PAN starts with 0, nor does one fit into four bytes of text.
        """
        for at in range(min(len(body), 2 if self._dialect.numeric == "bcd" else 4)):
            hidden[at] = False
        if body[:1] not in (b"0", b"\x01", b"\x02", b"\x03", b"\x04", b"\x05", b"\x06", b"\x08"):
            return
        for span in (self._spans[key] for key in ("t", "p", "1") if key in self._spans):
            hidden[span.start : span.end] = [False] * (span.end - span.start)

    def _hide_unlocated(self, body: bytes, hidden: list[bool]) -> None:
        end = max((span.end for span in self._spans.values()), default=0)
        if self._dialect.numeric == "bcd":
            # A packed PAN looks like any other bytes.
            hidden[end:] = [True] * (len(body) - end)
        for run in _SUSPECT.finditer(body):
            hidden[run.start() : run.end()] = [True] * len(run[0])
        known = self._dialect.fields.get(self._trouble.field) if self._trouble else None
        if known is not None and self._trouble is not None and self._trouble.position == end:
            # Two or three digits of length give nothing away and are often the culprit.
            width = min(known.prefix, max(len(body) - end, 0))
            hidden[end : end + width] = [False] * width


def excerpt(body: bytes, position: int, hidden: Hidden) -> str:
    """Three lines: where, the bytes around `position`, and a caret under it."""
    flags = hidden.of(body)
    start = max(0, position - BEFORE)
    end = min(len(body), position + AFTER)
    pairs = ["**" if flags[at] else f"{body[at]:02x}" for at in range(start, end)]
    text = "".join(
        "*" if flags[at] else chr(body[at]) if 0x20 <= body[at] < 0x7F else "."
        for at in range(start, end)
    )
    lead = ".. " if start else ""
    tail = " .." if end < len(body) else ""
    caret = " " * (len(lead) + 3 * (position - start)) + "^^"
    line = f"{lead}{' '.join(pairs)}{tail}"
    return f"byte {position} of {len(body)}:\n  {line}   {text}\n  {caret}"
