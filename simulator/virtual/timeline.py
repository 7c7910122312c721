"""The heap of timers that is virtual time: it steps from event to event and sees no clock.

Twisted's own `task.Clock` sorts all its calls at every `callLater` and shows every call run by
`advance(10)` the time at its end. Here a call sees the instant it was scheduled for, calls due
at one instant run in the order in which they were scheduled, and a timer costs log(n).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from heapq import heapify, heappop, heappush
from math import inf
from typing import Protocol

from twisted.internet.error import AlreadyCalled, AlreadyCancelled
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from zope.interface import implementer

# More events than this without time moving is a loop, not a busy instant: twenty thousand
# terminals that all start at once stay ten times below.
STEPS_AT_ONE_INSTANT_MAX = 1_000_000

_STALE_BEFORE_COMPACTING = 256
_GONE = -1

_log = Logger()


class EndlessLoopError(RuntimeError):
    """Events keep scheduling events at the same instant, so time stands still."""


class ProcessKilled(BaseException):
    """Unwinds the stack of a simulated process that is killed while it runs.

    It is no `Exception`, so that what handles ordinary errors lets it pass.
    """


class Owner(Protocol):
    """Whose timer it is. Nothing of a fenced owner ever runs again."""

    @property
    def fenced(self) -> bool: ...
    @property
    def name(self) -> str: ...


@implementer(IDelayedCall)
class Timer:
    """One call to come. `reset`, `delay` and `cancel` move it in the heap."""

    __slots__ = ("_timeline", "args", "called", "function", "keywords", "owner", "place", "time_s")

    def __init__(
        self,
        timeline: Timeline,
        time_s: float,
        function: Callable[..., object],
        args: tuple[object, ...],
        keywords: dict[str, object],
        owner: Owner | None,
    ) -> None:
        self._timeline = timeline
        self.time_s = time_s
        self.function: Callable[..., object] | None = function
        self.args = args
        self.keywords = keywords
        self.owner = owner
        self.called = False
        # The number of its valid entry in the heap: an entry with another number is stale.
        self.place = _GONE

    def getTime(self) -> float:
        return self.time_s

    def active(self) -> bool:
        return not self.called and self.function is not None

    def cancel(self) -> None:
        self._must_be_active()
        self.forget()

    def reset(self, secondsFromNow: float) -> None:
        self._must_be_active()
        self._timeline.move(self, self._timeline.now_s + secondsFromNow)

    def delay(self, secondsLater: float) -> None:
        self._must_be_active()
        self._timeline.move(self, self.time_s + secondsLater)

    def forget(self) -> None:
        """Take it out, with everything it refers to; it never runs."""
        if self.place != _GONE:
            self._timeline.discard(self)
        self.function = None
        self.args = ()
        self.keywords = {}

    def _must_be_active(self) -> None:
        if self.called:
            raise AlreadyCalled
        if self.function is None:
            raise AlreadyCancelled

    def __repr__(self) -> str:
        owner = self.owner.name if self.owner is not None else "the world"
        return f"<timer of {owner} at {self.time_s:.6f} s: {describe(self.function)}>"


class Timeline:
    """All timers of a world, its present instant, and whose code is running."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.steps = 0
        self.current: Owner | None = None
        self.running = False
        # Called with the number of steps made, between two of them.
        self.between_steps: Callable[[int], object] = _nothing
        self._heap: list[tuple[float, int, Timer]] = []
        self._scheduled = 0
        self._stale = 0
        self._instant_steps = 0
        self._afterwards: list[Callable[[], object]] = []

    def schedule(
        self,
        delay_s: float,
        function: Callable[..., object],
        *args: object,
        owner: Owner | None = None,
        keywords: dict[str, object] | None = None,
    ) -> Timer:
        """Call `function` in `delay_s` seconds; of a fenced `owner`, never."""
        if not delay_s >= 0:
            raise ValueError(f"a timer cannot be {delay_s} s ahead")
        timer = Timer(self, self.now_s + delay_s, function, args, keywords or {}, owner)
        if owner is None or not owner.fenced:
            self._push(timer)
        return timer

    def schedule_at(self, time_s: float, function: Callable[..., object], *args: object) -> None:
        """Call `function` at an instant to come, which is not rounded on the way."""
        self._push(Timer(self, time_s, function, args, {}, None))

    def move(self, timer: Timer, time_s: float) -> None:
        """Let a pending timer come at another instant; one in the past means now."""
        timer.time_s = max(time_s, self.now_s)
        if timer.place != _GONE:
            self._stale += 1
            self._push(timer)

    def discard(self, timer: Timer) -> None:
        """Take a timer out of the heap."""
        timer.place = _GONE
        self._stale += 1
        if self._stale > _STALE_BEFORE_COMPACTING and self._stale * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].place == entry[1]]
            heapify(self._heap)
            self._stale = 0

    def drop(self, owner: Owner) -> None:
        """Forget every timer of `owner`, and what they refer to."""
        for timer in [entry[2] for entry in self._heap if entry[2].owner is owner]:
            timer.forget()

    def pending(self) -> list[Timer]:
        """What is still to come, first first."""
        return [entry[2] for entry in sorted(self._heap) if entry[2].place == entry[1]]

    def next_s(self) -> float | None:
        """The instant of the next event, or None when nothing is to come."""
        heap = self._heap
        while heap:
            time_s, place, timer = heap[0]
            if timer.place == place:
                return time_s
            heappop(heap)
            self._stale -= 1
        return None

    def step(self, until_s: float = inf) -> bool:
        """Run the next event if it is due by `until_s`, moving time to its instant.

        False when there is none.
        """
        if self.running:
            raise RuntimeError("virtual time is already running: wait with a Deferred instead")
        time_s = self.next_s()
        if time_s is None or time_s > until_s:
            return False
        timer = heappop(self._heap)[2]
        self._count(time_s, timer)
        self._run(timer)
        self.between_steps(self.steps)
        return True

    def advance(self, seconds_s: float) -> None:
        """Run everything due within `seconds_s`, each at its own instant."""
        until_s = self.now_s + seconds_s
        while self.step(until_s):
            pass
        self.now_s = until_s

    def after_this(self, function: Callable[[], object]) -> None:
        """Call `function` when the event that runs now has returned; at once if none does."""
        if self.running:
            self._afterwards.append(function)
        else:
            function()

    @contextmanager
    def as_owner(self, owner: Owner | None) -> Iterator[None]:
        """Within, the code that runs is `owner`'s."""
        before, self.current = self.current, owner
        try:
            yield
        finally:
            self.current = before

    def _push(self, timer: Timer) -> None:
        self._scheduled += 1
        timer.place = self._scheduled
        heappush(self._heap, (timer.time_s, timer.place, timer))

    def _count(self, time_s: float, timer: Timer) -> None:
        self.steps += 1
        if time_s > self.now_s:
            self.now_s = time_s
            self._instant_steps = 0
        self._instant_steps += 1
        if self._instant_steps > STEPS_AT_ONE_INSTANT_MAX:
            raise EndlessLoopError(
                f"{self._instant_steps - 1} events at {self.now_s:.6f} s and time does not move;"
                f" the next one is {timer!r}"
            )

    def _run(self, timer: Timer) -> None:
        function, args, keywords = timer.function, timer.args, timer.keywords
        timer.called = True
        timer.place = _GONE
        timer.function, timer.args, timer.keywords = None, (), {}
        assert function is not None
        self.running, self.current = True, timer.owner
        try:
            function(*args, **keywords)
        except ProcessKilled:
            pass  # the process is gone, and with it whatever it was doing
        except Exception:  # noqa: BLE001 - a reactor outlives what it calls
            _log.failure("Unhandled error in a timed call")
        finally:
            self.running, self.current = False, None
            del function, args, keywords
            while self._afterwards:
                self._afterwards.pop(0)()


def describe(function: object) -> str:
    """The name of a callable, without an address in it."""
    inner = getattr(function, "func", function)
    name = getattr(inner, "__qualname__", type(inner).__name__)
    return f"{getattr(inner, '__module__', '?')}.{name}"


def _nothing(_steps: int) -> None:
    """Between two steps of a timeline that belongs to no world."""
