"""ISO 8583 requests as calls of the payment core's HTTP service, one function an operation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from switch.wire import Message
from switch.wire.bill_data import BillDataError, unpack_articles, unpack_pairs

Body = dict[str, Any]


class UnfitError(Exception):
    """A request that cannot be put to the core: its response code, and why."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class Call:
    """One HTTP request to the core."""

    path: str
    body: Body = field(repr=False)  # it may name a card


@dataclass(frozen=True)
class Authorised:
    """Who approved a request that the core is to confirm: a destination, with its DE38."""

    by: str
    approval_code: str


def call_for(
    message: Message,
    operation_key: str,
    *,
    channel: str,
    currency: str,
    authorised: Authorised | None = None,
) -> Call:
    """The call that `message` stands for. Raises UnfitError."""
    if message.mti[1:2] == "4":
        return _cancellation(message, operation_key)
    build = _BUILDERS.get(message.mti[1:2] + message.text("3")[:2])
    if build is None:
        raise UnfitError("57", "the core does not offer this operation")
    try:
        if authorised is not None:
            if build is not _bill_payment:
                raise UnfitError("57", "the core confirms no such operation for another bank")
            return _authorised_payment(message, channel, currency, authorised)
        return build(message, channel, currency)
    except BillDataError as error:
        raise UnfitError("30", str(error)) from None


def _origin(message: Message) -> Body:
    origin = {"terminal_id": message.text("41"), "stan": message.text("11")}
    origin["rrn"] = message.text("37").strip() or message.text("11")
    if acceptor := message.text("42").strip():
        origin["acceptor_id"] = acceptor
    return origin


def _card(message: Message) -> Body:
    pan = message.text("2") or message.text("35").replace("D", "=").partition("=")[0]
    card = {"pan": pan}
    if expiry := message.text("14"):
        card["expiry"] = expiry
    return card


def _money(message: Message, currency: str) -> Body:
    return {
        "amount_minor": int(message.text("4") or "0"),
        "currency": message.text("49") or currency,
    }


def _withdrawal(message: Message, channel: str, currency: str) -> Call:
    body = {**_origin(message), **_payer(message), **_money(message, currency)}
    return Call("/v1/withdrawals", body)


def _deposit(message: Message, channel: str, currency: str) -> Call:
    body = {**_origin(message), **_payer(message), **_money(message, currency)}
    if account := message.text("103"):
        body["account"] = account
    return Call("/v1/deposits", body)


def _remittance(message: Message, channel: str, currency: str) -> Call:
    body = {**_origin(message), **_payer(message), **_money(message, currency)}
    return Call("/v1/remittances", {**body, "phone": _part(message, "11")})


def _collection(message: Message, channel: str, currency: str) -> Call:
    body = {**_origin(message), **_money(message, currency)}
    if reference := message.part("48", "04"):
        return Call("/v1/collections", {**body, "reference": reference})
    proof = {"code": _part(message, "12"), "phone": _part(message, "11")}
    return Call("/v1/collections", {**body, **proof})


def _till_short(message: Message, channel: str, currency: str) -> Call:
    body = {**_origin(message), **_money(message, currency), "direction": "short"}
    return Call("/v1/till-differences", body)


def _till_over(message: Message, channel: str, currency: str) -> Call:
    body = {**_origin(message), **_money(message, currency), "direction": "over"}
    return Call("/v1/till-differences", body)


def _payer(message: Message) -> Body:
    """The card, or else the account that DE102 names, or neither."""
    card = _card(message)
    return {**(card if card["pan"] else {}), **_account(message)}


def _transfer(message: Message, channel: str, currency: str) -> Call:
    if not (message.text("102") and message.text("103")):
        raise UnfitError("30", "a transfer without DE102 and DE103")
    body = {**_origin(message), **_card(message), **_money(message, currency)}
    accounts = {"from_account": message.text("102"), "to_account": message.text("103")}
    return Call("/v1/transfers", {**body, **accounts})


def _balance(message: Message, channel: str, currency: str) -> Call:
    return Call("/v1/balances", {**_origin(message), **_card(message), **_account(message)})


def _statement(message: Message, channel: str, currency: str) -> Call:
    return Call("/v1/statements", {**_origin(message), **_card(message), **_account(message)})


def _account(message: Message) -> Body:
    account = message.text("102")
    return {"account": account} if account else {}


def _pin_change(message: Message, channel: str, currency: str) -> Call:
    return Call("/v1/pin-changes", {**_origin(message), **_card(message)})


def _bill_enquiry(message: Message, channel: str, currency: str) -> Call:
    if code := message.part("48", "07"):
        asked = {**_origin(message), "payment_code": code, "channel": channel}
        return Call("/v1/payment-codes/debts", asked)
    body = {
        **_origin(message),
        "creditor": _part(message, "01"),
        "kind": _part(message, "02"),
        "form": unpack_pairs(_part(message, "03"), "03"),
        "channel": channel,
    }
    return Call("/v1/debts", body)


def _bill_payment(message: Message, channel: str, currency: str) -> Call:
    payment = {
        **_origin(message),
        **_payer(message),
        "total_minor": int(message.text("4")),
        "currency": message.text("49") or currency,
        "channel": channel,
    }
    payment["means"] = "card" if "pan" in payment else "account" if "account" in payment else "cash"
    if code := message.part("48", "07"):
        return Call("/v1/payment-codes/confirmations", {**payment, "payment_code": code})
    articles = unpack_articles(_part(message, "05"))
    body = {
        **payment,
        "reference": _part(message, "04"),
        "creditor": _part(message, "01"),
        "kind": _part(message, "02"),
        "articles": [{"id": name, "price_minor": price} for name, price in articles],
        "parameters": unpack_pairs(message.part("48", "08"), "08"),
    }
    return Call("/v1/confirmations", body)


def _authorised_payment(
    message: Message, channel: str, currency: str, authorised: Authorised
) -> Call:
    """A bill that another bank's card paid: that bank owes us, and we owe the creditor."""
    call = _bill_payment(message, channel, currency)
    call.body.update(means="authorised", authorised_by=authorised.by)
    if authorised.approval_code:
        call.body["authorisation"] = authorised.approval_code
    return call


def _part(message: Message, tag: str) -> str:
    if not isinstance(message.get("48"), dict):
        raise UnfitError("30", "bill data (DE48) is absent or has no tags")
    if not (value := message.part("48", tag)):
        raise UnfitError("30", f"DE48.{tag} is absent")
    return value


def _cancellation(message: Message, operation_key: str) -> Call:
    body = {
        **_origin(message),
        "cancels": operation_key,
        "retained_minor": int(message.text("95")[:12] or "0"),
        "reason": message.text("39") or "reversal",
    }
    return Call("/v1/cancellations", body)


_BUILDERS: dict[str, Callable[[Message, str, str], Call]] = {
    "201": _withdrawal,
    "221": _deposit,
    "240": _transfer,
    "131": _balance,
    "138": _statement,
    "192": _pin_change,
    "130": _bill_enquiry,
    "250": _bill_payment,
    "290": _remittance,
    "291": _collection,
    "202": _till_short,
    "222": _till_over,
}
"""By message class and the first two digits of DE3."""
