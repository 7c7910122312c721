"""A digital channel, or a proximity shop: a client of the payment core's HTTP service."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from simulator.payment_core.settings import ChannelName, PayingMeans
from switch.settings import Digits, DurationS, Model
from switch.settings.network import Port


class DigitalSettings(Model):
    """One client, such as the mobile application of a bank."""

    channel: ChannelName
    """What the core calls it."""
    means: PayingMeans = "account"
    """What pays there: the account of who has signed on, the number of a card, or cash."""
    timeout: Annotated[DurationS, Field(gt=0)] = 10.0
    """How long an operation is asked for, again and again under one key, before it is cancelled."""
    patience: Annotated[DurationS, Field(gt=0)] = 10.0
    """How long a customer waits for a payment that is pending; it is followed all the same."""


class CreditorsSettings(Model):
    """The creditors that the core calls back, played on one port."""

    port: Port
    ways: dict[Annotated[str, Digits(4)], Literal["accept", "refuse", "later", "fail"]] = Field(
        default_factory=dict
    )
    """What each answers; they accept unless said. One that decides `later` leaves it pending."""
