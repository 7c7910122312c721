"""The online payment core as a service that can be started and stopped."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection
from twisted.internet.endpoints import TCP4ServerEndpoint

from simulator.payment_core.api import Api, BeforeAnswer
from simulator.payment_core.catalogue import Catalogue
from simulator.payment_core.delivering import Deliverer
from simulator.payment_core.ledger import audit
from simulator.payment_core.remittances import messages
from simulator.payment_core.seed import seed_if_empty
from simulator.payment_core.settings import CoreSettings
from simulator.payment_core.tables import SCHEMA, cards
from simulator.payment_core.turn import Turn
from switch.keys.vault import Vault
from switch.link.http_gate import HttpGate
from switch.link.http_site import Connections
from switch.runtime import Runtime
from switch.store import Database, SqliteDatabase, Store
from switch.store.databases import folder_of
from switch.store.sealed_cards import seal_cards

if TYPE_CHECKING:
    from switch.keys.checking import PinChecker
    from switch.keys.chips import ChipChecker
    from switch.link.security import Security

RATE_MAX = 5_000
"""Requests a second of one client: several times what a switch can ask for."""

DRAIN_S = 2.0
"""How long a stop waits for a peer to take what was answered to it."""


class PaymentCore:
    """An HTTP service over a ledger in one database, a SQLite file when it is a path.

    `before_answer` may be set to a coroutine function: it is awaited when a request is done and
    committed and its reply has not left. Requests without `token` are refused, and those of one
    address beyond `rate_max` a second; `security` puts TLS around it. `vault` seals card numbers;
    without one its keys are beside the database file. The service may be stopped
    and started again on the same database; the books go on where they were.
    """

    before_answer: BeforeAnswer | None = None

    def __init__(
        self,
        runtime: Runtime,
        settings: CoreSettings,
        database: Path | Database,
        *,
        port: int,
        interface: str = "127.0.0.1",
        vault: Vault | None = None,
        pins: PinChecker | None = None,
        chips: ChipChecker | None = None,
        token: str | None = None,
        rate_max: int = RATE_MAX,
        security: Security | None = None,
        creditors_at: tuple[str, int] | None = None,
    ) -> None:
        """`creditors_at` is where creditors are told of payments, if not where settings say."""
        self._runtime = runtime
        self._settings = settings
        self._database = SqliteDatabase(database) if isinstance(database, Path) else database
        self._vault = vault or Vault.open(
            folder_of(database), "core", runtime.entropy, runtime.wall_clock
        )
        self._interface = interface
        self._pins = pins
        self._chips = chips
        self._gate = HttpGate(runtime.reactor, runtime.log, "core", token, rate_max)
        self._security = security
        self._catalogue = Catalogue(settings)
        self._creditors_at = creditors_at
        self._deliverer: Deliverer | None = None
        self._store: Store | None = None
        self._listening: Any = None
        self._connections: Connections | None = None
        self.port = port

    async def start(self) -> None:
        """Open the books, check them, and listen; `port` is then the actual one.

        Raises StoreFormatError or StoreUnavailableError for a file that cannot be used,
        LedgerError for books that do not add up, ValueError for settings that do not fit
        together, CannotListenError for a port that is taken.
        """
        if self._store is not None:
            raise RuntimeError("the core runs already")
        store = Store.open(self._database, SCHEMA, self._runtime.executor("store"))
        try:
            await self._open_books(store)
            await self._listen(store)
        except Exception:
            await store.close()
            raise
        self._store = store
        self._runtime.log.info("the core listens", interface=self._interface, port=self.port)

    async def texts_to(self, phone: str) -> list[str]:
        """The text messages that a phone was sent, oldest first."""
        if self._store is None:
            return []
        now = self._runtime.wall_clock.now()
        sent = await self._store.commit(
            lambda connection: messages(self._turn(connection, now), phone)
        )
        return [each.text for each in sent.messages]

    async def stop(self) -> None:
        """Stop listening, finish what was begun, close every connection and the file."""
        store, self._store = self._store, None
        if store is None or self._connections is None:
            return
        await self._listening.stopListening()
        if self._deliverer is not None:
            await self._deliverer.stop()
        await store.close()
        await self._connections.close(DRAIN_S)
        self._runtime.log.info("the core stopped", port=self.port)

    async def _open_books(self, store: Store) -> None:
        now = self._runtime.wall_clock.now()

        def open_books(connection: Any) -> bool:
            seal_cards(connection, cards, self._vault)
            as_seeded = seed_if_empty(self._turn(connection, now), self._settings)
            audit(connection)
            return as_seeded

        if not await store.commit(open_books):
            self._runtime.log.warning(
                "the books were begun from other settings: these hold after a fresh start only",
                database=self._database.shown,
            )

    def _turn(self, connection: Connection, now: datetime) -> Turn:
        return Turn(connection, now, self._catalogue, self._vault, self._runtime.entropy)

    async def _listen(self, store: Store) -> None:
        deliverer = Deliverer(
            self._runtime, store, self._catalogue, self._vault, self._creditors_at
        )
        api = Api(
            self._runtime,
            store,
            self._catalogue,
            self._vault,
            lambda: self.before_answer,
            self._pins,
            deliverer.wake,
            self._chips,
        )
        connections = Connections(self._runtime.reactor, api.resource(), self._gate, self._security)
        self._connections = connections
        endpoint = TCP4ServerEndpoint(self._runtime.reactor, self.port, interface=self._interface)
        self._listening = await endpoint.listen(connections.listening)
        self.port = self._listening.getHost().port
        self._deliverer = deliverer
        deliverer.wake()
