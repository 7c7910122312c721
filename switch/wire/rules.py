"""Rules of a dialect about message types: what must, may and must not be there, what is echoed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from switch.wire.mti import well_formed


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as a file gives it: what is None is left as other rules say it.

    `messages` are message types in which `x` stands for any digit.
    """

    messages: tuple[str, ...]
    must: tuple[str, ...] | None = None
    may: tuple[str, ...] | None = None
    must_not: tuple[str, ...] | None = None
    echoed: tuple[str, ...] | None = None

    def covers(self, mti: str) -> bool:
        """Whether the rule is about messages of this type."""
        return any(
            all(want in ("x", digit) for want, digit in zip(pattern, mti, strict=True))
            for pattern in self.messages
        )


@dataclass(frozen=True, slots=True)
class Presence:
    """The rules about one message type. Where `may` is not None, nothing else may be there."""

    must: tuple[str, ...] = ()
    may: tuple[str, ...] | None = None
    must_not: tuple[str, ...] = ()
    echoed: tuple[str, ...] = ()


def merged(rules: Sequence[Rule], mti: str) -> Presence | None:
    """What the rules say of a message type; of two about the same, the later one holds."""
    if not well_formed(mti):
        return None
    about = [rule for rule in rules if rule.covers(mti)]
    if not about:
        return None
    said: dict[str, tuple[str, ...]] = {}
    for rule in about:
        for key in ("must", "may", "must_not", "echoed"):
            value = getattr(rule, key)
            if value is not None:
                said[key] = value
    return Presence(**said)
