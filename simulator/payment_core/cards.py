"""The bank's cards: finding one, and whether it may be used."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, select

from simulator.payment_core.refusals import Reason, RefusedError
from simulator.payment_core.tables import accounts, cards
from switch.keys.vault import Vault
from switch.runtime import CASABLANCA

REFUSED_STATUS: dict[str, Reason] = {
    "lost": "lost_card",
    "stolen": "stolen_card",
    "blocked": "blocked_card",
}


@dataclass(frozen=True)
class Card:
    """A card of the bank and the account behind it."""

    id: int
    masked_pan: str
    status: str
    expiry: str
    account_code: str
    balance_minor: int = field(compare=False)

    @property
    def rib(self) -> str:
        """The 24 digits of the account's RIB."""
        return self.account_code.partition(":")[2]


_read_card = (
    select(
        cards.c.id,
        cards.c.masked_pan,
        cards.c.status,
        cards.c.expiry,
        accounts.c.code,
        accounts.c.balance_minor,
    )
    .join(accounts, accounts.c.id == cards.c.account_id)
    .where(cards.c.card_key == bindparam("key"))
)


def find_card(connection: Connection, vault: Vault, pan: str) -> Card | None:
    """The card with this number, if it is the bank's."""
    row = connection.execute(_read_card, {"key": vault.fingerprint(pan)}).one_or_none()
    if row is None:
        return None
    return Card(row.id, row.masked_pan, row.status, row.expiry, row.code, row.balance_minor)


def usable(
    card: Card | None, now: datetime, *, expiry: str | None = None, account: str | None = None
) -> Card:
    """`card` when it may be used now; raises RefusedError otherwise.

    `expiry` is what the caller read on the card, YYMM: it is refused when it is over, whatever
    the card file says. Another one that is not over passes: a renewed card and the one that it
    replaces have the same number, and both are in use for a while. `account` must be the card's
    own.
    """
    if card is None:
        raise RefusedError("unknown_card")
    if card.status in REFUSED_STATUS:
        raise RefusedError(REFUSED_STATUS[card.status])
    if expired(card.expiry, now) or (expiry is not None and expired(expiry, now)):
        raise RefusedError("expired_card")
    if account is not None and account != card.rib:
        raise RefusedError("account_not_of_card")
    return card


def expired(expiry: str, now: datetime) -> bool:
    """Whether a card marked YYMM is over: it is valid through that month's last day, in Morocco.

    >>> from datetime import UTC
    >>> expired("2610", datetime(2026, 10, 31, 22, 59, tzinfo=UTC))
    False
    >>> expired("2610", datetime(2026, 10, 31, 23, 0, tzinfo=UTC))
    True
    """
    year, month = 2000 + int(expiry[:2]), int(expiry[2:])
    last_day = date(year, month, monthrange(year, month)[1])
    return now.astimezone(CASABLANCA).date() > last_day
