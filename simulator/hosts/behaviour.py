"""What a host can be told to do wrong, while it runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Treatment:
    """How one request is treated: ignored, or acted on with its answer late, or lost."""

    ignored: bool = False
    delay_s: float = 0.0
    lost: bool = False


@dataclass
class Behaviour:
    """Faults of an issuer, each for every request or for so many of them.

    They concern financial messages; sign-on and echo are always answered. `*_for` counts the
    requests that a fault still applies to, None being until it is changed.
    """

    silent: bool = False
    """Requests and reversals are read, nothing is done, nothing is answered."""
    silent_for: int | None = None
    delay_s: float = 0.0
    """Requests and reversals are acted on at once and answered this much later."""
    delay_for: int | None = None
    lose_answers: bool = False
    """Requests are acted on and not answered."""
    lose_answers_for: int | None = None
    lose_reversal_answers: bool = False
    """`lose_answers` concerns reversals too."""

    def treat(self, *, reversal: bool) -> Treatment:
        """The treatment of the next message; counts it."""
        if self.silent:
            self.silent, self.silent_for = _count(self.silent_for)
            return Treatment(ignored=True)
        delay_s, lost = self.delay_s, False
        if delay_s:
            lasts, self.delay_for = _count(self.delay_for)
            self.delay_s = delay_s if lasts else 0.0
        if self.lose_answers and (self.lose_reversal_answers or not reversal):
            lost = True
            self.lose_answers, self.lose_answers_for = _count(self.lose_answers_for)
        return Treatment(delay_s=delay_s, lost=lost)


def _count(left: int | None) -> tuple[bool, int | None]:
    """Whether a fault goes on after one more message, and for how many."""
    if left is None:
        return True, None
    return (True, left - 1) if left > 1 else (False, None)
