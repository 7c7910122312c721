"""A party's log in a virtual world: every line is an event of the world's history."""

from __future__ import annotations

from typing import Any

from simulator.virtual.history import History
from simulator.virtual.reactor import VirtualReactor


class HistoryLog:
    """The part of a structlog logger that parties use, written into a history."""

    def __init__(
        self,
        history: History,
        reactor: VirtualReactor,
        party: str,
        bound: dict[str, Any] | None = None,
    ) -> None:
        self._history = history
        self._reactor = reactor
        self._party = party
        self._bound = bound if bound is not None else {}

    def debug(self, event: str, **facts: Any) -> None:
        self._write("debug", event, facts)

    def info(self, event: str, **facts: Any) -> None:
        self._write("info", event, facts)

    def warning(self, event: str, **facts: Any) -> None:
        self._write("warning", event, facts)

    def error(self, event: str, **facts: Any) -> None:
        self._write("error", event, facts)

    def bind(self, **facts: Any) -> HistoryLog:
        """A log whose lines carry `facts` too; `party` says whose they are."""
        bound = {**self._bound, **facts}
        party = bound.pop("party", self._party)
        return HistoryLog(self._history, self._reactor, party, bound)

    def _write(self, level: str, event: str, facts: dict[str, Any]) -> None:
        if not self._reactor.fenced:
            facts = {**self._bound, **facts, "level": level}
            self._history.record(self._reactor.seconds(), self._party, event, facts)
