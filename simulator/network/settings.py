"""A whole network file: the switch, and the parties that the simulator plays around it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import Field

from simulator.card.settings import ChipSettings
from simulator.counter.settings import CounterSettings
from simulator.digital.settings import CreditorsSettings, DigitalSettings
from simulator.gab.settings import GabSettings
from simulator.hosts.rules import HostRule, rules_named
from simulator.hosts.settings import IssuerSeed, IssuerSettings
from simulator.network.populations import Population, PopulationSettings, draw, in_core, in_issuer
from simulator.network.series import GabSeries, with_series
from simulator.payment_core import CoreSettings as CoreSeed
from simulator.payment_core.checks import checked
from switch.service.checks import (
    base_port,
    database_problems,
    dialect_path,
    in_order,
    is_loopback,
    moved_port,
    shift_ports,
    switch_problems,
    wire_problems,
    with_dialects_found,
    with_keys_found,
)
from switch.service.http_access import access_found, access_problems
from switch.service.link_checks import tls_found, tls_problems
from switch.service.places import database_of
from switch.settings import (
    Digits,
    Located,
    Misfit,
    Model,
    Problem,
    SettingsError,
    Text,
    Where,
    find_config,
    load_located,
    write_duration,
)
from switch.settings.links import Tls
from switch.settings.network import (
    AccessSettings,
    DatabaseUrl,
    Institution,
    KeysSettings,
    ListenerSettings,
    Port,
    SwitchFile,
    SwitchSettings,
    TerminalSettings,
)
from switch.store import Database

ACCEPTOR = TerminalSettings(id="X", group="x").acceptor

T = TypeVar("T", bound=Model)

TerminalId = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,8}$")]


PopulationName = Annotated[Text, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,15}$")]


class CoreSection(Model):
    """The payment core that is started with the network."""

    port: Port
    interface: Text = "127.0.0.1"
    access: AccessSettings = AccessSettings()
    """What it asks of callers; beyond this machine a token or certificates."""
    seed: Text
    """The file of what its books begin with, beside the network file."""
    database: Annotated[DatabaseUrl | None, Field(repr=False)] = None
    """Of its books; none: the file core.db in their folder."""


class NetworkSettings(Model):
    """A network: the switch, and what surrounds it."""

    network: Text
    """Its name: a folder of books belongs to one name."""
    description: Text = "A network"
    institution: Institution
    """Our identification, DE32 of what our terminals send (the bank of the core)."""
    bank_code: Annotated[str, Digits(3)] | None = None
    """The first digits of our RIBs."""
    currency: Annotated[str, Digits(3)] = "504"
    keys: KeysSettings | None = None
    """Where the keys are; a network without them knows neither PINs nor MACs."""
    chips: tuple[ChipSettings, ...] = ()
    """Which cards have chips, at our GABs and at the parties that answer for them. The first that
    fits counts."""
    switch: SwitchSettings
    core: CoreSection | None = None
    issuer: IssuerSettings | None = None
    gabs: dict[TerminalId, GabSettings] = Field(default_factory=dict)
    """By terminal; each is one of `switch.terminals`."""
    gab_series: tuple[GabSeries, ...] = ()
    """GABs that are alike, by the first and the last of them. A scenario starts those it names."""
    populations: dict[PopulationName, PopulationSettings] = Field(default_factory=dict)
    """Customers with cards, drawn from a seed (docs/populations.md)."""
    counters: dict[TerminalId, CounterSettings] = Field(default_factory=dict)
    """By terminal; each is one of `switch.terminals`."""
    digital: dict[TerminalId, DigitalSettings] = Field(default_factory=dict)
    """Clients of the core's own service, by an identification that no terminal has."""
    creditors: CreditorsSettings | None = None
    """Those that the core calls back, when we play them."""
    terminals_tls: Tls | None = None
    """TLS of our GABs and counters, where the port they dial has TLS by files of its own."""


@dataclass(frozen=True)
class LoadedNetwork:
    """A network file with the seeds that it names, all of it checked."""

    path: Path
    settings: NetworkSettings
    core_seed: CoreSeed | None = None
    issuer_seed: IssuerSeed | None = None
    populations: Mapping[str, Population] = field(default_factory=dict)
    issuer_rules: tuple[HostRule, ...] = ()
    """What the issuer host does otherwise than it should."""

    @cached_property
    def _entries(self) -> dict[str, TerminalSettings]:
        return _entry_of(self.settings.switch)

    @property
    def name(self) -> str:
        return self.settings.network

    @property
    def switch_file(self) -> SwitchFile:
        """The part that the switch reads."""
        settings = self.settings
        return SwitchFile(
            network=settings.network,
            institution=settings.institution,
            currency=settings.currency,
            keys=settings.keys,
            switch=settings.switch,
        )

    def listener_of(self, terminal_id: str) -> tuple[str, ListenerSettings]:
        """The listener that a terminal of ours dials: the first that takes its group."""
        return next(_takers(self.settings.switch, self._entries[terminal_id].group))

    @property
    def terminals_dialect(self) -> str:
        """What our terminals speak; that of the first listener when there is none for them."""
        listeners = self.settings.switch.listeners.values()
        first = next((each for each in listeners if each.kind == "terminals"), None)
        return (first or next(iter(listeners))).dialect

    @property
    def issuer_link(self) -> str | None:
        """The switch's link to the issuer host of this network."""
        return _issuer_link(self.settings)

    def acceptor_of(self, terminal_id: str) -> str:
        """DE42 of a terminal; of one behind another network, what every terminal has here."""
        entry = self._entries.get(terminal_id)
        return ACCEPTOR if entry is None else entry.acceptor

    @property
    def databases(self) -> dict[str, str | None]:
        """The URL of the database of each part that may have one, None where it is a file."""
        core, issuer = self.settings.core, self.settings.issuer
        return {
            "core": None if core is None else core.database,
            "issuer": None if issuer is None else issuer.database,
            "switch": self.settings.switch.database,
        }

    def database_of(self, part: str, file: Path | None) -> Database | None:
        """Where the books of a part are: `file`, unless it has a database; None for no part."""
        return None if file is None else database_of(self.databases.get(part), file)

    def with_gabs(self, named: Collection[str]) -> LoadedNetwork:
        """The same network, with those GABs of its series only that are named."""
        series = {name for each in self.settings.gab_series for name in each.ids()}
        gabs = {
            name: each
            for name, each in self.settings.gabs.items()
            if name in named or name not in series
        }
        return replace(self, settings=self.settings.model_copy(update={"gabs": gabs}))

    def on_files(self) -> LoadedNetwork:
        """The same network with all its books in files."""
        none: dict[str, Any] = {"database": None}
        changed: dict[str, Any] = {"switch": self.settings.switch.model_copy(update=none)}
        for part in ("core", "issuer"):
            section = getattr(self.settings, part)
            if section is not None:
                changed[part] = section.model_copy(update=none)
        return replace(self, settings=self.settings.model_copy(update=changed))

    def without_tls(self) -> LoadedNetwork:
        """The same network with every line in clear, as it is in virtual time."""
        switch = self.settings.switch
        clear: dict[str, Any] = {
            part: {n: each.model_copy(update={"tls": None}) for n, each in lines.items()}
            for part, lines in (("listeners", switch.listeners), ("links", switch.links))
        }
        clear["metrics_access"] = switch.metrics_access.model_copy(update={"tls": None})
        if switch.core is not None:
            clear["core"] = switch.core.model_copy(update={"tls": None})
        changed: dict[str, Any] = {"switch": switch.model_copy(update=clear)}
        if (core := self.settings.core) is not None:
            access = core.access.model_copy(update={"tls": None})
            changed["core"] = core.model_copy(update={"access": access})
        return replace(self, settings=self.settings.model_copy(update=changed))

    def moved_to(self, port_base: int) -> LoadedNetwork:
        """The same network with the lowest port of the switch's listeners at `port_base`.

        Every other port of this machine keeps its distance from it. Raises ValueError when one
        of them would leave 1 to 65535.
        """
        settings = self.settings
        offset = port_base - base_port(settings.switch)
        changed: dict[str, Any] = {"switch": shift_ports(settings.switch, offset)}
        for name in ("core", "issuer", "creditors"):
            part = getattr(settings, name)
            if part is not None:
                port = moved_port(part.port, offset)
                changed[name] = part.model_copy(update={"port": port})
        return replace(self, settings=settings.model_copy(update=changed))


def load_network(name_or_path: str | Path) -> LoadedNetwork:
    """The network of that file, or the shipped one of that name, with its seeds.

    Raises SettingsError with everything wrong in any of the files.
    """
    path = find_config(str(name_or_path), "")
    located = load_located(path, NetworkSettings)
    gabs = with_series(located.value.gabs, located.value.gab_series)
    located = replace(located, value=located.value.model_copy(update={"gabs": gabs}))
    settings, folder = located.value, path.parent
    populations = {
        name: draw(name, each, settings.bank_code or "000")
        for name, each in settings.populations.items()
    }
    problems = [*_problems(located), *_populations(located)]
    core_seed = issuer_seed = None
    rules: tuple[HostRule, ...] = ()
    try:
        if settings.core is not None:
            where = folder / settings.core.seed
            seed = _seed(located, "core", where, CoreSeed)
            core_seed = in_core(checked(seed), populations)
            problems += _foreign_accounts(settings, seed)
    except SettingsError as error:
        problems += error.problems
    except Misfit as misfit:
        problems.append(located.problem(("populations", *misfit.where), str(misfit)))
    try:
        if settings.issuer is not None:
            where = folder / settings.issuer.seed
            issuer_seed = _seed(located, "issuer", where, IssuerSeed).value
            issuer_seed = in_issuer(issuer_seed, populations)
            rules = _rules(located, folder)
    except SettingsError as error:
        problems += error.problems
    except Misfit as misfit:
        problems.append(located.problem(("populations", *misfit.where), str(misfit)))
    if problems:
        raise SettingsError(in_order(problems))
    changed: dict[str, Any] = {
        "switch": with_dialects_found(settings.switch, folder),
        "keys": with_keys_found(settings.keys, folder),
        "terminals_tls": tls_found(settings.terminals_tls, folder),
    }
    if settings.core is not None:
        access = access_found(settings.core.access, folder)
        changed["core"] = settings.core.model_copy(update={"access": access})
    if settings.issuer is not None:
        dialect = dialect_path(settings.issuer.dialect, folder)
        changed["issuer"] = settings.issuer.model_copy(update={"dialect": dialect})
    return LoadedNetwork(
        path, settings.model_copy(update=changed), core_seed, issuer_seed, populations, rules
    )


def _rules(located: Located[NetworkSettings], folder: Path) -> tuple[HostRule, ...]:
    issuer = located.value.issuer
    try:
        return rules_named(issuer.rules if issuer is not None else (), folder)
    except Misfit as misfit:
        place, near = ("issuer", "rules", *misfit.where), misfit.suggestion
        candidates = [near] if near else ()
        told = located.problem(place, str(misfit), near=near, candidates=candidates)
        raise SettingsError([told]) from None


def _populations(located: Located[NetworkSettings]) -> Iterator[Problem]:
    """Populations whose bank is not played here, or whose cards no route takes."""
    settings = located.value
    for name, each in settings.populations.items():
        if getattr(settings, each.bank) is None:
            yield located.problem(("populations", name, "bank"), f"there is no {each.bank} here")
        ranges = [start for route in settings.switch.routes for start in route.cards]
        if not any(each.cards.startswith(start) for start in ranges):
            message = "no route takes cards that begin so"
            place = ("populations", name, "cards")
            yield located.problem(place, message)


def _seed(
    located: Located[NetworkSettings], section: str, path: Path, model: type[T]
) -> Located[T]:
    if not path.is_file():
        raise SettingsError([located.problem((section, "seed"), f"there is no file {path}")])
    return load_located(path, model)


def _problems(located: Located[NetworkSettings]) -> Iterator[Problem]:
    settings = located.value
    yield from switch_problems(located, settings.switch)
    if settings.issuer is not None:
        yield from wire_problems(located, settings.issuer, ("issuer",))
        yield from database_problems(located, settings.issuer.database, ("issuer", "database"))
    if settings.core is not None:
        yield from database_problems(located, settings.core.database, ("core", "database"))
        access, interface = settings.core.access, settings.core.interface
        at = ("core", "interface")
        yield from access_problems(located, access, ("core", "access"), interface, at)
    yield from _terminals(located)
    yield from _digital(located)
    yield from _terminals_tls(located)
    yield from _chips(located)
    yield from _ladder(located)
    yield from _dialled(located)
    yield from _ports(located)


def _terminals(located: Located[NetworkSettings]) -> Iterator[Problem]:
    settings = located.value
    known = settings.switch.group_of()
    for section, parties in (("gabs", settings.gabs), ("counters", settings.counters)):
        for terminal in parties:
            if terminal not in known:
                yield located.problem(
                    (section, terminal),
                    "this is none of the terminals of the switch",
                    on_key=True,
                    near=terminal,
                    candidates=known,
                )
            elif next(_takers(settings.switch, group := known[terminal]), None) is None:
                message = f"no listener of kind `terminals` takes the group '{group}'"
                yield located.problem((section, terminal), message, on_key=True)
    for terminal in settings.counters:
        if terminal in settings.gabs:
            message = "a terminal is a GAB or a counter, not both"
            yield located.problem(("counters", terminal), message, on_key=True)


def _digital(located: Located[NetworkSettings]) -> Iterator[Problem]:
    settings = located.value
    for client in settings.digital:
        if settings.core is None:
            message = "a client of the core's service needs a `core`"
            yield located.problem(("digital", client), message, on_key=True)
        if client in settings.switch.group_of():
            message = "this is a terminal of the switch"
            yield located.problem(("digital", client), message, on_key=True)
    if settings.creditors is not None and settings.core is None:
        message = "there is no `core` that would call these back"
        yield located.problem(("creditors",), message, on_key=True)


def _ladder(located: Located[NetworkSettings]) -> Iterator[Problem]:
    """A terminal waits longer than the switch does: the far end is to give up first."""
    settings = located.value
    waits = {f"the link '{name}'": link.timeout for name, link in settings.switch.links.items()}
    if settings.switch.core is not None:
        waits["the core"] = settings.switch.core.timeout
    if any(route.then for route in settings.switch.routes):
        waits["both legs of a request (`answer_within`)"] = settings.switch.answer_within
    if not waits:
        return
    whom, longest_s = max(waits.items(), key=lambda wait: wait[1])
    parties: Mapping[str, Mapping[str, GabSettings | CounterSettings]]
    parties = {"gabs": settings.gabs, "counters": settings.counters}
    for section, terminals in parties.items():
        for terminal, each in terminals.items():
            if each.timeout <= longest_s:
                yield located.problem(
                    (section, terminal, "timeout"),
                    f"{write_duration(each.timeout)} is not longer than the "
                    f"{write_duration(longest_s)} that the switch waits for {whom}: "
                    "the terminal would give up first",
                )


def _terminals_tls(located: Located[NetworkSettings]) -> Iterator[Problem]:
    settings, folder = located.value, located.path.parent
    yield from tls_problems(
        located, settings.terminals_tls, ("terminals_tls",), folder, "127.0.0.1"
    )
    if settings.terminals_tls is not None:
        return
    known = settings.switch.group_of()
    for section in ("gabs", "counters"):
        for terminal in getattr(settings, section):
            if terminal not in known:
                continue
            name, listener = next(_takers(settings.switch, known[terminal]), ("", None))
            if listener is not None and listener.tls is not None and listener.tls.made is None:
                message = f"the port '{name}' has TLS: say with which files in `terminals_tls`"
                yield located.problem((section, terminal), message, on_key=True)


def _chips(located: Located[NetworkSettings]) -> Iterator[Problem]:
    """Cards hold keys of their own, so the value of their issuer's key must be known here."""
    settings = located.value
    made_up = settings.keys is not None and settings.keys.test
    for place, each in enumerate(settings.chips):
        if settings.keys is None:
            yield located.problem(("chips", place), "chips need `keys`", on_key=True)
            return
        unknown = each.published_key is None or (
            each.script_key is not None and each.published_script_key is None
        )
        if unknown and not made_up:
            message = "where keys are not made up (`keys: {test: true}`), give `published_key`"
            yield located.problem(("chips", place), message, on_key=True)


def _takers(switch: SwitchSettings, group: str) -> Iterator[tuple[str, ListenerSettings]]:
    """The listeners that take terminals of a group."""
    for name, each in switch.listeners.items():
        if each.kind == "terminals" and (not each.groups or group in each.groups):
            yield name, each


def _dialled(located: Located[NetworkSettings]) -> Iterator[Problem]:
    """Whether the switch dials the parties that are started with it."""
    settings = located.value
    core = settings.switch.core
    if settings.core is not None:
        if core is None:
            message = "the switch has no `core` that would call this one"
            yield located.problem(("core",), message, on_key=True)
        elif is_loopback(core.host) and core.port != settings.core.port:
            message = f"the switch calls the core on port {core.port}"
            yield located.problem(("core", "port"), message)
        elif settings.core.access.token is not None and core.token is None:
            message = (
                "the core wants a token: say in `switch.core.token` which one the switch shows"
            )
            yield located.problem(("core", "access", "token"), message, on_key=True)
        elif (settings.core.access.tls is None) != (core.tls is None):
            message = "either both have TLS or none: `core.access.tls` and `switch.core.tls`"
            yield located.problem(("core", "access"), message, on_key=True)
    if settings.issuer is not None and _issuer_link(settings) is None:
        ports = [str(link.port) for link in settings.switch.links.values()]
        told = f"no link of the switch dials this port (they dial {', '.join(ports) or 'none'})"
        yield located.problem(("issuer", "port"), told)


def _ports(located: Located[NetworkSettings]) -> Iterator[Problem]:
    settings = located.value
    taken: dict[int, str] = {}
    places: list[tuple[Where, int, str]] = [
        (("switch", "listeners", name, "port"), each.port, f"the listener '{name}'")
        for name, each in settings.switch.listeners.items()
    ]
    if settings.switch.metrics_port is not None:
        port = settings.switch.metrics_port
        places.append((("switch", "metrics_port"), port, "the metrics"))
    for name in ("core", "issuer", "creditors"):
        part = getattr(settings, name)
        if part is not None:
            places.append(((name, "port"), part.port, f"the {name}"))
    for place, port, whose in places:
        if port and port in taken:
            yield located.problem(place, f"port {port} is that of {taken[port]} already")
        taken.setdefault(port, whose)


def _foreign_accounts(settings: NetworkSettings, seed: Located[CoreSeed]) -> Iterator[Problem]:
    """Accounts of the core whose RIB begins with another bank's code."""
    code = settings.bank_code
    if code is None:
        return
    for index, account in enumerate(seed.value.accounts):
        if not account.rib.startswith(code):
            message = f"a RIB of this bank begins with {code}"
            yield seed.problem(("accounts", index, "rib"), message)


def _issuer_link(settings: NetworkSettings) -> str | None:
    if settings.issuer is None:
        return None
    for name, link in settings.switch.links.items():
        if is_loopback(link.host) and link.port == settings.issuer.port:
            return name
    return None


def _entry_of(switch: SwitchSettings) -> dict[str, TerminalSettings]:
    return {each: entry for entry in switch.terminals for each in entry.ids()}
