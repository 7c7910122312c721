"""What a switch is told of its links: where they listen or dial, who may, how they keep alive."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from switch.settings.framing import FramingChoice, FramingSettings
from switch.settings.keys import ExchangeSettings, MacSettings, PinSettings
from switch.settings.model import Model
from switch.settings.seen import Misfit
from switch.settings.types import Digits, DurationS, Flag, Text, Whole

Port = Annotated[Whole, Field(ge=0, le=65535)]
Some = Annotated[DurationS, Field(gt=0)]

MATCHABLE = ("3", "4", "7", "11", "12", "13", "32", "33", "37", "41", "42", "49")
"""Elements that may tell answers apart: none of them identifies a card, for they are logged."""


ONLY_OF_NETWORKS = "only where the requests of another network come in"


def _network(given: str) -> str:
    try:
        ipaddress.ip_network(given)
    except ValueError as error:
        raise ValueError(
            f"expected an address such as 10.1.2.3 or a network such as 10.1.0.0/16: {error}"
        ) from None
    return given


AddressRange = Annotated[Text, AfterValidator(_network)]
"""An IPv4 or IPv6 address, or a network in CIDR notation."""

Element = Annotated[str, Digits(1, 3)]

DUPLICATES = ("32", "41", "11", "13", "12", "3", "4")
"""What two requests that are one agree on, where nothing else is said."""
Acquirer = Annotated[str, Digits(6, 11)]
"""An institution that acquires, as DE32 names it."""


class Wire(Model):
    """How messages look on a link: the dialect, the framing, and the longest frame taken."""

    dialect: Text = "gab87"
    framing: FramingChoice = FramingSettings()
    frame_limit_bytes: Annotated[Whole, Field(ge=64, le=65535)] = 4096
    tolerate: tuple[Text, ...] = ()
    """What is let pass that the dialect does not allow, such as `impossible-dates`; counted."""
    in_flight_max: Annotated[Whole, Field(ge=1, le=10_000)] = 64
    """Requests under way on one line, each way: the peer is not read beyond it, ours not sent."""


FILES = ("certificate", "key", "ca", "crl")
"""What TLS reads."""


class Tls(Model):
    """TLS on a link, 1.2 or later. Files are PEM, found beside the network file."""

    certificate: Text | None = None
    """Our certificate, then those between it and the authority."""
    key: Text | None = None
    """Its private key, without a passphrase."""
    ca: Text | None = None
    """Authorities of the peers' certificates. On a port of ours peers must show one if this is
    given; a peer that we dial always must."""
    crl: Text | None = None
    """What those authorities revoked: their lists, one after the other. The file is read again
    when it changes. A peer whose authority has no list in it, or one that is over, is refused."""
    made: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] | None = None
    """In place of the four: the name of a certificate of a test authority that is made at the
    first start, in the folder `certs` of the data folder. Peers show one of that authority."""
    names: tuple[Text, ...] = ()
    """Names or addresses, one of which the peer's certificate must hold; none: the host that we
    dial, or on a port of ours any that `ca` signed."""
    minimum: Literal["1.2", "1.3"] = "1.2"

    def fit(self, role: Literal["dial", "listen"]) -> None:
        """Raise Misfit where something is missing for a line that we dial, or that peers do."""
        if self.made is not None:
            given = [part for part in FILES if getattr(self, part) is not None]
            if given:
                raise Misfit("`made` stands in its place", "tls", given[0], on_key=True)
            return
        if (self.certificate is None) != (self.key is None):
            here, missing = ("certificate", "key") if self.key is None else ("key", "certificate")
            raise Misfit(f"it goes with a `{missing}`, which is missing", "tls", here, on_key=True)
        if role == "listen" and self.certificate is None:
            raise Misfit("a port with TLS needs a `certificate` and its `key`", "tls", on_key=True)
        if role == "dial" and self.ca is None:
            told = "a line that we dial needs `ca`, the authorities of the peer's certificate"
            raise Misfit(told, "tls", on_key=True)
        if self.crl is not None and self.ca is None:
            raise Misfit("without `ca` no peer shows a certificate", "tls", "crl", on_key=True)
        if self.names and self.ca is None:
            raise Misfit("without `ca` no peer shows a certificate to hold them", "tls", "names")


class Duplicates(Model):
    """Which requests of the peer are one."""

    duplicates: Annotated[tuple[Element, ...], Field(min_length=1)] = DUPLICATES
    """Elements on which a request agrees with its repeats and duplicates. With 7 among them, a
    repeat (0201) with a new DE7 is still known by the rest."""

    @model_validator(mode="after")
    def _tells_requests_apart(self) -> Duplicates:
        for place, element in enumerate(self.duplicates):
            if element not in MATCHABLE:
                raise Misfit(f"expected one of {', '.join(MATCHABLE)}", "duplicates", place)
        for needed, told in (("11", "the trace number"), ("41", "the terminal")):
            if needed not in self.duplicates:
                raise Misfit(
                    f"without {needed}, {told}, new requests would be refused", "duplicates"
                )
        return self


class Terminals(Model):
    """What becomes of messages from terminals that are not ours."""

    unknown_terminal: Annotated[str, Field(pattern="^([0-9A-Z]{2}|ignore|close)$")] = "58"
    """Where terminals send requests: the code for one whose DE41 is unknown or may not be on that
    line; `ignore` answers nothing, `close` ends the line. Each is counted and logged."""

    def only_of(self, name: str, terminals: bool) -> None:
        """Raise Misfit when it is said where no terminals send requests."""
        if not terminals and name in self.model_fields_set:
            raise Misfit("only where terminals send requests", name, on_key=True)


class Keeping(Wire):
    """How a session is opened, and how its line is known to be alive."""

    rules: Literal["refuse", "count", "ignore"] = "count"
    """What becomes of messages that break the dialect's rules of presence, or whose answer does
    not echo them: `refuse` answers requests 30, `count` logs and counts, `ignore` does not look."""
    wrong_echo: Literal["pass", "ignore", "close"] = "pass"
    """What becomes of an answer that does not repeat its request, by those rules: `pass` takes it,
    `ignore` takes it for no answer, `close` ends the line too. Each is counted and logged."""
    echo_timeout: Some = 10.0
    """How long an echo, or a sign-on, may go unanswered."""
    echoes_lost_max: Annotated[Whole, Field(ge=1, le=100)] = 3
    """Echoes unanswered in a row after which the line is dropped."""
    mac: MacSettings | None = None
    """How its messages are authenticated; none: they are not."""
    pin: PinSettings | None = None
    """Under which key PINs travel on it; none: a PIN is refused."""
    exchange: ExchangeSettings | None = None
    """How its keys are changed while it runs; none: they are not."""

    @model_validator(mode="after")
    def _looks(self) -> Keeping:
        if self.wrong_echo != "pass" and self.rules == "ignore":
            raise Misfit("`rules: ignore` does not look at answers", "wrong_echo", on_key=True)
        return self


class Listening(Model):
    """Who may open lines to a port of ours."""

    interface: Text = "127.0.0.1"
    allow: tuple[AddressRange, ...] = ()
    """Addresses that may connect; none: any."""
    proxied_by: tuple[AddressRange, ...] = ()
    """Proxies in front of this port: only they may connect, and each line begins with the
    HAProxy header (version 1 or 2) that says whose it is; `allow` is then about that one."""


class ListenerSettings(Keeping, Duplicates, Terminals, Listening):
    """A port on which peers open lines to us and send us requests."""

    kind: Literal["terminals", "network"]
    """`terminals`: each DE41 is one of `terminals` below. `network`: an acquirer vouches for it."""
    port: Port
    sign_on: Literal["theirs", "none"] = "theirs"
    """Whether the peer signs on before it sends requests."""
    echo_every: Some | None = None
    """Silence after which we send an echo; none: the peer does, and TCP finds dead lines."""
    lines_max: Annotated[Whole, Field(ge=1, le=1_000_000)] = 20_000
    groups: tuple[Text, ...] = ()
    """Groups of terminals that may connect here; none: all of them."""
    acquirers: tuple[Acquirer, ...] = ()
    """For `kind: network`, whose requests come here (DE32); none: anybody's but our own."""
    tls: Tls | None = None

    @model_validator(mode="after")
    def _fits(self) -> ListenerSettings:
        if self.acquirers and self.kind != "network":
            raise Misfit(ONLY_OF_NETWORKS, "acquirers", on_key=True)
        self.only_of("unknown_terminal", self.kind == "terminals")
        if self.tls is not None:
            self.tls.fit("listen")
        return self


ResponseCode = Annotated[str, Field(pattern="^[0-9A-Z]{2}$")]


class OwedSettings(Model):
    """What a host's answers to reversals and advices mean; any other puts one aside."""

    accepted: Annotated[tuple[ResponseCode, ...], Field(min_length=1)] = ("00",)
    """Response codes with which it has taken one."""
    again: tuple[ResponseCode, ...] = ("09", "68", "90", "91", "96")
    """Those that mean "not now": it is sent again."""

    @model_validator(mode="after")
    def _apart(self) -> OwedSettings:
        for place, code in enumerate(self.again):
            if code in self.accepted:
                raise Misfit(f"{code} is one of `accepted` too", "again", place)
        return self


class LinkSettings(Keeping, Duplicates, Terminals):
    """A host that answers requests: we dial it, or it dials us."""

    role: Literal["dial", "listen"] = "dial"
    host: Text = "127.0.0.1"
    """Whom we dial."""
    port: Port
    timeout: Some = 6.0
    """How long it may take to answer."""
    connect_timeout: Some = 5.0
    sign_on: Literal["ours", "theirs", "none"] | None = None
    """Who signs on; when it is not said, the side that dials."""
    echo_every: Some = 60.0
    """Silence after which we send an echo."""
    matching: Annotated[tuple[Element, ...], Field(min_length=1)] = ("7", "11", "32", "41")
    """Elements on which a request and its answer agree, beside the class of the message."""
    rate_max: Annotated[Whole, Field(ge=1, le=10_000)] = 100
    """Messages a second that store-and-forward sends at most."""
    owed: OwedSettings = OwedSettings()
    cut_over: Literal["ours", "theirs", "none"] = "none"
    """Who says that a business date ends (0800 with DE70 201); none: nobody, it ends with ours."""
    reconciles: Flag = False
    """Whether each business date that ends is reconciled with it (0500, then 0520)."""
    requests: Literal["none", "terminals", "network"] = "none"
    """Whether it sends us requests too on its line, and as which kind of listener they are read."""
    acquirers: tuple[Acquirer, ...] = ()
    """With `requests: network`, whose requests these are (DE32); none: anybody's but our own."""
    interface: Text | None = None
    allow: tuple[AddressRange, ...] = ()
    proxied_by: tuple[AddressRange, ...] = ()
    lines_max: Annotated[Whole, Field(ge=1, le=10_000)] | None = None
    """Lines that a host which dials us may open; requests take turns on them."""
    tls: Tls | None = None

    @model_validator(mode="after")
    def _one_role(self) -> LinkSettings:
        if self.role == "dial":
            wrong = [name for name in ("interface", "lines_max") if getattr(self, name) is not None]
            wrong += [name for name in ("allow", "proxied_by") if getattr(self, name)]
            told = "only for `role: listen`; this link dials"
        else:
            wrong = [n for n in ("host", "connect_timeout") if n in self.model_fields_set]
            told = "only for `role: dial`; this link listens"
        if wrong:
            raise Misfit(told, wrong[0], on_key=True)
        if self.acquirers and self.requests != "network":
            raise Misfit(ONLY_OF_NETWORKS, "acquirers", on_key=True)
        self.only_of("unknown_terminal", self.requests == "terminals")
        if self.tls is not None:
            self.tls.fit(self.role)
        return self

    @model_validator(mode="after")
    def _key_that_can_be(self) -> LinkSettings:
        for place, element in enumerate(self.matching):
            if element not in MATCHABLE:
                raise Misfit(f"expected one of {', '.join(MATCHABLE)}", "matching", place)
        if "11" not in self.matching:
            raise Misfit("without 11, the trace number, answers cannot be told apart", "matching")
        return self

    @property
    def who_signs_on(self) -> Literal["ours", "theirs", "none"]:
        """Who signs on, the side that dials unless the file says otherwise."""
        if self.sign_on is not None:
            return self.sign_on
        return "ours" if self.role == "dial" else "theirs"


class DestinationSettings(Model):
    """Several links to one host, as one place that routes lead to."""

    links: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Their names, in order."""
    policy: Literal["primary", "round_robin", "weighted"] = "primary"
    """`primary`: the first that is up. `round_robin`: in turn. `weighted`: in turn, by weight."""
    weights: dict[Text, Annotated[Whole, Field(ge=1, le=1000)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> DestinationSettings:
        for place, name in enumerate(self.links):
            if name in self.links[:place]:
                raise Misfit("this link is there already", "links", place)
        if self.policy != "weighted":
            if self.weights:
                raise Misfit("only for `policy: weighted`", "weights", on_key=True)
            return self
        for name in self.weights:
            if name not in self.links:
                raise Misfit(
                    "this is none of the links", "weights", name, near=name, candidates=self.links
                )
        missing = [name for name in self.links if name not in self.weights]
        if missing:
            raise Misfit(f"{', '.join(missing)} has no weight", "weights")
        return self
