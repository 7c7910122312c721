"""Creditors, their kinds of debts and the forms that identify their customers: data, read once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from simulator.payment_core.refusals import RefusedError
from simulator.payment_core.settings import (
    CoreSettings,
    CreditorSettings,
    KindSettings,
    Tariff,
)


class Catalogue:
    """What the settings say of creditors. It never changes while the core runs."""

    def __init__(self, settings: CoreSettings) -> None:
        self.reference_lifetime_s = settings.reference_lifetime
        self.remittance_lifetime_s = settings.remittance_lifetime
        self.fees_minor = settings.fees
        self._creditors = {creditor.id: creditor for creditor in settings.creditors}

    def creditors(self) -> Iterable[CreditorSettings]:
        """All of them, in the order of the settings."""
        return self._creditors.values()

    def creditor(self, creditor: str) -> CreditorSettings:
        """One creditor; raises RefusedError `unknown_creditor`."""
        if creditor not in self._creditors:
            raise RefusedError("unknown_creditor")
        return self._creditors[creditor]

    def kind(self, creditor: str, kind: str) -> KindSettings:
        """A kind of debt; raises RefusedError `unknown_creditor` or `unknown_kind`."""
        for candidate in self.creditor(creditor).kinds:
            if candidate.kind == kind:
                return candidate
        raise RefusedError("unknown_kind")


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
