"""A whole network: its parties assembled as a file says, started, stopped, cut and healed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import cast

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater

from simulator.card.maker import FOLDER as CARDS
from simulator.counter.counter import Counter
from simulator.digital.channel import DigitalChannel
from simulator.gab.gab import Gab
from simulator.hosts.issuer import IssuerHost
from simulator.hosts.rules import HostRule
from simulator.network.books import CORE, CREDITORS, FILES, ISSUER, PARTS, SWITCH, TERMINALS, Books
from simulator.network.parties import Parties, Running
from simulator.network.proxy import LineFault, LineProxy
from simulator.network.quiet import NotQuietError, switch_under_way
from simulator.network.settings import LoadedNetwork
from simulator.network.stations import Station
from simulator.network.waiting import all_of, at_most
from simulator.network.wiring import Address, Wiring
from simulator.payment_core import PaymentCore
from simulator.virtual import VirtualReactor
from switch.engine.transactions import Milestone
from switch.link import Tap
from switch.runtime import Runtime
from switch.service import Switch
from switch.service.folder import DataFolder, FolderError
from switch.service.places import is_file

START_LIMIT_S = 30.0
"""How long the links and lines of a starting network may take to come up."""

SIGN_ON_S = 0.02
"""How much longer it may take for each terminal: thousands of them share one process."""

NAMED_MAX = 5
"""Terminals that an error names."""

QUIET_EVERY_S = 0.05


def _sign_on_limit_s(terminals: int) -> float:
    return START_LIMIT_S + SIGN_ON_S * terminals


class NotReadyError(Exception):
    """A network whose links or lines did not come up in time."""


class Network:
    """The parties of one network file, on one folder of books.

    `surroundings` gives each party its Runtime, by name: `core`, `issuer`, `switch`, the
    terminals' own. With `fresh` the books begin from the seeds, else they go on. `free_ports`
    takes ports that the system gives (and serves no metrics), `port_base` moves those of the
    file. With `proxied` the lines of terminals, and those of the switch to issuer and core, run
    through proxies, which `inject` needs.
    `tap` sees every message of the switch, on both of its sides. `parts` starts some of the
    parties only: of core, issuer, switch, terminals. `played` are links of the switch to hosts
    that somebody else plays on these ports of this machine; the issuer is then not started.
    """

    def __init__(
        self,
        surroundings: Callable[[str], Runtime],
        loaded: LoadedNetwork,
        folder: Path,
        *,
        port_base: int | None = None,
        free_ports: bool = False,
        proxied: bool = False,
        tap: Tap | None = None,
        fresh: bool = True,
        milestone: Milestone | None = None,
        parts: Collection[str] = PARTS,
        played: Mapping[str, int] | None = None,
    ) -> None:
        loaded = loaded if port_base is None else loaded.moved_to(port_base)
        # A network that stands beside others has its own books too.
        self.loaded = loaded.on_files() if free_ports else loaded
        self.gabs: dict[str, Gab] = {}
        self.counters: dict[str, Counter] = {}
        self.digital: dict[str, DigitalChannel] = {}
        self._surroundings = surroundings
        self._runtime = surroundings("network")
        if isinstance(self._runtime.reactor, VirtualReactor):
            # OpenSSL draws from the system and looks at the real clock: nothing would repeat.
            self.loaded = self.loaded.without_tls()
        self._settings = self.loaded.settings
        self._parts = [part for part in PARTS if part in parts and self._has(part)]
        if played and self.loaded.issuer_link in played:
            self._parts.remove(ISSUER)
        self._proxied = proxied
        self._fresh = fresh
        self._running: dict[str, Running] = {}
        self._lines: dict[str, LineProxy] = {}
        self._folder = DataFolder(folder, self.loaded.name)
        self.books = Books.of(folder, self._parts, self._terminal_ids)
        self._wiring = Wiring(self.loaded, self._parts, free_ports=free_ports, played=played)
        self._parties = Parties(self.loaded, self.books, self._wiring, milestone=milestone, tap=tap)

    # -- the whole ----------------------------------------------------------------------------

    async def start(self) -> None:
        """Core and issuer first, then the switch once it has both, then the terminals' sign-on.

        Raises AddressTakenError, NotReadyError, FolderError, StoreFormatError,
        StoreUnavailableError, JournalError or LedgerError, with everything closed again.
        """
        self._folder.hold(self._parts)
        try:
            if self._fresh:
                self._clear()
            for part in (CREDITORS, CORE, ISSUER):
                if part in self._parts:
                    await self._start(part)
                    if self._proxied:
                        self._wiring.through(part, self._proxy(part, self._wiring.port_of(part)))
            if SWITCH in self._parts:
                await self._start_switch_with_peers()
            if TERMINALS in self._parts:
                await self._start_terminals()
        except Exception:
            # A coroutine that is thrown away may not wait for anything: GeneratorExit passes.
            await self.stop()
            raise

    def _clear(self) -> None:
        for part in self._parts:
            if not is_file(self.loaded.databases.get(part)):
                raise FolderError(
                    f"a fresh start removes files only: the books of {part} are in a database "
                    "of a server; empty it yourself, then start without --fresh"
                )
        for part in self._parts:
            self._folder.clear(part, FILES[part])
        if set(PARTS) <= set(self._parts):
            # Not for a part alone: a bank whose books go on has seen the counters of its cards.
            self._folder.clear(TERMINALS, (CARDS,))

    async def stop(self, drain: bool = False) -> None:
        """Stop every party, terminals first; with `drain` the switch answers what is under way."""
        await all_of(self._stop(name, drain) for name in self._terminal_ids)
        for line in self._lines.values():
            await line.stop()
        self._lines.clear()
        for name in (SWITCH, ISSUER, CORE, CREDITORS):
            await self._stop(name, drain)
        self._folder.release()

    async def when_quiet(self, limit_s: float) -> None:
        """Resumes when nothing is under way and no reversal is owed, by terminals or the switch.

        Raises NotQuietError, which says by whom, after `limit_s` seconds.
        """
        reactor = self._runtime.reactor
        until_s = reactor.seconds() + limit_s
        journal = self.loaded.database_of(SWITCH, self.books.switch)
        while True:
            await self._when_terminals_quiet(until_s)
            under_way = switch_under_way(journal)
            if not under_way:
                return
            if reactor.seconds() >= until_s:
                raise NotQuietError(
                    f"after {limit_s:g} s the switch has {under_way} transactions under way or "
                    "to be reversed"
                )
            await deferLater(reactor, QUIET_EVERY_S)

    def addresses(self) -> list[Address]:
        """What listens, for people and clients to connect to."""
        return self._wiring.addresses()

    def listener_address(self, name: str) -> tuple[str, int]:
        """Where a listener of the switch is found: host and port."""
        return self._wiring.listener_address(name)

    # -- its parties --------------------------------------------------------------------------

    @property
    def core(self) -> PaymentCore | None:
        """The payment core, while it runs."""
        return cast("PaymentCore | None", self._party(CORE))

    @property
    def issuer(self) -> IssuerHost | None:
        """The issuer host, while it runs."""
        return cast("IssuerHost | None", self._party(ISSUER))

    @property
    def switch(self) -> Switch | None:
        """The switch, while it runs."""
        return cast("Switch | None", self._party(SWITCH))

    @property
    def links_up(self) -> dict[str, bool]:
        """Each link of the switch to a host, and whether it is up; none while it is down."""
        return {} if self.switch is None else self.switch.links_up

    async def texts_to(self, phone: str) -> list[str]:
        """The text messages that the core sent to a phone, oldest first; none without our core."""
        running = self._running.get(CORE)
        if running is None:
            return []

        async def read() -> list[str]:
            return list(await running.party.texts_to(phone))

        return await running.station.start(read)

    async def set_rules(self, rules: Sequence[HostRule]) -> None:
        """Have the issuer follow these rules first, until they are dropped or it stops."""
        running = self._must_run(ISSUER)
        await running.station.start(partial(running.party.set_rules, *rules))

    async def drop_rules(self, names: Iterable[str]) -> None:
        """Have the issuer follow these rules no more; one that is down has none."""
        running = self._running.get(ISSUER)
        if running is not None:
            await running.station.start(partial(running.party.drop_rules, *names))

    async def stop_party(self, name: str) -> None:
        """Stop `core`, `issuer`, `switch` or a terminal in an orderly way; its books stay."""
        self._must_run(name)
        await self._stop(name, drain=True)

    async def start_party(self, name: str) -> None:
        """Start a stopped or killed party again, on its books and at its address.

        A terminal is waited for until it has signed on or START_LIMIT_S have passed.
        """
        if name in self._running:
            raise ValueError(f"{name} runs already")
        await self._start(name)
        if name in self._terminal_ids:
            await self._when_ready([name])

    async def kill_party(self, name: str) -> None:
        """End a party without any order.

        In virtual time this is what `kill -9` does to its process. In real time the parties
        share this process and only its connections and its port are closed, without draining;
        what it had begun to write is written.
        """
        running = self._must_run(name)
        if running.station.kill():
            self._forget(name)
        else:
            await self._stop(name, drain=False)

    def inject(self, name: str, fault: LineFault) -> Callable[[], None]:
        """Begin a fault on the line of a terminal, or that of the switch to `issuer` or `core`.

        The returned function ends it.
        """
        line = self._lines.get(name)
        if line is None:
            raise ValueError(f"the line of {name} has no proxy: start with proxied=True")
        return line.inject(fault)

    # -- starting -----------------------------------------------------------------------------

    async def _start(self, name: str, *, wait_for_peers: bool = False) -> None:
        station = Station(self._surroundings(name))
        line = self._lines.get(name) if name in self._terminal_ids else None
        running = await self._parties.start(
            name,
            station,
            wait_for_peers=wait_for_peers,
            line_port=None if line is None else line.port,
        )
        self._running[name] = running
        if name in self._settings.gabs:
            self.gabs[name] = running.party
        elif name in self._settings.counters:
            self.counters[name] = running.party
        elif name in self._settings.digital:
            self.digital[name] = running.party

    async def _start_switch_with_peers(self) -> None:
        starting = Deferred.fromCoroutine(self._start(SWITCH, wait_for_peers=True))
        late = self._runtime.reactor.callLater(START_LIMIT_S, starting.cancel)
        try:
            await starting
        except CancelledError:
            if late.active():
                raise
            raise NotReadyError(
                f"within {START_LIMIT_S:g} s the switch did not reach {self._wiring.peers()}"
            ) from None
        finally:
            if late.active():
                late.cancel()

    async def _start_terminals(self) -> None:
        if self._proxied:
            for name in (*self._settings.gabs, *self._settings.counters):
                host, port = self._wiring.address_for(name)
                self._proxy(name, port, host)
        for name in self._terminal_ids:
            await self._start(name)
        late = await self._when_ready(self._terminal_ids)
        if late:
            whom = ", ".join(late[:NAMED_MAX])
            others = f" and {len(late) - NAMED_MAX} others" if len(late) > NAMED_MAX else ""
            within = f"{_sign_on_limit_s(len(self._terminal_ids)):g} s"
            raise NotReadyError(f"{whom}{others} did not sign on within {within}")

    def _proxy(self, name: str, port: int, host: str = "127.0.0.1") -> int:
        """Put a proxy on a line; its own port."""
        station = Station(self._surroundings(f"{name}-line"))
        line = self._lines[name] = LineProxy(station.runtime, host=host, port=port)
        station.call(line.start)
        return line.port

    # -- stopping and waiting -----------------------------------------------------------------

    async def _stop(self, name: str, drain: bool) -> None:
        running = self._running.get(name)
        if running is None:
            return
        self._forget(name)

        async def stop() -> None:
            await running.stop(drain)

        await running.station.start(stop)

    async def _when_ready(self, names: Collection[str]) -> list[str]:
        """Wait for terminals to sign on; those that did not in their time."""
        ready = {name: self._ready(name) for name in names}
        limit_s = _sign_on_limit_s(len(ready))
        late = set(await at_most(self._runtime, limit_s, ready.values()))
        return [name for name in names if ready[name] in late]

    def _ready(self, name: str) -> Deferred[None]:
        running = self._running[name]

        async def ready() -> None:
            await running.party.when_ready()

        return running.station.start(ready)

    async def _when_terminals_quiet(self, until_s: float) -> None:
        terminals: dict[str, Gab | Counter | DigitalChannel]
        terminals = {**self.gabs, **self.counters, **self.digital}
        left_s = max(0.0, until_s - self._runtime.reactor.seconds())
        waiting = {name: each.when_quiet() for name, each in terminals.items()}
        late = await at_most(self._runtime, left_s, waiting.values())
        told = [
            f"{name} owes {each.reversals_owed} reversals"
            if each.reversals_owed
            else f"{name} is busy"
            for name, each in terminals.items()
            if waiting[name] in late
        ]
        if told:
            raise NotQuietError(f"not quiet in time: {', '.join(told)}")

    # -- who is there -------------------------------------------------------------------------

    @property
    def _terminal_ids(self) -> list[str]:
        if TERMINALS not in self._parts:
            return []
        return [*self._settings.gabs, *self._settings.counters, *self._settings.digital]

    def _has(self, part: str) -> bool:
        settings = self._settings
        if part == TERMINALS:
            return bool(settings.gabs or settings.counters or settings.digital)
        return part == SWITCH or getattr(settings, part) is not None

    def _party(self, name: str) -> object:
        running = self._running.get(name)
        return None if running is None else running.party

    def _must_run(self, name: str) -> Running:
        if name not in self._running:
            raise ValueError(f"no party called {name} runs (running: {', '.join(self._running)})")
        return self._running[name]

    def _forget(self, name: str) -> None:
        del self._running[name]
        self.gabs.pop(name, None)
        self.counters.pop(name, None)
        self.digital.pop(name, None)
