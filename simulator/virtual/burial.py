"""What a simulated process leaves behind when it is killed, collected while it can do no harm.

A suspended coroutine that is garbage collected runs its `finally` blocks. A process killed by
the operating system runs none, so they must run where they change nothing: inside the kill, with
the fence up, and unheard. And so that two runs of one seed do the same, the collector runs at
fixed steps of virtual time instead of whenever memory fills up.
"""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from twisted.internet import defer
from twisted.logger import Logger
from twisted.python.failure import Failure

from simulator.virtual.timeline import ProcessKilled

# Steps of virtual time between two collections of each of the collector's generations.
_YOUNG_STEPS, _MIDDLE_STEPS, _OLD_STEPS = 2_048, 20_480, 409_600

_ROUNDS_MAX = 5


class SteadyCollector:
    """Collects garbage at the same steps in every run, while a world is open."""

    # What a process loads once stays for its life: to set it apart once is enough, and to count
    # what is set apart already takes as long as to collect it.
    _set_apart = False

    def __init__(self) -> None:
        self._was_enabled = True

    def open(self) -> None:
        """Take over; what existed before the first is set apart: a collection stays cheap."""
        self._was_enabled = gc.isenabled()
        gc.collect()
        gc.disable()
        if not SteadyCollector._set_apart:
            gc.freeze()
            SteadyCollector._set_apart = True

    def between_steps(self, steps: int) -> None:
        if steps % _YOUNG_STEPS == 0:
            old, middle = steps % _OLD_STEPS == 0, steps % _MIDDLE_STEPS == 0
            gc.collect(2 if old else 1 if middle else 0)

    def close(self) -> None:
        """Give back."""
        if self._was_enabled:
            gc.enable()


def collect() -> None:
    """Collect all garbage now, and what its collection makes garbage."""
    for _ in range(_ROUNDS_MAX):
        if gc.collect() == 0:
            break


@contextmanager
def quiet(unheard: bool) -> Iterator[None]:
    """Within, what the `finally` blocks of dropped coroutines raise is dropped with them.

    Failures of Deferreds that nobody handled are dropped too when `unheard`, and told as always
    otherwise, but for those that only say that a process was killed.
    """
    hook, log = sys.unraisablehook, defer.log
    sys.unraisablehook = _ignore
    defer.log = _Sieve(log, unheard)  # type: ignore[assignment]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.unraisablehook, defer.log = hook, log


class _Sieve:
    """Twisted's logger of unhandled failures, without those that a kill causes."""

    def __init__(self, log: Logger, unheard: bool) -> None:
        self._log = log
        self._unheard = unheard

    def critical(self, _format: str, **_facts: Any) -> None:
        """The headline: told together with the failure it announces."""

    def failure(self, format: str, failure: Failure, **facts: Any) -> None:  # noqa: A002
        if not self._unheard and failure.check(ProcessKilled) is None:
            self._log.critical("Unhandled error in Deferred:", isError=True)
            self._log.failure(format, failure, **facts)


def _ignore(_unraisable: Any) -> None:
    """What a `finally` block of a killed process raises, nobody hears."""
