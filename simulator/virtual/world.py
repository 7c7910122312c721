"""A world in virtual time: one timeline, one network, processes, chance, and their history.

with World(seed=7) as world:
    switch = world.process("switch")
    started = switch.start(start_switch, switch.runtime)
    world.run_until(started, limit_s=5)
    world.advance(3600)
    print(world.history.digest())
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, TypeVar

from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from zope.interface import implementer

from simulator.virtual.burial import SteadyCollector, collect, quiet
from simulator.virtual.history import History
from simulator.virtual.leaks import RealTimeLeakError, closed_leaks
from simulator.virtual.network import Host, SimulatedNetwork
from simulator.virtual.process import Process
from simulator.virtual.reactor import VirtualReactor
from simulator.virtual.timeline import ProcessKilled, Timeline
from simulator.virtual.waiting import run_until, run_until_quiet
from switch.runtime import Chance, Random, Runtime

T = TypeVar("T")

# A Tuesday, outside of Ramadan, in the middle of the morning.
DEFAULT_START = datetime(2026, 11, 24, 9, 0, 0, tzinfo=UTC)

_open: World | None = None


def open_world() -> World | None:
    """The world that is open in this process, if any."""
    return _open


@implementer(ILogObserver)
class World:
    """Everything that a run in virtual time consists of; one is open at a time.

    `failures` names what Twisted reported as unhandled while it was open.
    """

    def __init__(self, seed: int, start: datetime = DEFAULT_START) -> None:
        if start.tzinfo is None:
            raise ValueError("the start of a world is an aware datetime")
        self.seed = seed
        self.start = start
        self.chance = Chance(seed)
        self.history = History()
        self.failures: list[str] = []
        self.timeline = Timeline()
        self.network = SimulatedNetwork(self.timeline, self.chance, trace=self._trace)
        self._processes: dict[str, Process] = {}
        self._lives: Counter[str] = Counter()
        self._collector = SteadyCollector()
        self._closers = ExitStack()

    # Its life

    def __enter__(self) -> World:
        self.open()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def open(self) -> None:
        """Begin: real time is out of reach until `close`."""
        global _open
        if _open is not None:
            raise RuntimeError("another virtual world is open in this process")
        _open = self
        self._collector.open()
        self._closers.callback(self._collector.close)
        globalLogPublisher.addObserver(self)
        self._closers.callback(globalLogPublisher.removeObserver, self)
        self._closers.enter_context(closed_leaks(self))
        self.timeline.between_steps = self._collector.between_steps

    def close(self) -> None:
        """End every process, and put Twisted's defaults back as they were."""
        global _open
        if _open is not self:
            return
        try:
            with quiet(unheard=False):
                for process in self._processes.values():
                    if process.alive:
                        process.end()
                for timer in self.timeline.pending():
                    timer.forget()
                self._processes.clear()
                collect()
        finally:
            self._closers.close()
            _open = None

    # What happens in it

    def process(self, name: str, host: Host | None = None) -> Process:
        """The living process of that name, started when there is none."""
        living = self._processes.get(name)
        if living is not None and living.alive:
            return living
        if _open is not self:
            raise RuntimeError("a world must be open before a process can start in it")
        self._lives[name] += 1
        process = Process(self, name, host or self.network.local, self._lives[name])
        self._processes[name] = process
        self.record(name, "started", generation=process.generation)
        return process

    def runtime(self, party: str) -> Runtime:
        """The surroundings of a party that is a process of its own."""
        return self.process(party).runtime

    def run_until(self, awaitable: Awaitable[T], limit_s: float = 60.0) -> T:
        """Run until `awaitable` has a result; give it, or raise what it raised.

        Raises StillWaitingError when `limit_s` of virtual time pass first, or nothing is to come.
        """
        return run_until(self.timeline, awaitable, limit_s)

    def run_until_quiet(self, limit_s: float = 60.0) -> None:
        """Run until nothing is left to happen. Raises StillWaitingError after `limit_s`."""
        run_until_quiet(self.timeline, limit_s)

    def advance(self, seconds_s: float) -> None:
        """Let time pass, event by event."""
        self.timeline.advance(seconds_s)

    def record(self, party: str, what: str, **facts: Any) -> None:
        """Add an event to the history, at the present instant."""
        self.history.record(self.timeline.now_s, party, what, facts)

    # Its chance and its time

    def random(self, concern: str) -> Random:
        """The generator of one concern that is no party's."""
        return self.chance.stream(f"world/{concern}")

    def chance_of(self, name: str, generation: int) -> Chance:
        """The chance of one life of a party: the first has the world's own seed."""
        if generation == 1:
            return self.chance
        return Chance(self.chance.stream(f"lives/{name}/{generation}").getrandbits(64))

    def epoch_s(self) -> float:
        """The world's date, in seconds since 1970."""
        return self.start.timestamp() + self.timeline.now_s

    def here(self) -> VirtualReactor:
        """The reactor of the process that runs now."""
        current = self.timeline.current
        if not isinstance(current, VirtualReactor):
            raise RealTimeLeakError(
                "a default of Twisted's was used outside of any process: start it by process.call"
            )
        return current

    def _trace(self, event: str, **facts: object) -> None:
        self.history.record(self.timeline.now_s, "network", event, facts)

    def __call__(self, event: LogEvent) -> None:
        """Note a failure that Twisted reports as unhandled."""
        failure = event.get("log_failure")
        if failure is None or failure.check(ProcessKilled) is not None:
            return
        running = self.timeline.current
        party = running.name if running is not None else "world"
        kind = failure.type.__name__ if failure.type is not None else "?"
        self.failures.append(f"{party}: {kind}")
        self.record(party, "unhandled failure", kind=kind)
