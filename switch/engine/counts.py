"""What the engine counts, told to whoever keeps the counters."""

from __future__ import annotations

from typing import Protocol


class EngineCounts(Protocol):
    """Keeps the counters of the engine; every argument is one of few words, fit for a label."""

    def answered(self, mti: str, response_code: str) -> None:
        """A financial message was answered."""
        ...

    def stood_in(self, rule: str, outcome: str) -> None:
        """A rule decided for an issuer that was away: `approved` or `refused`."""
        ...

    def terminal_unknown(self, listener: str) -> None:
        """A message named a terminal that is unknown, or may not be on its line."""
        ...


class _NoCounts:
    """Counts nothing: for engines that nobody measures."""

    def answered(self, mti: str, response_code: str) -> None: ...

    def stood_in(self, rule: str, outcome: str) -> None: ...

    def terminal_unknown(self, listener: str) -> None: ...


NO_COUNTS: EngineCounts = _NoCounts()
