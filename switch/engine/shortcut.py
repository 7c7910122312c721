"""When a request may be entered with the rest of its batch, unseen.

Nearly every request is new, and nothing was heard of it before. The journal then enters it as a
row among others, and only looks when the database says no. What must be looked at first is known
here, in memory: requests entered lately, and reversals that came without their original.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from switch.engine.entries import EARLY_REVERSALS_MAX
from switch.engine.request import Request

RECENT_MAX = 20_000
"""Requests remembered, so that a sender who repeats itself does not undo others' batches."""


class Shortcut:
    """The memory of one journal. It is shut until the journal has looked into the database."""

    def __init__(self) -> None:
        self._last_id: int | None = None
        self._recent: OrderedDict[str, None] = OrderedDict()
        self._watched: dict[str, int] = {}

    def open(self, last_id: int, early_reversals: Iterable[str]) -> None:
        """Go on after `last_id`, watching for the originals of these reversals."""
        self._last_id = last_id
        for reference in early_reversals:
            self.shut(reference)

    def next_id(self) -> int | None:
        """The number of the next entry; None leaves it to the database."""
        if self._last_id is not None:
            self._last_id += 1
        return self._last_id

    def open_to(self, request: Request) -> bool:
        """Whether nothing is known of `request`; from now on something is."""
        key = request.duplicate_key
        known = key in self._recent
        self._recent[key] = None
        if len(self._recent) > RECENT_MAX:
            self._recent.popitem(last=False)
        return self._last_id is not None and not known and request.reference not in self._watched

    def shut(self, reference: str) -> None:
        """A reversal names this transmission: look before it is entered."""
        self._watched[reference] = self._watched.get(reference, 0) + 1
        if len(self._watched) > EARLY_REVERSALS_MAX:
            del self._watched[next(iter(self._watched))]

    def reopen(self, reference: str) -> None:
        """That reversal found its original."""
        times = self._watched.get(reference, 0) - 1
        if times > 0:
            self._watched[reference] = times
        else:
            self._watched.pop(reference, None)
