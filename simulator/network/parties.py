"""The parties of a network, each made from its settings and started."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from twisted.internet.error import CannotListenError

from simulator.counter.counter import Counter
from simulator.digital.asking import CoreClient
from simulator.digital.channel import DigitalChannel
from simulator.digital.creditors import Creditors
from simulator.gab.gab import Gab
from simulator.hosts.issuer import IssuerHost
from simulator.network.books import CORE, CREDITORS, ISSUER, SWITCH, TERMINALS, Books
from simulator.network.party_keys import Held, PartyKeys
from simulator.network.settings import LoadedNetwork
from simulator.network.stations import Station
from simulator.network.wiring import Wiring
from simulator.payment_core import PaymentCore
from simulator.payment_core.service import RATE_MAX
from simulator.terminal.forms import Form, FormField, Forms
from switch.engine.transactions import Milestone
from switch.link import AddressTakenError, Tap
from switch.runtime import Runtime
from switch.service import Switch
from switch.service.http_access import open_tls, open_token
from switch.service.opening import open_vault
from switch.service.places import database_of
from switch.settings.network import ListenerSettings
from switch.wire import Codec, load_dialect, make_framing

if TYPE_CHECKING:
    from switch.keys.vault import Vault
    from switch.link.security import Security


class Running(NamedTuple):
    """A party that was started: where it runs, what it is, and how it is stopped."""

    station: Station
    party: Any
    stop: Callable[[bool], Awaitable[None]]
    """Given whether to drain, which the switch alone does."""


class Parties:
    """Makes and starts the parties of one network, on its books and at its addresses."""

    def __init__(
        self,
        loaded: LoadedNetwork,
        books: Books,
        wiring: Wiring,
        *,
        milestone: Milestone | None,
        tap: Tap | None,
    ) -> None:
        self._loaded = loaded
        self._settings = loaded.settings
        self._books = books
        self._wiring = wiring
        self._creditors: Creditors | None = None
        self._keys = PartyKeys(loaded, books.folder)
        self._vault: Vault | None = None
        self._milestone = milestone
        self._tap = tap

    async def start(
        self,
        name: str,
        station: Station,
        *,
        wait_for_peers: bool = False,
        line_port: int | None = None,
    ) -> Running:
        """Start `core`, `issuer`, `switch` or a terminal, at `station`.

        `line_port` is where a terminal finds the switch when not at the switch's own address.
        """

        async def opened() -> Running:
            if name == CREDITORS:
                return await self._play_creditors(station)
            if name == CORE:
                return await self._core(station)
            if name == ISSUER:
                return await self._issuer(station)
            if name == SWITCH:
                return await self._switch(station, wait_for_peers)
            if name in self._settings.digital:
                return self._digital(name, station)
            return self._terminal(name, station, line_port)

        try:
            return await station.start(opened)
        except CannotListenError as error:
            reason = getattr(error.socketError, "strerror", None) or error.socketError
            raise AddressTakenError(
                f"cannot listen on {error.interface}:{error.port} for {name}: {reason}"
            ) from None

    async def _core(self, station: Station) -> Running:
        section, seed = self._settings.core, self._loaded.core_seed
        assert section is not None
        assert seed is not None
        assert self._books.core is not None
        held = self._keys.core(station.runtime)
        runtime, access, folder = station.runtime, section.access, self._books.folder
        core = PaymentCore(
            runtime,
            seed,
            database_of(section.database, self._books.core),
            vault=open_vault(runtime, folder, CORE),
            port=self._wiring.port_of(CORE),
            interface=section.interface,
            pins=held.checker,
            chips=held.chips,
            token=open_token(runtime, access.token, folder),
            rate_max=access.rate_max or RATE_MAX,
            security=open_tls(runtime, access.tls, folder, None),
            creditors_at=None if self._creditors is None else ("127.0.0.1", self._creditors.port),
        )
        await core.start()
        self._wiring.found(CORE, core.port)
        if self._creditors is not None:
            self._creditors.core_at = ("127.0.0.1", core.port)
        return Running(station, core, lambda drain: _stop(core, held))

    async def _play_creditors(self, station: Station) -> Running:
        section, seed = self._settings.creditors, self._loaded.core_seed
        assert section is not None
        assert seed is not None
        assert self._books.creditors is not None
        creditors = Creditors(
            station.runtime,
            seed.creditors,
            self._books.creditors,
            port=self._wiring.port_of(CREDITORS),
        )
        creditors.ways.update(section.ways)
        await creditors.start()
        self._wiring.found(CREDITORS, creditors.port)
        self._creditors = creditors
        return Running(station, creditors, lambda drain: creditors.stop())

    def _digital(self, name: str, station: Station) -> Running:
        """A client of the core that is started here, by whatever it asks of callers."""
        section, runtime = self._settings.core, station.runtime
        assert section is not None
        token = open_token(runtime, section.access.token, self._books.folder)
        client = CoreClient(runtime, "127.0.0.1", self._wiring.port_of(CORE), token)
        channel = DigitalChannel(
            runtime, name, self._settings.digital[name], self._books.terminals[name], client
        )
        channel.start()
        return Running(station, channel, lambda drain: channel.stop())

    async def _issuer(self, station: Station) -> Running:
        section, seed = self._settings.issuer, self._loaded.issuer_seed
        assert section is not None
        assert seed is not None
        assert self._books.issuer is not None
        codec = Codec(load_dialect(section.dialect), tolerate=section.tolerate)
        held = self._keys.issuer(station.runtime, codec)
        issuer = IssuerHost(
            station.runtime,
            seed,
            database_of(section.database, self._books.issuer),
            vault=open_vault(station.runtime, self._books.folder, ISSUER),
            port=self._wiring.port_of(ISSUER),
            interface=section.interface,
            codec=codec,
            framing=make_framing(section.framing, limit_bytes=section.frame_limit_bytes),
            seal=held.seal,
            exchange=held.exchange,
            pins=held.checker,
            rules=self._loaded.issuer_rules,
            chips=held.chips,
        )
        await issuer.start()
        self._wiring.found(ISSUER, issuer.port)
        return Running(station, issuer, lambda drain: _stop(issuer, held))

    async def _switch(self, station: Station, wait_for_peers: bool) -> Running:
        switch = Switch(
            station.runtime,
            self._wiring.switch_file(),
            self._books.folder,
            milestone=self._milestone,
            tap=self._tap,
        )
        await switch.start(wait_for_peers=wait_for_peers)
        for listener, port in switch.ports.items():
            self._wiring.found(listener, port)
        return Running(station, switch, lambda drain: switch.stop(drain=drain))

    def _terminal(self, name: str, station: Station, line_port: int | None) -> Running:
        host, port = self._wiring.address_for(name)
        if line_port is not None:
            host, port = "127.0.0.1", line_port
        codec = Codec(load_dialect(self._loaded.listener_of(name)[1].dialect))
        held = self._keys.terminal(station.runtime, name, codec)
        terminal = self._new_terminal(name, station.runtime, host, port, codec, held)
        terminal.start()
        return Running(station, terminal, lambda drain: _stop(terminal, held))

    def _forms(self) -> Forms:
        """The creditors' forms as terminals are given them; none when the core is not ours."""
        seed = self._loaded.core_seed
        return Forms(
            {
                (creditor.id, kind.kind): Form(
                    tuple(
                        FormField(
                            name=each.name,
                            labels=each.label.model_dump(),
                            type=each.type,
                            format=each.format,
                            min_length=each.min_length,
                            max_length=each.max_length,
                            required=each.required,
                            values=each.values,
                        )
                        for each in kind.form
                    )
                )
                for creditor in (seed.creditors if seed is not None else ())
                for kind in creditor.kinds
            }
        )

    def _new_terminal(
        self, name: str, runtime: Runtime, host: str, port: int, codec: Codec, held: Held
    ) -> Gab | Counter:
        wire = self._loaded.listener_of(name)[1]
        place: dict[str, Any] = {
            "terminal_id": name,
            "acceptor": self._loaded.acceptor_of(name),
            "institution": self._settings.institution,
            "host": host,
            "port": port,
            "codec": codec,
            "framing": make_framing(wire.framing, limit_bytes=wire.frame_limit_bytes),
            "folder": self._books.terminals[name],
            "security": self._security(name, wire, runtime, host),
            "seal": held.seal,
            "exchange": held.exchange,
            "vault": self._terminals_vault(runtime),
        }
        if name in self._settings.gabs:
            if held.pad is not None:
                place["card_data"] = held.pad.card_data
                place["new_pin_data"] = held.pad.new_pin_data
            place["reader"] = held.reader
            return Gab(runtime, self._settings.gabs[name], **place, forms=self._forms())
        return Counter(runtime, self._settings.counters[name], **place)

    def _terminals_vault(self, runtime: Runtime) -> Vault:
        """One for all of them: a network may have thousands."""
        if self._vault is None:
            self._vault = open_vault(runtime, self._books.folder, TERMINALS)
        return self._vault

    def _security(
        self, name: str, listener: ListenerSettings, runtime: Runtime, host: str
    ) -> Security | None:
        """TLS of a terminal's line, as the listener that it dials has it."""
        if listener.tls is None:
            return None
        # Here, so that a network without TLS does not load OpenSSL.
        from switch.service.links import security_of
        from switch.service.made_certs import made_for_terminal

        if listener.tls.made is None:
            tls = self._settings.terminals_tls
            assert tls is not None, "the file was checked for it"
        else:
            tls = made_for_terminal(name, self._books.folder, runtime.wall_clock)
        return security_of(tls, host)


async def _stop(party: Any, held: Held) -> None:
    await party.stop()
    await held.stop()
