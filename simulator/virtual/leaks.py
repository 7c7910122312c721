"""Where real time leaks into a virtual world, and how each leak is closed while one is open.

- `twisted.internet.reactor` becomes a stand-in that may be imported (klein does) and raises when
  used, so a forgotten `LoopingCall.clock` or `Site(reactor=)` is an error at its first use;
- a `ClientService` without `clock=` raises at once, and `backoffPolicy` takes its jitter from
  the seed;
- `TimeoutMixin.callLater` uses the reactor of the protocol's transport;
- `task.cooperate` has a cooperator for each process, that makes one iteration an event instead
  of 10 ms of real time;
- the default clock of TLS is the process that runs;
- the Date header of HTTP and the times in Twisted's log are the world's;
- the real reactor, `time.sleep` and `threads.deferToThread` raise.

Names of hosts never leave the world: `VirtualReactor` has a resolver of its own.
"""

from __future__ import annotations

import sys
import threading
import time  # noqa: TID251 - this is where its use is caught
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any, NoReturn, Protocol

import twisted.internet
from twisted.application import _client_service
from twisted.internet import task, threads
from twisted.logger import _logger
from twisted.protocols.policies import TimeoutMixin
from twisted.web import http

from simulator.virtual.reactor import VirtualReactor
from switch.runtime import Random

try:
    from twisted.protocols import tls
except ImportError:  # TLS is an extra of Twisted's
    tls = None  # type: ignore[assignment]

_REACTOR = "twisted.internet.reactor"
_REAL_METHODS = ("callLater", "callInThread", "connectTCP", "listenTCP", "connectSSL", "listenSSL")

# It runs every test, a synchronous one too, from a timer of the real reactor; a fixture may have
# opened a world before.
_TEST_RUNNER = "pytest_twisted"


class RealTimeLeakError(RuntimeError):
    """Something reached for real time, a real socket or a thread from within a virtual world."""


class Surroundings(Protocol):
    """What a world offers to those who ask Twisted for a default."""

    def here(self) -> VirtualReactor:
        """The reactor of the process that runs now. Raises RealTimeLeakError when none does."""
        ...

    def epoch_s(self) -> float:
        """The world's date, in seconds since 1970."""
        ...

    def random(self, concern: str) -> Random: ...


class StandInReactor(ModuleType):
    """Takes the place of the module `twisted.internet.reactor`: import it, never use it."""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise RealTimeLeakError(
            f"reactor.{name} was used in a virtual world: somebody took the global reactor"
            " because it was not given one"
        )


class ClockOfHere:
    """The time of the process that runs at the moment it is used, not at that it was asked for."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    def seconds(self) -> float:
        return self._surroundings.here().seconds()

    def callLater(
        self, delay: float, function: Callable[..., object], *args: object, **keywords: object
    ) -> Any:
        return self._surroundings.here().callLater(delay, function, *args, **keywords)


class Cooperators:
    """`task.cooperate` for a world: a process's tasks die with it and with nobody else's."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._of: dict[VirtualReactor, task.Cooperator] = {}

    def cooperate(self, iterator: Any) -> Any:
        reactor = self._surroundings.here()
        cooperator = self._of.get(reactor)
        if cooperator is None:
            cooperator = self._of[reactor] = task.Cooperator(
                terminationPredicateFactory=lambda: lambda: True,
                scheduler=lambda tick: reactor.callLater(0, tick),
            )
        return cooperator.cooperate(iterator)


@contextmanager
def closed_leaks(surroundings: Surroundings) -> Iterator[None]:
    """Close every known leak within, and open them as they were after it."""
    with ExitStack() as stack:

        def swap(holder: Any, name: str, value: object) -> None:
            stack.enter_context(_swapped(holder, name, value))

        def call_later(self: TimeoutMixin, period: float, func: Callable[[], object]) -> Any:
            transport = getattr(self, "transport", None)
            reactor = getattr(transport, "reactor", None) or surroundings.here()
            return reactor.callLater(period, func)

        def gmtime(seconds: float | None = None) -> time.struct_time:
            return time.gmtime(surroundings.epoch_s() if seconds is None else seconds)

        jitter = surroundings.random("backoff").random
        policy = _client_service.backoffPolicy
        defaults = (*(policy.__defaults__ or ())[:-1], jitter)
        stack.enter_context(no_real_time())
        swap(policy, "__defaults__", defaults)
        swap(_client_service, "_defaultPolicy", policy())
        swap(_client_service, "_maybeGlobalReactor", _given_reactor)
        swap(TimeoutMixin, "callLater", call_later)
        swap(task, "_theCooperator", Cooperators(surroundings))
        swap(http, "gmtime", gmtime)
        swap(http, "time", surroundings.epoch_s)
        swap(_logger, "time", surroundings.epoch_s)
        if tls is not None:
            clock = ClockOfHere(surroundings)
            swap(tls, "_get_default_clock", lambda: clock)
        yield


@contextmanager
def no_real_time() -> Iterator[None]:
    """Within, this thread cannot use the real reactor, sleep, or defer work to a thread."""
    with ExitStack() as stack:
        real = sys.modules.get(_REACTOR)
        if real is not None:
            for method in _REAL_METHODS:
                poison = _poisoned(f"reactor.{method}", getattr(real, method))
                stack.enter_context(_swapped(real, method, poison))
        stand_in = StandInReactor(_REACTOR)
        stack.enter_context(_swapped_item(sys.modules, _REACTOR, stand_in))
        stack.enter_context(_swapped(twisted.internet, "reactor", stand_in))
        stack.enter_context(_swapped(time, "sleep", _poisoned("time.sleep", time.sleep)))
        for name in ("deferToThread", "deferToThreadPool"):
            poison = _poisoned(f"threads.{name}", getattr(threads, name))
            stack.enter_context(_swapped(threads, name, poison))
        yield


def _given_reactor(given: Any) -> Any:
    if given is None:
        raise RealTimeLeakError("a service was not given its clock: pass clock=runtime.reactor")
    return given


def _poisoned(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    """Raises; but other threads are not the world's, nor is what runs the tests themselves."""
    thread = threading.get_ident()

    def raise_leak(*args: Any, **keywords: Any) -> Any:
        caller = sys._getframe(1).f_globals.get("__name__")
        if threading.get_ident() != thread or caller == _TEST_RUNNER:
            return real(*args, **keywords)
        raise RealTimeLeakError(f"{name} was used while a virtual world is open")

    return raise_leak


_ABSENT = object()


@contextmanager
def _swapped(holder: Any, name: str, value: object) -> Iterator[None]:
    """Set an attribute within, and leave no trace of it after: not even an own one."""
    before = vars(holder).get(name, _ABSENT) if hasattr(holder, "__dict__") else _ABSENT
    if before is _ABSENT and name.startswith("__"):
        before = getattr(holder, name)
    setattr(holder, name, value)
    try:
        yield
    finally:
        if before is _ABSENT:
            delattr(holder, name)
        else:
            setattr(holder, name, before)


@contextmanager
def _swapped_item(holder: MutableMapping[str, Any], name: str, value: object) -> Iterator[None]:
    before = holder.get(name, _ABSENT)
    holder[name] = value
    try:
        yield
    finally:
        if before is _ABSENT:
            del holder[name]
        else:
            holder[name] = before
