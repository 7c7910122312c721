"""What a switch is told of the network around it: the `switch` section of a network file.

The same file describes, in other sections, the parties that the simulator plays; a switch that
runs alone in front of real ones reads its own section and leaves the rest unread.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from switch.settings.access import AccessSettings as AccessSettings
from switch.settings.access import TokenSettings as TokenSettings
from switch.settings.keys import KeysSettings as KeysSettings
from switch.settings.keys import PinSettings as PinSettings
from switch.settings.links import DestinationSettings as DestinationSettings
from switch.settings.links import LinkSettings as LinkSettings
from switch.settings.links import ListenerSettings as ListenerSettings
from switch.settings.links import Port as Port
from switch.settings.links import Tls as Tls
from switch.settings.links import Wire as Wire
from switch.settings.model import Model
from switch.settings.routes import RouteSettings as RouteSettings
from switch.settings.seen import Misfit
from switch.settings.standin import StandInSettings as StandInSettings
from switch.settings.types import Digits, DurationS, Flag, Text, Whole

Institution = Annotated[str, Digits(6, 11)]


DatabaseUrl = Annotated[Text, Field(examples=["postgresql+psycopg://guichet@db.bank.ma/journal"])]
"""Where a part keeps its books instead of a file; a password may also come from PGPASSFILE."""


class CoreSettings(Model):
    """The online payment core, over HTTP."""

    host: Text = "127.0.0.1"
    port: Port
    timeout: Annotated[DurationS, Field(gt=0)] = 4.0
    poll_every: Annotated[DurationS, Field(ge=0.01)] = 0.5
    """Pause before what it answered as pending is asked about again, until `timeout` is over."""
    connections_max: Annotated[Whole, Field(ge=1, le=256)] = 8
    pin: PinSettings | None = None
    """Under which key PINs go there; none: a PIN is refused."""
    chip: Flag = False
    """Whether it verifies cards' cryptograms: chip data (DE55) then go there, as `chip`."""
    token: TokenSettings | None = None
    """What we show there, as `Authorization: Bearer ...`."""
    tls: Tls | None = None
    """TLS of our connections to it."""

    @model_validator(mode="after")
    def _tls_of_a_line_we_dial(self) -> CoreSettings:
        if self.tls is not None:
            self.tls.fit("dial")
        return self


class RetrySettings(Model):
    """How store-and-forward paces its repeats: the pause doubles from `first` up to `longest`."""

    first: Annotated[DurationS, Field(gt=0)] = 1.0
    longest: Annotated[DurationS, Field(gt=0)] = 60.0
    waiting_max: Annotated[Whole, Field(ge=1, le=10_000_000)] = 10_000
    """Reversals and advices that may wait for one destination. Beyond it, requests that could
    add one are answered 91, and advices are not answered; a reversal is always kept."""

    @model_validator(mode="after")
    def _ordered(self) -> RetrySettings:
        if self.first > self.longest:
            raise ValueError("`first` is longer than `longest`")
        return self


class RetentionSettings(Model):
    """How long the journal keeps what is final."""

    keep: Annotated[DurationS, Field(ge=86400.0)] | None = None
    """Its age, at least a day: a shorter one would forget repeats that may still come. None:
    everything is kept."""
    archive: Text | None = None
    """The folder of the archives, from the folder of the books; none: what is old is removed."""
    forget_cards: Annotated[DurationS, Field(ge=86400.0)] = 30 * 86400.0
    """The age at which the card number that a reversal would repeat is forgotten, once nothing is
    owed any more: a later reversal names its original by terminal and DE90 alone."""

    @model_validator(mode="after")
    def _something_to_archive(self) -> RetentionSettings:
        if self.archive is not None and self.keep is None:
            raise Misfit("without `keep` nothing is ever archived", "archive", on_key=True)
        return self


class GroupSettings(Model):
    """What the terminals of a group may do."""

    channel: Text = "gab"
    """What the payment core calls the channel of these terminals."""
    cash_bills: Flag = False
    """Whether a bill may be paid without a card, in cash."""
    teller: Flag = False
    """Whether a teller serves there: cash is put on and taken off an account that is named by its
    number, money is sent against cash, and the count of a till is told."""
    lenient: Flag = False
    """For trying things by hand: DE18, 22 and 25 may be left out."""
    pin: PinSettings | None = None
    """Under which key the PINs of these terminals come, and then a card needs one; none: a PIN is
    refused."""


class TerminalSettings(Model):
    """One terminal, or a numbered series such as LAB00001 to LAB00099."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,8}$")]
    to: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,8}$")] | None = None
    group: Text
    acceptor: Annotated[str, Field(max_length=15)] = "AGENCE000000001"

    @model_validator(mode="after")
    def _series(self) -> TerminalSettings:
        if self.to is not None:
            self.ids()
        return self

    def ids(self) -> list[str]:
        """Every terminal identification that this stands for."""
        if self.to is None:
            return [self.id]
        stem = self.id.rstrip("0123456789")
        first, last = self.id[len(stem) :], self.to[len(stem) :]
        if not (first and self.to.startswith(stem) and len(first) == len(last) and last.isdigit()):
            raise ValueError(f"{self.id} to {self.to} is not a numbered series")
        if not 0 <= int(last) - int(first) < SERIES_MAX:
            raise ValueError(f"{self.id} to {self.to} counts backwards or over {SERIES_MAX}")
        return [f"{stem}{n:0{len(first)}}" for n in range(int(first), int(last) + 1)]


SERIES_MAX = 100_000


def _time_of_day(text: str) -> str:
    if re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", text) is None:
        raise ValueError("expected a time of day such as 20:00")
    return text


class BusinessDaySettings(Model):
    """When a business date begins."""

    begins: Annotated[Text, AfterValidator(_time_of_day)] = "00:00"
    """A time of day in Morocco; from noon on, it begins the date of the day that follows."""

    @property
    def minute(self) -> int:
        """Minutes since midnight."""
        hour, minute = self.begins.split(":")
        return int(hour) * 60 + int(minute)


class SwitchSettings(Model):
    """The whole `switch` section."""

    listeners: Annotated[dict[str, ListenerSettings], Field(min_length=1)]
    links: dict[str, LinkSettings] = Field(default_factory=dict)
    destinations: dict[str, DestinationSettings] = Field(default_factory=dict)
    """Places made of several of `links`."""
    core: CoreSettings | None = None
    database: Annotated[DatabaseUrl | None, Field(repr=False)] = None
    """Of the journal; none: the file switch.db in the folder of the books."""
    retention: RetentionSettings = RetentionSettings()
    metrics_port: Port | None = None
    metrics_interface: Text = "127.0.0.1"
    """The address that the metrics are served on; beyond this machine they need `metrics_access`
    with a token or certificates of callers."""
    metrics_access: AccessSettings = AccessSettings()
    store_and_forward: RetrySettings = RetrySettings()
    business_day: BusinessDaySettings = BusinessDaySettings()
    answer_within: Annotated[DurationS, Field(gt=0)] = 8.0
    """How long a request of two legs (`then`) may take in all: whoever asked must wait longer."""
    routes: Annotated[tuple[RouteSettings, ...], Field(min_length=1)]
    stand_in: dict[Text, StandInSettings] = Field(default_factory=dict)
    """What is decided here while an issuer is away, by name; none: nothing is."""
    groups: dict[str, GroupSettings]
    terminals: tuple[TerminalSettings, ...] = ()

    @property
    def other_currencies(self) -> tuple[str, ...]:
        """Currencies that some route names: they are offered beside the network's own."""
        named = (currency for route in self.routes for currency in route.currencies)
        return tuple(dict.fromkeys(named))

    def group_of(self) -> dict[str, str]:
        """Each terminal's group, by its identification."""
        return {each: entry.group for entry in self.terminals for each in entry.ids()}


class SwitchFile(Model):
    """A network file as the switch reads it; the sections of the simulator are not its business."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    network: Text
    description: Text = "A network"
    institution: Institution
    """Our identification, DE32 of what our terminals send (the bank of the core)."""
    currency: Annotated[str, Digits(3)] = "504"
    keys: KeysSettings | None = None
    switch: SwitchSettings
