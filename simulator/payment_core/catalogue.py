"""Creditors, their kinds of debts and the forms that identify their customers: data, read once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

from simulator.payment_core.refusals import RefusedError
from simulator.payment_core.settings import (
    ChannelSettings,
    CoreSettings,
    CreditorSettings,
    KindSettings,
    LimitSettings,
    LimitsSettings,
    PayingMeans,
    Tariff,
)

Use = Literal["withdrawal", "payment", "transfer"]
"""What a limit of cards is for."""

ANY_CHANNEL = ChannelSettings()


class Catalogue:
    """What the settings say of creditors. It never changes while the core runs."""

    def __init__(self, settings: CoreSettings) -> None:
        self.reference_lifetime_s = settings.reference_lifetime
        self.remittance_lifetime_s = settings.remittance_lifetime
        self._creditors = {creditor.id: creditor for creditor in settings.creditors}
        self.channels = settings.channels
        self._limits = settings.limits
        self._own_limits: dict[str, LimitsSettings] = {
            card.pan.clear: card.limits for card in settings.cards if card.limits is not None
        }

    def creditors(self) -> Iterable[CreditorSettings]:
        """All of them, in the order of the settings."""
        return self._creditors.values()

    def creditor(self, creditor: str) -> CreditorSettings:
        """One creditor; raises RefusedError `unknown_creditor`."""
        if creditor not in self._creditors:
            raise RefusedError("unknown_creditor")
        return self._creditors[creditor]

    def channel(self, name: str) -> ChannelSettings:
        """A channel in use; raises RefusedError `unknown_channel` or `inactive_channel`."""
        channel = self.channels.get(name) if self.channels else ANY_CHANNEL
        if channel is None:
            raise RefusedError("unknown_channel")
        if not channel.active:
            raise RefusedError("inactive_channel")
        return channel

    def payable(self, creditor: str, channel: str, means: PayingMeans, today: date) -> None:
        """Whether this creditor takes money this way today; raises RefusedError."""
        settings = self.in_use(creditor)
        if means not in settings.means:
            raise RefusedError("means_not_accepted")
        merchant = settings.merchant
        if merchant is None or not self.channel(channel).online:
            return
        if merchant.label is None:
            raise RefusedError("label_missing")
        if today > date.fromisoformat(merchant.label.expires):
            raise RefusedError("label_expired")

    def secret_of(self, creditor: str) -> str | None:
        """What a creditor signs with; None when it is not told of payments, or is unknown."""
        found = self._creditors.get(creditor)
        return found.callback.secret if found is not None and found.callback is not None else None

    def limit(self, pan: str, use: Use) -> LimitSettings:
        """What a card may do in a day."""
        limits = self._own_limits.get(pan, self._limits)
        found: LimitSettings = getattr(limits, use)
        return found

    def kind(self, creditor: str, kind: str) -> KindSettings:
        """A kind of debt; raises RefusedError `unknown_creditor` or `unknown_kind`."""
        for candidate in self.creditor(creditor).kinds:
            if candidate.kind == kind:
                return candidate
        raise RefusedError("unknown_kind")

    def in_use(self, creditor: str) -> CreditorSettings:
        """A creditor that takes payments; raises RefusedError `inactive_creditor` for others."""
        settings = self.creditor(creditor)
        if not settings.active:
            raise RefusedError("inactive_creditor")
        return settings


def identity_of(kind: KindSettings, form: Mapping[str, str]) -> dict[str, str]:
    """The form values that say who owes: those of a tariff's identity, else all but passwords."""
    if isinstance(kind.debts, Tariff):
        names = set(kind.debts.identity)
    else:
        names = {field.name for field in kind.form if field.type != "password"}
    return {name: value for name, value in form.items() if name in names}


def shown_values(kind: KindSettings, form: Mapping[str, str]) -> dict[str, str]:
    """The form values that may be shown and echoed: all but passwords."""
    secret = {field.name for field in kind.form if field.type == "password"}
    return {name: value for name, value in form.items() if name not in secret}
