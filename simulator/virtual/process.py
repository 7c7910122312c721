"""A simulated process: everything a party holds, so that a kill can take all of it at once."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar

from twisted.internet.defer import Deferred, ensureDeferred

from simulator.virtual.burial import collect, quiet
from simulator.virtual.executor import VirtualExecutor
from simulator.virtual.log import HistoryLog
from simulator.virtual.network import Host
from simulator.virtual.reactor import VirtualReactor
from simulator.virtual.timeline import ProcessKilled
from switch.runtime import Executor, ReactorWallClock, Runtime, SeededEntropy

if TYPE_CHECKING:
    from simulator.virtual.world import World

T = TypeVar("T")
P = ParamSpec("P")


class Process:
    """One life of a party's process.

    Its `runtime` gives a reactor, executors and a log that belong to it alone. `generation`
    counts its lives; a later life draws other chance and other entropy than an earlier one.
    """

    def __init__(self, world: World, name: str, host: Host, generation: int) -> None:
        self.name = name
        self.generation = generation
        self.reactor = VirtualReactor(world.timeline, world.network, host, name)
        self._world = world
        self._executors: list[VirtualExecutor] = []
        self._owned: list[Callable[[], object]] = []
        self._chance = world.chance_of(name, generation)
        self.runtime = Runtime(
            reactor=self.reactor,
            wall_clock=ReactorWallClock(self.reactor, world.start),
            chance=self._chance,
            entropy=SeededEntropy(self._chance.stream(f"entropy/{name}")),
            new_executor=self._new_executor,
            log=HistoryLog(world.history, self.reactor, name),
            party=name,
        )

    @property
    def alive(self) -> bool:
        return not self.reactor.fenced

    def call(self, function: Callable[P, T], *args: P.args, **keywords: P.kwargs) -> T:
        """Call `function` as this process: what it takes from Twisted's defaults is its own."""
        self._must_live()
        with self._world.timeline.as_owner(self.reactor):
            return function(*args, **keywords)

    def start(
        self,
        function: Callable[P, Coroutine[Any, Any, T]],
        *args: P.args,
        **keywords: P.kwargs,
    ) -> Deferred[T]:
        """Start a coroutine as this process."""
        self._must_live()
        with self._world.timeline.as_owner(self.reactor):
            return ensureDeferred(function(*args, **keywords))

    def own(self, close: Callable[[], object]) -> None:
        """Call `close` at a kill, with the fence up: for what the kernel would close, such as
        the handle of a database, whose open transaction is then rolled back.
        """
        self._owned.append(close)

    def kill(self, reset: bool = False) -> None:
        """Kill it as `kill -9` does; it can be called from anywhere and returns.

        No timer of it runs, nothing it queued is committed, nothing it does changes anything.
        Peers see what was already sent and then the end of the stream, or a reset.
        """
        if not self.alive:
            return
        self._world.record(self.name, "killed", generation=self.generation)
        self.reactor.raise_fence()
        # What nobody could resume before the kill is collected first: its failures are told.
        with quiet(unheard=False):
            collect()
        with quiet(unheard=True):
            self.end(reset)
            collect()
        # Frames of its own that still run, when the kill came from within, end with the event.
        if self._world.timeline.running:
            self._world.timeline.after_this(self._collect_again)

    def crash(self) -> NoReturn:
        """Kill the process from within its own code, which goes no further."""
        self.kill()
        raise ProcessKilled(f"the process {self.name} was killed")

    def end(self, reset: bool = False) -> None:
        """Put the fence up and let go of everything, without collecting the remains."""
        self.reactor.raise_fence()
        self.reactor.let_go(reset)
        for executor in self._executors:
            executor.discard()
        owned, self._owned = self._owned, []
        for close in owned:
            close()

    def _must_live(self) -> None:
        if not self.alive:
            raise RuntimeError(f"the process {self.name} was killed: start it again first")

    def _collect_again(self) -> None:
        with quiet(unheard=True):
            collect()

    def _new_executor(self, name: str) -> Executor:
        executor = VirtualExecutor(
            self.reactor, self._chance.stream(f"executor/{name}/{len(self._executors)}"), name
        )
        self._executors.append(executor)
        return executor
