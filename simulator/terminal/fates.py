"""What a journal says has become of the transactions that a terminal still keeps records of.

        request -> open -- declined, not_sent, done, deposit, cash_in, paid_out ----> final
                    |----- dispense of the whole amount ----------------------------> final
                    |----- dispense of a part, or retracted, or found at a count ---> to reverse
                    |----- dispense that nobody can be sure of ---------------------> held
        final -- reversal_owed (cancelled later) -----------------------------------> to reverse
        to reverse, held -- reversal_acknowledged, settled -------------------------> final

An open transaction is reversed at the next start: nothing was given for it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from simulator.terminal.journal import Event

FINAL = frozenset(
    {
        *("declined", "not_sent", "done", "deposit", "cash_in", "paid_out", "difference"),
        *("settled", "reversal_acknowledged"),
    }
)
"""Events after which a transaction needs nothing more."""


@dataclass(frozen=True)
class Fate:
    """`reverse`: all but `retained_minor` is to go back. `held`: a count of the notes decides."""

    kind: Literal["final", "reverse", "held"]
    retained_minor: int = 0


OPEN = Fate("reverse")


class Fates:
    """Told every event of a journal, it knows what became of `kept` transactions, by RRN."""

    def __init__(self, kept: Collection[str]) -> None:
        self._kept = kept
        self._fates: dict[str, Fate] = {}

    def replay(self, event: Event) -> None:
        """Take in one event."""
        rrn = event.get("rrn", "")
        if rrn not in self._kept:
            return
        if event["event"] in FINAL:
            self._fates[rrn] = Fate("final")
        elif event["event"] == "dispense":
            self._fates[rrn] = _of_dispense(event)
        elif event["event"] == "reversal_owed":
            # Decided already, or a cancellation of what was final.
            self._fates[rrn] = Fate("reverse", event.get("retained_minor", 0))
        elif event["event"] in ("retracted", "found") and event.get("returned_minor"):
            self._fates[rrn] = Fate("reverse", event.get("retained_minor", 0))

    def of(self, rrn: str) -> Fate:
        """What is to be done about a transaction."""
        return self._fates.get(rrn, OPEN)


def _of_dispense(event: Event) -> Fate:
    if event.get("suspect"):
        return Fate("held")
    given_minor = event["amount_minor"]
    if given_minor < event.get("authorised_minor", given_minor):
        return Fate("reverse", given_minor)
    return Fate("final")
