"""Where a party runs: inside this process in real time, as a process of its own in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

from simulator.virtual import VirtualReactor, open_world
from simulator.virtual.process import Process
from switch.runtime import Runtime

T = TypeVar("T")


class Station:
    """One life of a party: its surroundings, and how something is done in its name."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._process = _process_of(runtime)

    def call(self, function: Callable[[], T]) -> T:
        """Call `function` as this party."""
        return function() if self._process is None else self._process.call(function)

    def start(self, function: Callable[[], Coroutine[Any, Any, T]]) -> Deferred[T]:
        """Start a coroutine as this party."""
        if self._process is None:
            return Deferred.fromCoroutine(function())
        return self._process.start(function)

    def kill(self) -> bool:
        """Kill the party's process, as `kill -9` does. False in real time, where it has none."""
        if self._process is None:
            return False
        self._process.kill()
        return True


def _process_of(runtime: Runtime) -> Process | None:
    reactor = runtime.reactor
    world = open_world()
    if world is None or not isinstance(reactor, VirtualReactor):
        return None
    return world.process(reactor.name, reactor.host)
