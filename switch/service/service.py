"""A whole switch: its journal, links, listeners, wired together, started and stopped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.error import CannotListenError

from switch.bridge import CoreDestination
from switch.engine.destination import Destination, HostDestination
from switch.engine.journal import Journal
from switch.engine.saf import StoreAndForward
from switch.engine.tables import METADATA, VERSION
from switch.engine.transactions import Milestone, Source, Transactions
from switch.link import AddressTakenError, Dialer, Listener, Session, SessionProfile, State, Tap
from switch.runtime import Runtime
from switch.service.metrics import Metrics, Scrapers
from switch.service.numbers import StanCounter
from switch.settings.network import LinkSettings, ListenerSettings, SwitchFile
from switch.store import Store
from switch.wire import Codec, Message, load_dialect, make_framing

JOURNAL_NAME = "switch.db"


class Switch:
    """The ISO 8583 switch of one network."""

    def __init__(
        self,
        runtime: Runtime,
        settings: SwitchFile,
        folder: Path,
        *,
        milestone: Milestone | None = None,
        tap: Tap | None = None,
    ) -> None:
        self.metrics = Metrics()
        self._runtime = runtime
        self._log = runtime.log
        self._settings = settings
        self._folder = folder
        self._milestone = milestone
        self._tap = tap
        self._stan = StanCounter()
        self._dialers: dict[str, Dialer] = {}
        self._listeners: dict[str, Listener] = {}
        self._saf: dict[str, StoreAndForward] = {}
        self._core: CoreDestination | None = None
        self._store: Store | None = None
        self._transactions: Transactions | None = None
        self._starting: Deferred[None] | None = None
        self._metrics_port: Any = None
        self._scrapers: Scrapers | None = None
        self.journal: Journal | None = None

    async def start(self, *, wait_for_peers: bool = False) -> None:
        """Open the journal, recover, dial the hosts, then listen.

        With `wait_for_peers` the listeners open once every link is signed on and the core
        answers. Raises AddressTakenError, StoreFormatError or StoreUnavailableError, having
        closed what it had opened; CancelledError when it is stopped before it has started.
        """
        self._starting = Deferred.fromCoroutine(self._start(wait_for_peers))
        try:
            await self._starting
        except Exception:
            await self.stop()
            raise

    async def _start(self, wait_for_peers: bool) -> None:
        runtime, settings = self._runtime, self._settings.switch
        self._store = Store.open(
            self._folder / JOURNAL_NAME, METADATA, runtime.executor("journal"), version=VERSION
        )
        self.journal = Journal(self._store, runtime.wall_clock)
        recovered = await self.journal.recover()
        if recovered:
            self._log.warning("transactions were under way at the last stop", count=recovered)
        destinations: dict[str, Destination] = {}
        for name, link in settings.links.items():
            self._dialers[name] = self._dialer(name, link)
            destinations[name] = HostDestination(self._dialers[name], link.timeout)
        if settings.core is not None:
            channels = {
                terminal: settings.groups[group].channel
                for terminal, group in settings.group_of().items()
            }
            self._core = CoreDestination(
                runtime,
                settings.core,
                channel_of=lambda terminal: channels.get(terminal, "network"),
                currency=self._settings.currency,
            )
            destinations[self._core.name] = self._core
        for name, destination in destinations.items():
            self._saf[name] = StoreAndForward(
                runtime, self.journal, destination, settings.store_and_forward
            )
        self._transactions = transactions = Transactions(
            runtime,
            self._settings,
            self.journal,
            destinations,
            self._saf,
            milestone=self._milestone,
            count=self.metrics.answered,
        )
        for name, listener in settings.listeners.items():
            self._listeners[name] = self._listener(name, listener, transactions)
        for dialer in self._dialers.values():
            dialer.start()
        for saf in self._saf.values():
            saf.kick()
        if wait_for_peers:
            for dialer in self._dialers.values():
                await dialer.when_up()
            if self._core is not None:
                await self._core.when_up()
        for name, started in self._listeners.items():
            started.start()
            self._log.info("listening", listener=name, port=started.port)
        if settings.metrics_port is not None:
            self._listen_for_metrics(settings.metrics_port)

    async def stop(self, *, drain: bool = False) -> None:
        """Stop; with `drain`, requests under way are answered first and new ones get 91.

        What is owed to destinations stays in the journal.
        """
        if self._starting is not None:
            self._starting.cancel()
        port, self._metrics_port = self._metrics_port, None
        if port is not None:
            await DeferredList([port.stopListening()])
        if self._scrapers is not None:
            self._scrapers.close()
        await _all(self._listeners.values(), lambda each: each.stop(drain=drain))
        await _all(self._dialers.values(), lambda each: each.stop())
        if self._core is not None:
            await self._core.close()
        if self._transactions is not None:
            self._transactions.stop()
        await _all(self._saf.values(), lambda each: each.stop())
        if self._store is not None:
            await self._store.close()
        self._store = None

    @property
    def ports(self) -> dict[str, int]:
        """The port of each listener."""
        return {name: listener.port for name, listener in self._listeners.items()}

    @property
    def links_up(self) -> dict[str, bool]:
        """Whether each link is signed on."""
        return {name: dialer.up for name, dialer in self._dialers.items()}

    def _dialer(self, name: str, link: LinkSettings) -> Dialer:
        def changed(state: State) -> None:
            if state is State.SIGNED_ON and name in self._saf:
                self._saf[name].kick()

        dialer = Dialer(
            self._runtime,
            SessionProfile(
                name,
                signs_on=True,
                echo_every_s=link.echo_every,
                in_flight_max=link.in_flight_max,
            ),
            Codec(load_dialect(link.dialect)),
            make_framing(link.framing, limit_bytes=link.frame_limit_bytes),
            host=link.host,
            port=link.port,
            new_stan=self._stan,
            on_change=changed,
            tap=self._tap,
        )
        self.metrics.watch_link(name, lambda: dialer.up)
        return dialer

    def _listener(
        self, name: str, settings: ListenerSettings, transactions: Transactions
    ) -> Listener:
        source = Source(settings.kind, name)

        def handle(message: Message, _session: Session) -> Awaitable[Message | None]:
            return transactions.handle(message, source)

        listener = Listener(
            self._runtime,
            SessionProfile(name, in_flight_max=settings.in_flight_max),
            Codec(load_dialect(settings.dialect)),
            make_framing(settings.framing, limit_bytes=settings.frame_limit_bytes),
            port=settings.port,
            interface=settings.interface,
            handler=handle,
            new_stan=self._stan,
            tap=self._tap,
        )
        self.metrics.watch_lines(name, lambda: len(listener.sessions))
        return listener

    def _listen_for_metrics(self, port: int) -> None:
        reactor = self._runtime.reactor
        self._scrapers = self.metrics.site(reactor)
        try:
            self._metrics_port = reactor.listenTCP(port, self._scrapers, interface="127.0.0.1")
        except CannotListenError as error:
            raise AddressTakenError(
                f"cannot listen on 127.0.0.1:{port} for metrics: {error.socketError}"
            ) from None


async def _all(parts: Any, stop: Callable[[Any], Awaitable[None]]) -> None:
    for part in list(parts):
        await stop(part)
