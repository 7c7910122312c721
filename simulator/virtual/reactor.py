"""A Twisted reactor in virtual time: one process's view of a timeline and a network.

Endpoints, `ClientService`, `Agent`, `Site` and klein work on it unmodified. No thread, no real
socket and no real clock: time passes when somebody calls `advance` or `run_until`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from twisted.internet.base import _SystemEventID, _ThreePhaseEvent
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import (
    IConnector,
    IDelayedCall,
    IHostnameResolver,
    IListeningPort,
    IReactorCore,
    IReactorFDSet,
    IReactorFromThreads,
    IReactorPluggableNameResolver,
    IReactorTCP,
    IReactorTime,
    IReadDescriptor,
    IWriteDescriptor,
)
from twisted.internet.posixbase import _DisconnectSelectableMixin
from twisted.internet.protocol import ClientFactory, ServerFactory
from twisted.logger import Logger
from zope.interface import implementer

from simulator.virtual.names import WorldResolver
from simulator.virtual.network import Host, SimulatedNetwork
from simulator.virtual.sockets import BaseSocket
from simulator.virtual.tcp import VirtualConnector, VirtualPort
from simulator.virtual.timeline import ProcessKilled, Timeline, Timer
from simulator.virtual.waiting import run_until, run_until_quiet
from switch.runtime import Chance

T = TypeVar("T")

_log = Logger()


@implementer(
    IReactorCore,
    IReactorTime,
    IReactorTCP,
    IReactorFDSet,
    IReactorFromThreads,
    IReactorPluggableNameResolver,
)
class VirtualReactor(_DisconnectSelectableMixin):
    """A reactor of its own world, or, given a timeline and a network, one process's in theirs.

    Everything scheduled, watched or opened through it is its own: `raise_fence` and `let_go`
    end all of it at once, as the kernel does for a process that is killed.
    """

    def __init__(
        self,
        timeline: Timeline | None = None,
        network: SimulatedNetwork | None = None,
        host: Host | None = None,
        name: str = "virtual",
    ) -> None:
        self.timeline = timeline if timeline is not None else Timeline()
        self.network = network or SimulatedNetwork(self.timeline, Chance(0))
        self.host = host if host is not None else self.network.local
        self.name = name
        self.running = True
        self.fenced = False
        self.nameResolver: IHostnameResolver = WorldResolver(self.network)
        self._sockets: dict[BaseSocket, None] = {}
        self._readers: dict[Any, None] = {}
        self._writers: dict[Any, None] = {}
        self._polls: dict[Any, Timer] = {}
        self._triggers: dict[str, _ThreePhaseEvent] = {}

    # Time

    def seconds(self) -> float:
        return self.timeline.now_s

    def callLater(
        self,
        delay: float,
        callable: Callable[..., Any],  # noqa: A002 - so the interface calls it
        *args: object,
        **kwargs: object,
    ) -> IDelayedCall:
        return self.timeline.schedule(delay, callable, *args, owner=self, keywords=kwargs)

    def getDelayedCalls(self) -> Sequence[IDelayedCall]:
        polls = set(map(id, self._polls.values()))
        return [
            timer
            for timer in self.timeline.pending()
            if timer.owner is self and id(timer) not in polls
        ]

    def advance(self, seconds_s: float) -> None:
        """Let `seconds_s` pass for the whole world, event by event."""
        self.timeline.advance(seconds_s)

    def run_until(self, awaitable: Awaitable[T], limit_s: float = 60.0) -> T:
        """Run the world until `awaitable` has a result; give it, or raise what it raised."""
        return run_until(self.timeline, awaitable, limit_s)

    def run_until_quiet(self, limit_s: float = 60.0) -> None:
        """Run the world until nothing is left to happen."""
        run_until_quiet(self.timeline, limit_s)

    # The reactor's own life

    def run(self) -> None:
        raise RuntimeError("virtual time runs by advance() or run_until(), not by run()")

    def crash(self) -> None:
        self.running = False

    def stop(self) -> None:
        """Fire the shutdown triggers; timers and connections stay, as nothing ends by itself."""
        self.running = False
        self.fireSystemEvent("shutdown")

    def iterate(self, delay: float = 0) -> None:
        self.timeline.advance(delay)

    def addSystemEventTrigger(
        self,
        phase: str,
        eventType: str,
        callable: Callable[..., Any],  # noqa: A002 - so the interface calls it
        *args: object,
        **kwargs: object,
    ) -> Any:
        event = self._triggers.setdefault(eventType, _ThreePhaseEvent())
        return _SystemEventID((eventType, event.addTrigger(phase, callable, *args, **kwargs)))

    def removeSystemEventTrigger(self, triggerID: Any) -> None:
        event_type, handle = triggerID
        self._triggers[event_type].removeTrigger(handle)

    def fireSystemEvent(self, eventType: str) -> None:
        event = self._triggers.get(eventType)
        if event is not None and not self.fenced:
            event.fireEvent()

    def callWhenRunning(
        self,
        callable: Callable[..., Any],  # noqa: A002 - so the interface calls it
        *args: object,
        **kwargs: object,
    ) -> Any | None:
        if not self.running:
            return self.addSystemEventTrigger("after", "startup", callable, *args, **kwargs)
        callable(*args, **kwargs)
        return None

    def callFromThread(
        self,
        callable: Callable[..., Any],  # noqa: A002 - so the interface calls it
        *args: object,
        **kwargs: object,
    ) -> None:
        """There is one thread: the call comes at once, in the next event."""
        self.callLater(0, callable, *args, **kwargs)

    def callInThread(self, *_call: object, **_keywords: object) -> None:
        raise RuntimeError("no thread exists in virtual time: use the runtime's executor")

    def getThreadPool(self) -> Any:
        raise RuntimeError("no thread exists in virtual time: use the runtime's executor")

    # Names and connections

    def resolve(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:
        ip = self.network.address_of(name)
        if ip is None:
            return fail(DNSLookupError(f"no host of this world is called {name!r}"))
        return succeed(ip)

    def installNameResolver(self, resolver: IHostnameResolver) -> IHostnameResolver:
        before, self.nameResolver = self.nameResolver, resolver
        return before

    def listenTCP(
        self, port: int, factory: ServerFactory, backlog: int = 50, interface: str = ""
    ) -> IListeningPort:
        self._must_live()
        listening = VirtualPort(port, factory, backlog, interface, self)
        listening.startListening()
        return listening

    def connectTCP(
        self,
        host: str,
        port: int,
        factory: ClientFactory[Any],
        timeout: float = 30.0,
        bindAddress: Any = None,
    ) -> IConnector:
        self._must_live()
        connector = VirtualConnector(host, port, factory, timeout, bindAddress, self)
        connector.connect()
        return connector

    # Watching sockets, as select() would

    def addReader(self, reader: IReadDescriptor) -> None:
        self._watch(self._readers, reader)

    def addWriter(self, writer: IWriteDescriptor) -> None:
        self._watch(self._writers, writer)

    def removeReader(self, reader: IReadDescriptor) -> None:
        self._readers.pop(reader, None)

    def removeWriter(self, writer: IWriteDescriptor) -> None:
        self._writers.pop(writer, None)

    def removeAll(self) -> list[IReadDescriptor | IWriteDescriptor]:
        removed = list({**self._readers, **self._writers})
        self._readers.clear()
        self._writers.clear()
        return removed

    def getReaders(self) -> list[IReadDescriptor]:
        return list(self._readers)

    def getWriters(self) -> list[IWriteDescriptor]:
        return list(self._writers)

    def opened(self, held: BaseSocket) -> None:
        """A socket is this process's from now on."""
        self._sockets[held] = None

    def closed(self, held: BaseSocket) -> None:
        """A socket is nobody's any more."""
        self._sockets.pop(held, None)

    def raise_fence(self) -> None:
        """From now on no timer runs and nothing is written, opened or watched."""
        self.fenced, self.running = True, False

    def let_go(self, reset: bool = False) -> None:
        """Behind the fence, forget everything; the kernel closes what was open.

        Peers see what was already sent and then the end of the stream, or a reset where data
        had not been read or where `reset` asks for it.
        """
        self._readers.clear()
        self._writers.clear()
        self._polls.clear()
        self._triggers.clear()
        self.timeline.drop(self)
        for held in list(self._sockets):
            held.abort() if reset else held.close()

    def _must_live(self) -> None:
        if self.fenced:
            raise ProcessKilled(f"the process {self.name} was killed")

    def _watch(self, watched: dict[Any, None], selectable: Any) -> None:
        if self.fenced:
            return
        watched[selectable] = None
        selectable.socket.on_change = partial(self._poll_soon, selectable)
        self._poll_if_ready(selectable)

    def _poll_if_ready(self, selectable: Any) -> None:
        if (selectable in self._readers and selectable.socket.readable()) or (
            selectable in self._writers and selectable.socket.writable()
        ):
            self._poll_soon(selectable)

    def _poll_soon(self, selectable: Any) -> None:
        if selectable not in self._polls and not self.fenced:
            self._polls[selectable] = self.timeline.schedule(0, self._poll, selectable, owner=self)

    def _poll(self, selectable: Any) -> None:
        del self._polls[selectable]
        if selectable in self._readers and selectable.socket.readable():
            self._do(selectable, "doRead")
        if selectable in self._writers and selectable.socket.writable():
            self._do(selectable, "doWrite")
        self._poll_if_ready(selectable)

    def _do(self, selectable: Any, method: str) -> None:
        why: BaseException | None
        try:
            why = getattr(selectable, method)()
        except Exception as error:  # noqa: BLE001 - it costs the connection, not the reactor
            _log.failure("Unhandled error of a protocol")
            why = error
        if why:
            self._disconnectSelectable(  # type: ignore[no-untyped-call]
                selectable, why, method == "doRead"
            )
