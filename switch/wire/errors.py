"""What is wrong with a message: which element, which byte, what was expected, what was found.

Nothing here shows cardholder data: texts are built from offending characters, never from whole
values, the fields read so far are masked, and so is the excerpt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from switch.wire.message import Message, Value, printable

_NAMES = {
    "frame": "the frame",
    "t": "the MTI",
    "p": "the bitmap",
    "1": "the secondary bitmap",
}


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong.

    `field` is a path (`t`, `p`, `4`, `48.05`), `position` the offset of the byte in the body
    (None when there are no bytes yet), `expected` and `found` are words.
    """

    field: str
    position: int | None
    expected: str
    found: str
    name: str = ""

    def __str__(self) -> str:
        named = (
            _NAMES.get(self.field) or f"field {self.field}{f' ({self.name})' if self.name else ''}"
        )
        where = "" if self.position is None else f", byte {self.position}"
        return f"{named}{where}: expected {self.expected}, found {self.found}"

    def to_json(self) -> dict[str, Any]:
        return {
            "field": self.field,
            "name": self.name,
            "position": self.position,
            "expected": self.expected,
            "found": self.found,
        }


class WireError(Exception):
    """A message that breaks its dialect. `str()` is one line without cardholder data.

    `complaint` is the first thing wrong and `others` what else is. `partial` is everything that
    could be read: with an error of content only (`sound` is true) that is every element, so that
    an answer can echo them. `partial` is in clear, its `repr` is not. `length` is the size of
    the body in bytes, `excerpt` a masked piece of it in hexadecimal with a caret, `shown` what
    may be printed of `partial`: where bytes were lost or misread, what stands before the error.
    """

    def __init__(
        self,
        complaint: Complaint,
        *,
        others: tuple[Complaint, ...] = (),
        partial: Message | None = None,
        length: int = 0,
        sound: bool = False,
        excerpt: str = "",
        shown: Message | None = None,
    ) -> None:
        super().__init__(str(complaint))
        self.complaint = complaint
        self.others = others
        self.partial = Message() if partial is None else partial
        self.length = length
        self.sound = sound
        self.excerpt = excerpt
        self._shown = shown

    @property
    def field(self) -> str:
        return self.complaint.field

    @property
    def position(self) -> int | None:
        return self.complaint.position

    @property
    def expected(self) -> str:
        return self.complaint.expected

    @property
    def found(self) -> str:
        return self.complaint.found

    @property
    def readable(self) -> bool:
        """Whether MTI, bitmap and STAN could be read: then a switch owes an answer, DE39 30."""
        stan = self.partial.text(11)
        return bool(self.partial.mti) and len(stan) == 6 and stan.isascii() and stan.isdigit()

    @property
    def shown(self) -> Message:
        """`partial` as it may be printed."""
        if self._shown is not None:
            return self._shown
        from switch.wire.masking import mask_element

        return Message((key, mask_element(key, value)) for key, value in self.partial.items())

    def describe(self) -> str:
        """Several lines: what is wrong, where in the bytes, and the fields read so far."""
        lines = [str(self), *(f"also {other}" for other in self.others)]
        if self.excerpt:
            lines += ["", self.excerpt]
        if self.shown:
            lines += ["", "read so far:"]
            lines += [f"  {printable(key):>3}  {_flat(value)}" for key, value in self.shown.items()]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """The same as a document; `partial` is masked."""
        return {
            **self.complaint.to_json(),
            "message": str(self),
            "others": [other.to_json() for other in self.others],
            "length": self.length,
            "excerpt": self.excerpt,
            "partial": dict(self.shown),
        }


class EncodeError(WireError):
    """A message that cannot be put into bytes as it is."""


def _flat(value: Value) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{printable(str(name))} {_flat(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_flat(inner) for inner in value)
    return printable(str(value))
