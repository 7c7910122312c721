"""Whether a request is approved, and what is then moved: the issuer's judgement of its own cards.

An account in another currency than the request gives two postings that stand or fall together:
what the acquirer is owed, in the currency of the request, and what the customer gave for it.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, select

from simulator.hosts import holding, ledger
from simulator.hosts.chips import trust
from simulator.hosts.conversion import Rates, converted, rate_element
from simulator.hosts.limits import check_limits
from simulator.hosts.pins import change_pin, prove
from simulator.hosts.reading import CURRENCY, Operation, RefusedError
from simulator.hosts.settings import IssuerSeed
from simulator.hosts.tables import accounts, cards
from switch.keys.vault import Vault
from switch.runtime import CASABLANCA
from switch.wire import Message

if TYPE_CHECKING:
    from switch.keys.checking import PinOutcome
    from switch.keys.chips import ChipOutcome

PARTLY = "10"
"""DE39 of an approval of less than was asked for; DE4 says how much."""

STATUS_CODES = {"lost": "41", "stolen": "43", "blocked": "62"}

ECOMMERCE = "81"
"""How DE22 begins when a card's number came by the internet."""

CREDITS = frozenset({"refund"})

Elements = dict[str, str]


@dataclass(frozen=True)
class Policy:
    """What an issuer decides by beside its books."""

    rates: Rates = field(default_factory=lambda: Rates(()))
    settles_in: str = ""
    """The currency of DE5 and DE50; none: these are not said."""
    authenticated: tuple[str, ...] = ()
    """Results of 3-D Secure under which a card may be used on the internet; none: any."""
    status_at: str = ""
    """Where the result is: an element, or its part."""
    unauthenticated_code: str = ""

    @classmethod
    def of(cls, seed: IssuerSeed) -> Policy:
        """What a seed says."""
        rates, internet = Rates(seed.rates), seed.ecommerce
        if internet is None:
            return cls(rates, seed.settles_in or "")
        return cls(
            rates,
            seed.settles_in or "",
            internet.accepts,
            internet.status,
            internet.refuse_with,
        )


@dataclass(frozen=True)
class Decision:
    """What came of a request: elements of its answer, and what it moved or holds."""

    elements: Elements
    card_id: int | None = None
    posting_id: int | None = None
    hold: tuple[int, int] | None = None
    """The account, and the amount held of it in its currency."""


def decide(
    connection: Connection,
    operation: Operation,
    message: Message,
    now: datetime,
    vault: Vault,
    policy: Policy,
    pin: PinOutcome | None,
    part_minor: int | None = None,
    chip: ChipOutcome | None = None,
) -> Decision:
    """Approve and move what a request asks for. Raises RefusedError, and then nothing is moved."""
    card = connection.execute(
        select(cards, accounts.c.balance_minor, accounts.c.currency)
        .join(accounts, accounts.c.id == cards.c.account_id)
        .where(cards.c.card_key == vault.fingerprint(operation.pan))
    ).first()
    if card is None:
        raise RefusedError("14", "unknown card")
    if not operation.told:
        _check_card(card, operation, message, now, policy)
        if chip is not None:
            trust(connection, card.id, chip)
        if pin is not None:
            prove(connection, card.id, pin)
        if operation.name == "pin_change":
            return Decision(change_pin(connection, card.id, pin), card.id)
    if operation.name == "balance":
        held_minor = holding.held(connection, card.account_id, now)
        balances = _balances(operation, card.balance_minor, held_minor, card.currency)
        return Decision({"39": "00", "54": balances}, card.id)
    partly = part_minor is not None and part_minor < operation.amount_minor
    if part_minor is not None and partly:
        operation = replace(operation, amount_minor=part_minor, billed=None)
    billed_minor, said = _billed(operation, card.currency, policy)
    if not operation.told:
        check_limits(connection, card.id, operation, operation.amount_minor, now)
    elif operation.name == "purchase":
        holding.complete(connection, card.id, operation.approval, operation.rrn, now)
    held_minor = holding.held(connection, card.account_id, now)
    approved: Elements = {"39": "00", **said}
    if not operation.told:
        approval = ledger.next_number(connection, "approval") % 1_000_000
        approved["38"] = f"{approval:06}"
    if partly:
        approved |= {"39": PARTLY, "4": f"{operation.amount_minor:012}"}
    if operation.name == "pre_authorisation":
        if not operation.told and card.balance_minor - held_minor < billed_minor:
            raise RefusedError("51", "insufficient funds")
        return Decision(approved, card.id, hold=(card.account_id, billed_minor))
    try:
        posting_id = _post(connection, operation, card, billed_minor, held_minor, now)
    except ledger.FundsError:
        raise RefusedError("51", "insufficient funds") from None
    return Decision(approved, card.id, posting_id)


def _check_card(
    card: Row[Any], operation: Operation, message: Message, now: datetime, policy: Policy
) -> None:
    if card.status != "active" and operation.name not in CREDITS:
        raise RefusedError(STATUS_CODES[card.status], f"the card is {card.status}")
    # A renewed card and the one that it replaces have the same number: another expiry passes.
    if _expired(card.expiry, now) or (operation.expiry and _expired(operation.expiry, now)):
        raise RefusedError("54", "the card is over")
    if not policy.authenticated or not operation.entry.startswith(ECOMMERCE):
        return
    element, _, part = policy.status_at.partition(".")
    status = message.part(element, part) if part else message.text(element)
    if operation.name not in CREDITS and status not in policy.authenticated:
        told = f"3-D Secure says {status}" if status else "without a result of 3-D Secure"
        raise RefusedError(policy.unauthenticated_code, told)


def _billed(operation: Operation, currency: str, policy: Policy) -> tuple[int, Elements]:
    """What an amount is in the account's currency, and what the answer says of it."""
    said: Elements = {}
    if policy.settles_in:
        rate = policy.rates.find(operation.currency, policy.settles_in)
        if rate is None:
            raise RefusedError("12", f"no rate from {operation.currency} for settlement")
        settled = converted(operation.amount_minor, operation.currency, policy.settles_in, rate)
        said |= {"5": f"{settled:012}", "9": rate_element(rate), "50": policy.settles_in}
    if operation.currency == currency:
        return operation.amount_minor, said
    if operation.billed is not None and operation.billed[1] == currency:
        return operation.billed[0], said
    known = policy.rates.find(operation.currency, currency)
    if known is None:
        raise RefusedError("12", f"no rate from {operation.currency} to {currency}")
    billed = converted(operation.amount_minor, operation.currency, currency, known)
    return billed, said | _said(billed, known, currency)


def _said(billed_minor: int, rate: Decimal, currency: str) -> Elements:
    return {"6": f"{billed_minor:012}", "10": rate_element(rate), "51": currency}


def _post(
    connection: Connection,
    operation: Operation,
    card: Row[Any],
    billed_minor: int,
    held_minor: int,
    now: datetime,
) -> int:
    trace = ledger.Trace(
        now.astimezone(UTC).isoformat(timespec="milliseconds"),
        operation.terminal,
        operation.stan,
        operation.rrn,
        operation.masked_pan,
    )
    acquirer, currency = operation.acquirer.lstrip("0"), operation.currency
    code = f"settlement:{acquirer}" + ("" if currency == CURRENCY else f":{currency}")
    settlement = ledger.account(connection, code, currency=currency)
    limits: dict[str, Any] = {
        "forced": operation.told,
        "held_minor": 0 if operation.told else held_minor,
    }
    giver, taker = card.account_id, settlement
    if operation.name in CREDITS:
        giver, taker = taker, giver
    if currency == card.currency:
        return ledger.move(
            connection, operation.name, trace, operation.amount_minor, giver, taker, **limits
        )
    here = ledger.account(connection, f"exchange:{currency}", currency=currency)
    there = ledger.account(connection, f"exchange:{card.currency}", currency=card.currency)
    sides = {card.account_id: there, settlement: here}
    first = (giver, sides[giver]), (sides[taker], taker)
    ours, theirs = first if giver == settlement else reversed(first)
    posting_id = ledger.move(connection, operation.name, trace, operation.amount_minor, *ours)
    if billed_minor:
        ledger.move(
            connection, "conversion", trace, billed_minor, *theirs, **limits, converts=posting_id
        )
    return posting_id


def _balances(operation: Operation, balance_minor: int, held_minor: int, currency: str) -> str:
    """DE54: ledger and available balance, of the account type asked for."""
    account_type = operation.processing[2:4]
    entries = (("01", balance_minor), ("02", balance_minor - held_minor))
    return "".join(
        f"{account_type}{kind}{currency}{'D' if minor < 0 else 'C'}{abs(minor):012}"
        for kind, minor in entries
    )


def _expired(expiry: str, now: datetime) -> bool:
    year, month = 2000 + int(expiry[:2]), int(expiry[2:])
    return now.astimezone(CASABLANCA).date() > date(year, month, monthrange(year, month)[1])
