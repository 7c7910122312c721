"""What is wrong with the frames of a line."""

from __future__ import annotations

from switch.wire.errors import Complaint, WireError


class FramingError(WireError):
    """Bytes that are not frames; the line cannot be trusted any more.

    `hint` says what the peer looks like, or is empty. `complete` holds the bodies that came
    whole in the same bytes, before the trouble.
    """

    def __init__(self, expected: str, found: str, *, hint: str, complete: list[bytes]) -> None:
        super().__init__(Complaint("frame", 0, expected, found))
        self.hint = hint
        self.complete = complete

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"frame: expected {self.expected}, found {self.found}{hint}"

    def again(self) -> FramingError:
        """The same trouble, for a later call: nothing comes complete any more."""
        return FramingError(self.expected, self.found, hint=self.hint, complete=[])
