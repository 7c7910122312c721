"""A whole switch: its journal, links, listeners, wired together, started and stopped."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, DeferredList, succeed
from twisted.internet.error import CannotListenError

from switch.bridge import CoreDestination
from switch.engine.destination import Destination, PacedDestination
from switch.engine.journal import Journal
from switch.engine.pins import Pins
from switch.engine.saf import USUAL, StoreAndForward
from switch.engine.settlement import Settlement
from switch.engine.settlement_book import SettlementBook
from switch.engine.tables import SCHEMA
from switch.engine.transactions import Milestone, Source, Transactions
from switch.link import AddressTakenError, Tap, answer_to
from switch.link.http_site import Connections
from switch.runtime import Runtime
from switch.service.http_access import gate_of, open_tls, open_token
from switch.service.journal_watch import JournalWatch
from switch.service.links import Links
from switch.service.metrics import RATE_MAX, Metrics
from switch.service.numbers import StanCounter
from switch.service.opening import open_keyring, open_vault
from switch.service.places import JOURNAL_NAME, database_of
from switch.service.retention import Retention
from switch.service.route_checks import CORE
from switch.settings.links import OwedSettings
from switch.settings.network import SwitchFile, SwitchSettings
from switch.store import Store
from switch.wire import Message

if TYPE_CHECKING:
    from switch.keys.made_up import KeyNeed
    from switch.service.keyring import Keyring

LOOK_EVERY_S = 30.0
"""How often it is looked whether a person has released what was owed."""

JOURNAL_BEHIND = 2_000
"""Writes waiting for the journal at which no more requests are read: some tenths of a second of
its work, and a fifth of what it refuses to queue."""


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
        self._links: Links | None = None
        self._saf: dict[str, StoreAndForward] = {}
        self._core: CoreDestination | None = None
        self._store: Store | None = None
        self._transactions: Transactions | None = None
        self._settlement: Settlement | None = None
        self._starting: Deferred[None] | None = None
        self._metrics_port: Any = None
        self._looking: Any = None
        self._scrapers: Connections | None = None
        self._keyring: Keyring | None = None
        self._watch: JournalWatch | None = None
        self._retention: Retention | None = None
        self.journal: Journal | None = None

    async def start(self, *, wait_for_peers: bool = False) -> None:
        """Open the journal, recover, dial the hosts, then listen.

        With `wait_for_peers` the listeners open once every link is signed on and the core
        answers. Raises AddressTakenError, FolderError, StoreFormatError, StoreUnavailableError
        or KeysError, having closed what it had opened; CancelledError when it is stopped before
        it has started.
        """
        self._starting = Deferred.fromCoroutine(self._start(wait_for_peers))
        try:
            await self._starting
        except Exception:
            await self.stop()
            raise

    async def _start(self, wait_for_peers: bool) -> None:
        runtime = self._runtime
        settings = self._with_certificates(self._settings.switch)
        database = database_of(settings.database, self._folder / JOURNAL_NAME)
        self._store = Store.open(database, SCHEMA, runtime.executor("journal"))
        vault = open_vault(runtime, self._folder, "switch")
        self.journal = Journal(self._store, runtime.wall_clock, vault)
        recovered = await self.journal.recover()
        if recovered:
            self._log.warning("transactions were under way at the last stop", count=recovered)
        keyring = self._open_keys()
        self._links = links = Links(
            runtime,
            settings,
            new_stan=self._stan,
            handle=self._handle,
            signed_on=self._signed_on,
            unsaid=self._unsaid,
            stray=self._stray_answer,
            metrics=self.metrics,
            behind=self._behind,
            keyring=keyring,
            tap=self._tap,
        )
        destinations: dict[str, Destination] = {}
        owed_to: dict[str, Destination] = {}
        answers: dict[str, OwedSettings] = {}
        for name, (host, rate_max, owed) in links.destinations().items():
            destinations[name], answers[name] = host, owed
            owed_to[name] = PacedDestination(runtime.reactor, host, rate_max)
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
                token=open_token(runtime, settings.core.token, self._folder),
                security=open_tls(runtime, settings.core.tls, self._folder, settings.core.host),
            )
            destinations[self._core.name] = owed_to[self._core.name] = self._core
        self._settlement = await self._open_settlement(destinations)
        for name, destination in owed_to.items():
            self._saf[name] = StoreAndForward(
                runtime,
                self.journal,
                destination,
                settings.store_and_forward,
                answers.get(name, USUAL),
                links.keepers.get(name),
            )
        self._transactions = Transactions(
            runtime,
            self._settings,
            self.journal,
            destinations,
            self._saf,
            pins=self._pins(),
            keepers=links.keepers,
            settlement=self._settlement,
            milestone=self._milestone,
            counts=self.metrics,
        )
        self._watch = JournalWatch(
            runtime,
            self._store,
            self.journal,
            under_way=lambda: self._transactions.under_way if self._transactions else (),
            back=self._journal_back,
        )
        self.metrics.watch_journal(self._store)
        self._retention = Retention(runtime, self._store, settings.retention, self._folder)
        self._retention.start()
        links.start_hosts()
        for saf in self._saf.values():
            saf.kick()
        if wait_for_peers:
            await links.when_hosts_are_up()
            if self._core is not None:
                await self._core.when_up()
        links.start_listeners()
        self._look()
        if settings.metrics_port is not None:
            self._listen_for_metrics(settings, settings.metrics_port)

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
            self._scrapers.abort()
        if self._links is not None:
            await self._links.stop(drain=drain)
        if self._core is not None:
            await self._core.close()
        if self._transactions is not None:
            self._transactions.stop()
        if self._settlement is not None:
            self._settlement.stop()
        if self._looking is not None and self._looking.active():
            self._looking.cancel()
        for saf in self._saf.values():
            await saf.stop()
        if self._watch is not None:
            self._watch.stop()
        if self._retention is not None:
            self._retention.stop()
        if self._store is not None:
            await self._store.close()
        self._store = None
        keyring, self._keyring = self._keyring, None
        if keyring is not None:
            await keyring.stop()

    @property
    def ports(self) -> dict[str, int]:
        """The port of each listener, and of each link that a host dials."""
        return {} if self._links is None else self._links.ports

    @property
    def links_up(self) -> dict[str, bool]:
        """Whether each link is signed on."""
        hosts = {} if self._links is None else self._links.hosts
        return {name: link.up for name, link in hosts.items()}

    def _open_keys(self) -> Keyring | None:
        def needs() -> Iterable[KeyNeed]:
            from switch.service.keyring import switch_needs

            return switch_needs(self._settings.switch)

        runtime, keys = self._runtime, self._settings.keys
        self._keyring = open_keyring(runtime, keys, self._folder, "switch", needs)
        return self._keyring

    def _pins(self) -> Pins | None:
        keyring, section = self._keyring, self._settings.switch
        if keyring is None:
            return None
        to = {name: link.pin for name, link in section.links.items() if link.pin is not None}
        for name, place in section.destinations.items():
            if (pin := section.links[place.links[0]].pin) is not None:
                to[name] = pin
        if section.core is not None and section.core.pin is not None:
            to[CORE] = section.core.pin
        return Pins(keyring.module, keyring.turnover, to)

    def _with_certificates(self, section: SwitchSettings) -> SwitchSettings:
        given = [each.tls for each in section.listeners.values()]
        given += [each.tls for each in section.links.values()]
        if not any(tls is not None and tls.made is not None for tls in given):
            return section
        # Here, so that a switch without TLS does not load what makes certificates.
        from switch.service.made_certs import with_made_certificates

        return with_made_certificates(section, self._folder, self._runtime.wall_clock)

    async def _open_settlement(self, destinations: Mapping[str, Destination]) -> Settlement:
        """The business dates, caught up with the clock."""
        assert self._store is not None
        assert self.journal is not None
        runtime, section = self._runtime, self._settings.switch
        # Links to one host are told as one: it knows one business date.
        together = [link for place in section.destinations.values() for link in place.links]
        told = {
            name: destination
            for name, destination in destinations.items()
            if name != CORE and name not in together
        }
        book = SettlementBook(self._store, runtime.wall_clock)
        settlement = Settlement(
            runtime,
            self._settings,
            book,
            told,
            new_stan=self._stan,
            exchange_keys=self._exchange_keys,
        )
        self.journal.days = settlement.days
        await settlement.start()
        return settlement

    def _exchange_keys(self, link: str) -> int | None:
        """Begin an exchange of keys: with how many peers; None where none is agreed on."""
        exchange = None if self._links is None else self._links.exchanges.get(link)
        return None if exchange is None else exchange.send_now()

    def _handle(self, message: Message, source: Source) -> Awaitable[Message | None]:
        if self._transactions is None:
            return succeed(answer_to(message, "91"))
        return self._transactions.handle(message, source)

    def _look(self) -> None:
        """Look now and then for what a person released: nothing else tells of it."""
        self._looking = self._runtime.reactor.callLater(LOOK_EVERY_S, self._look)
        for saf in self._saf.values():
            saf.look()

    def _unsaid(self, request: Message, answer: Message) -> None:
        if self._transactions is not None:
            self._transactions.not_given(request, answer)

    def _stray_answer(self, link: str, answer: Message, why: str) -> None:
        if self._transactions is not None:
            self._transactions.stray(link, answer, why)

    def _signed_on(self, destination: str) -> None:
        """A destination is back: what it is owed is tried at once."""
        if destination in self._saf:
            self._saf[destination].kick()
        if self._settlement is not None:
            self._settlement.wake(destination)

    def _journal_back(self) -> None:
        for saf in self._saf.values():
            saf.kick()

    def _behind(self) -> bool:
        return self._store is not None and self._store.queued >= JOURNAL_BEHIND

    def _listen_for_metrics(self, settings: SwitchSettings, port: int) -> None:
        runtime, access, interface = (
            self._runtime,
            settings.metrics_access,
            settings.metrics_interface,
        )
        self._scrapers = self.metrics.site(
            runtime.reactor,
            gate_of(runtime, "metrics", access, self._folder, RATE_MAX),
            open_tls(runtime, access.tls, self._folder, None),
        )
        try:
            self._metrics_port = runtime.reactor.listenTCP(
                port, self._scrapers.listening, interface=interface
            )
        except CannotListenError as error:
            raise AddressTakenError(
                f"cannot listen on {interface}:{port} for metrics: {error.socketError}"
            ) from None
