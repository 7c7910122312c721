"""What links count, told to whoever keeps the counters."""

from __future__ import annotations

from typing import Protocol


class LinkCounts(Protocol):
    """Keeps the counters of links; every argument is one of few words, fit for a label."""

    def line_refused(self, link: str, reason: str) -> None:
        """A line was closed for what it is: `address`, `lines_max`, `proxy`, `tls`, `framing`,
        `message`, `sign-on`, `terminal`, `mac`, `echo`, or `stuck` (the peer does not read)."""
        ...

    def echo_lost(self, link: str) -> None:
        """An echo of ours went unanswered."""
        ...

    def answer_unmatched(self, link: str, reason: str) -> None:
        """An answer matched nothing: `late`, `lacking`, `class`, `differs`, `echo` or
        `nobody`."""
        ...

    def mac_refused(self, link: str, reason: str) -> None:
        """A message was not authentic: `missing`, `misplaced`, `wrong`, `key` (there is none for
        it) or `module` (which cannot be reached)."""
        ...

    def rule_broken(self, link: str, rule: str, element: str) -> None:
        """A message broke a rule of the dialect: an element `missing` or `unexpected` there, or
        an `echo` that differs."""
        ...

    def key_refused(self, link: str) -> None:
        """A new key of a link was refused, by us or by the other side."""
        ...


class _NoCounts:
    """Counts nothing: for parties that nobody measures."""

    def line_refused(self, link: str, reason: str) -> None: ...

    def echo_lost(self, link: str) -> None: ...

    def answer_unmatched(self, link: str, reason: str) -> None: ...

    def mac_refused(self, link: str, reason: str) -> None: ...

    def key_refused(self, link: str) -> None: ...

    def rule_broken(self, link: str, rule: str, element: str) -> None: ...


NO_COUNTS: LinkCounts = _NoCounts()
