"""The links of a switch, made from its settings: who listens, who is dialled, who answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred

from switch.engine.destination import Destination, HostDestination
from switch.engine.groups import DestinationGroup, order_of
from switch.engine.messages import Keeper
from switch.engine.settling import CUT_OVER
from switch.engine.transactions import Source
from switch.link import (
    Dialer,
    Handler,
    Link,
    Listener,
    Session,
    SessionProfile,
    State,
    Tap,
    Throttle,
    no_requests,
)
from switch.link.matching import FINANCIAL_KEY
from switch.link.sealing import KeysExchange, Seal
from switch.runtime import Runtime
from switch.service.exchanges import exchange_on
from switch.service.metrics import Metrics
from switch.settings.keys import MacSettings
from switch.settings.links import Keeping, LinkSettings, ListenerSettings, OwedSettings, Tls
from switch.settings.network import SwitchSettings
from switch.wire import Codec, Framing, Message, load_dialect, make_framing
from switch.wire.mti import message_class

if TYPE_CHECKING:
    from switch.link.security import Security
    from switch.service.keyring import Keyring

HOST_LINES_MAX = 8
"""Lines that a host which dials us may open, unless its link says otherwise."""

Handle = Callable[[Message, Source], Awaitable[Message | None]]
"""Answers a request that came from somewhere."""


class Links:
    """Every link of one switch. `signed_on` is told the names of the destinations that are back."""

    def __init__(
        self,
        runtime: Runtime,
        settings: SwitchSettings,
        *,
        new_stan: Callable[[], str],
        handle: Handle,
        signed_on: Callable[[str], None],
        unsaid: Callable[[Message, Message], None],
        stray: Callable[[str, Message, str], None],
        metrics: Metrics,
        behind: Callable[[], bool],
        keyring: Keyring | None = None,
        tap: Tap | None = None,
    ) -> None:
        self._runtime = runtime
        self._settings = settings
        self._new_stan = new_stan
        self._handle = handle
        self._signed_on = signed_on
        self._unsaid = unsaid
        self._stray = stray
        self._metrics = metrics
        self._throttle = Throttle(runtime.reactor, behind)
        self._tap = tap
        self._keyring = keyring
        self.exchanges: dict[str, KeysExchange] = {}
        self.hosts = {name: self._host(name, link) for name, link in settings.links.items()}
        self.listeners = {
            name: self._listener(name, each) for name, each in settings.listeners.items()
        }

    @cached_property
    def keepers(self) -> dict[str, Keeper]:
        """What keeps the messages that pass on each link, and to each place made of several."""
        settings = self._settings
        wires = {**settings.listeners, **settings.links}
        found = {name: Keeper(name, load_dialect(wire.dialect)) for name, wire in wires.items()}
        for name, place in settings.destinations.items():
            # Links to one host speak its dialect.
            found[name] = Keeper(name, load_dialect(settings.links[place.links[0]].dialect))
        return found

    @property
    def ports(self) -> dict[str, int]:
        """The port of each listener, and of each link that a host dials."""
        hosts = {name: link for name, link in self.hosts.items() if isinstance(link, Listener)}
        return {name: link.port for name, link in {**self.listeners, **hosts}.items()}

    def destinations(self) -> dict[str, tuple[Destination, int, OwedSettings]]:
        """What routes may lead to by name: hosts, and places made of several of them.

        With each, the messages a second that store-and-forward may send there, and what it makes
        of their answers: of several links, as the first of them says.
        """
        settings = self._settings
        found: dict[str, tuple[Destination, int, OwedSettings]] = {}
        for name, link in settings.links.items():
            host = HostDestination(self.hosts[name], link.timeout)
            found[name] = host, link.rate_max, link.owed
        for name, place in settings.destinations.items():
            members = [found[link][0] for link in place.links]
            group = DestinationGroup(name, members, order_of(place.policy, place.weights))
            links = [settings.links[link] for link in place.links]
            found[name] = group, min(link.rate_max for link in links), links[0].owed
        return found

    def start_hosts(self) -> None:
        """Dial hosts and listen for them; raises AddressTakenError."""
        for host in self.hosts.values():
            host.start()

    async def when_hosts_are_up(self) -> None:
        """Resumes when each host that we dial is up; of several links to one, any of them."""
        dialled = [name for name, link in self._settings.links.items() if link.role == "dial"]
        together = [place.links for place in self._settings.destinations.values()]
        grouped = {name for links in together for name in links}
        for names in [*together, *([name] for name in dialled if name not in grouped)]:
            await _any_up([self.hosts[name] for name in names if name in dialled])

    def start_listeners(self) -> None:
        """Listen for terminals and networks; raises AddressTakenError."""
        for name, listener in self.listeners.items():
            listener.start()
            self._runtime.log.info("listening", listener=name, port=listener.port)

    async def stop(self, *, drain: bool = False) -> None:
        """Close every line; with `drain`, new requests get 91 and those under way end first."""
        if drain:
            for link in (*self.listeners.values(), *self.hosts.values()):
                link.refuse()
        for exchange in self.exchanges.values():
            exchange.stop()
        # Hosts last: what is under way still needs their answers.
        await _stop(self.listeners.values(), drain)
        await _stop(self.hosts.values(), drain)

    def _host(self, name: str, link: LinkSettings) -> Link:
        given: dict[str, Any] = {
            "handler": self._handler(
                Source(
                    link.requests,
                    name,
                    duplicates=link.duplicates,
                    pin=link.pin,
                    unknown_terminal=link.unknown_terminal,
                )
            ),
            "new_stan": self._new_stan,
            "on_change": self._changed(name),
            "tap": self._tap,
            "security": _security(link.tls, None if link.role == "listen" else link.host),
            "counts": self._metrics,
            "throttle": self._throttle,
            "unsaid": self._unsaid,
            "stray": partial(self._stray, name),
        }
        who = link.who_signs_on
        profile = _profile(
            name,
            link,
            who,
            echo_every_s=link.echo_every,
            key=link.matching,
            handed_on=(CUT_OVER,) if link.cut_over == "theirs" else (),
        )
        codec, framing = _wire(link)
        given["seal"] = seal_of(link.mac, codec, self._keyring)
        given["exchange"] = self._exchange(name, codec)
        host: Link
        if link.role == "dial":
            host = Dialer(
                self._runtime,
                profile,
                codec,
                framing,
                host=link.host,
                port=link.port,
                connect_timeout_s=link.connect_timeout,
                **given,
            )
        else:
            host = Listener(
                self._runtime,
                profile,
                codec,
                framing,
                port=link.port,
                interface=link.interface or "127.0.0.1",
                lines_max=HOST_LINES_MAX if link.lines_max is None else link.lines_max,
                allow=link.allow,
                proxied_by=link.proxied_by,
                **given,
            )
        self._metrics.watch_link(name, lambda: host.up, lambda: host.in_flight)
        self._metrics.watch_tolerated(name, codec.tolerated)
        return host

    def _listener(self, name: str, settings: ListenerSettings) -> Listener:
        codec, framing = _wire(settings)
        listener = Listener(
            self._runtime,
            _profile(
                name,
                settings,
                settings.sign_on,
                echo_every_s=settings.echo_every,
                handed_on=(CUT_OVER,) if settings.kind == "network" else (),
            ),
            codec,
            framing,
            port=settings.port,
            interface=settings.interface,
            handler=self._handler(
                Source(
                    settings.kind,
                    name,
                    settings.groups,
                    settings.duplicates,
                    settings.pin,
                    settings.unknown_terminal,
                )
            ),
            new_stan=self._new_stan,
            tap=self._tap,
            lines_max=settings.lines_max,
            allow=settings.allow,
            proxied_by=settings.proxied_by,
            security=_security(settings.tls, None),
            counts=self._metrics,
            throttle=self._throttle,
            unsaid=self._unsaid,
            seal=seal_of(settings.mac, codec, self._keyring),
            exchange=self._exchange(name, codec),
        )
        self._metrics.watch_lines(name, lambda: len(listener.sessions), lambda: listener.in_flight)
        self._metrics.watch_tolerated(name, codec.tolerated)
        return listener

    def _exchange(self, name: str, codec: Codec) -> KeysExchange | None:
        exchange = exchange_on(
            self._runtime, self._settings, name, codec, self._keyring, self._metrics
        )
        if exchange is not None:
            self.exchanges[name] = exchange
        return exchange

    def _handler(self, source: Source) -> Handler:
        if source.kind == "none":
            return self._of_a_host(source)

        def handle(message: Message, _session: Session) -> Awaitable[Message | None]:
            return self._handle(message, source)

        return handle

    def _of_a_host(self, source: Source) -> Handler:
        """A host that only answers may still say that its business date ends."""

        def handle(message: Message, session: Session) -> Awaitable[Message | None]:
            if message_class(message.mti) == "8":
                return self._handle(message, source)
            return no_requests(message, session)

        return handle

    def _changed(self, name: str) -> Callable[[State], None]:
        places = [name]
        places += [
            place for place, each in self._settings.destinations.items() if name in each.links
        ]

        def changed(state: State) -> None:
            if state is State.SIGNED_ON:
                for place in places:
                    self._signed_on(place)

        return changed


def security_of(tls: Tls, host: str | None) -> Security:
    """TLS as the settings say it; `host` is whom we dial, None where peers dial us.

    Raises SecurityError for a file that cannot be used.
    """
    # Here, so that a switch without TLS does not load OpenSSL.
    from switch.link.security import Security

    names = tls.names
    if host is not None:
        names = names or (host,)
    return Security(
        certificate=None if tls.certificate is None else Path(tls.certificate),
        key=None if tls.key is None else Path(tls.key),
        ca=None if tls.ca is None else Path(tls.ca),
        crl=None if tls.crl is None else Path(tls.crl),
        names=names,
        minimum=tls.minimum,
        server_name=None if host is None else names[0],
    )


def seal_of(mac: MacSettings | None, codec: Codec, keyring: Keyring | None) -> Seal | None:
    """What authenticates the messages of a link; None where no MAC is agreed on."""
    if mac is None:
        return None
    if keyring is None:
        raise ValueError("a link with a MAC needs keys")
    # Here, so that a switch without keys does not load OpenSSL.
    from switch.link.macs import MacProfile, MacSeal

    profile = MacProfile(
        mac.key,
        padding=int(mac.padding),
        size=mac.size,
        elements=mac.elements,
        management=mac.management,
        refuse_with=mac.refuse_with,
        closes=mac.close,
    )
    return MacSeal(profile, codec, keyring.module, keyring.turnover)


def _security(tls: Tls | None, host: str | None) -> Security | None:
    return None if tls is None else security_of(tls, host)


def _profile(
    name: str,
    settings: Keeping,
    sign_on: str,
    *,
    echo_every_s: float | None,
    key: tuple[str, ...] = FINANCIAL_KEY,
    handed_on: tuple[str, ...] = (),
) -> SessionProfile:
    return SessionProfile(
        name,
        signs_on=sign_on == "ours",
        without_sign_on=sign_on == "none",
        echo_every_s=echo_every_s,
        echo_timeout_s=settings.echo_timeout,
        echoes_lost_max=settings.echoes_lost_max,
        in_flight_max=settings.in_flight_max,
        key=key,
        rules=settings.rules,
        wrong_echo=settings.wrong_echo,
        handed_on=handed_on,
    )


def _wire(settings: Keeping) -> tuple[Codec, Framing]:
    framing = make_framing(settings.framing, limit_bytes=settings.frame_limit_bytes)
    return Codec(load_dialect(settings.dialect), tolerate=settings.tolerate), framing


async def _any_up(links: list[Link]) -> None:
    """Resumes when one of them is up; at once when there is none."""
    first: Deferred[None] = Deferred()

    def up(_: None) -> None:
        if not first.called:
            first.callback(None)

    waiting = [link.when_up().addCallbacks(up, lambda _: None) for link in links]
    try:
        if waiting:
            await first
    finally:
        for each in waiting:
            each.cancel()


async def _stop(links: Iterable[Link], drain: bool) -> None:
    """Stop them all at once: one that drains long does not let the others go on."""
    stopping = [Deferred.fromCoroutine(link.stop(drain=drain)) for link in links]
    for each in stopping:
        await each
