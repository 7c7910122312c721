"""Bills as terminals ask about them and pay them: DE48 out, DE48 in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from simulator.terminal.asking import Ask, Exchange
from simulator.terminal.card import Card
from simulator.terminal.result import Article, OperationResult
from switch.wire import Value
from switch.wire.bill_data import (
    BillDataError,
    pack_articles,
    pack_pairs,
    unescape,
    unpack_articles,
    unpack_pairs,
)


class BillError(Exception):
    """A bill that cannot be paid as asked; said before any message leaves."""


def enquiry(card: Card | None, creditor: str, kind: str, form: Mapping[str, str]) -> Ask:
    """What does this customer of a creditor owe?"""
    elements: dict[str, Value] = {"48": {"01": creditor, "02": kind, "03": pack_pairs(form)}}
    return Ask("enquire_bill", "0100", "300000", card=card, elements=elements)


def code_enquiry(card: Card | None, code: str) -> Ask:
    """What is to be paid for a payment code?"""
    return Ask("enquire_bill", "0100", "300000", card=card, elements={"48": {"07": code}})


def code_payment(
    card: Card | None,
    code: str,
    owed: OperationResult,
    elements: Mapping[str, Value] | None = None,
    held: Mapping[int, int] | None = None,
) -> Ask:
    """Pay everything that an enquiry by payment code found. Raises BillError when it is nothing."""
    if owed.outcome != "approved" or not owed.amount_minor:
        raise BillError("the enquiry found nothing to pay")
    return Ask(
        "pay_bill",
        "0200",
        "500000",
        owed.amount_minor,
        card,
        elements={**(elements or {}), "48": {"07": code}},
        held=held or {},
    )


def payment(
    card: Card | None,
    creditor: str,
    kind: str,
    owed: OperationResult,
    articles: Iterable[Article | str] | None,
    held: Mapping[int, int] | None = None,
) -> Ask:
    """Pay what an enquiry found, or the chosen `articles` of it, all parameters echoed.

    Raises BillError when there is nothing to pay or an article was not among those owed.
    """
    chosen = owed.articles if articles is None else tuple(_find(owed, each) for each in articles)
    if not owed.reference or not chosen:
        raise BillError("nothing is owed" if owed.reference else "the enquiry found nothing to pay")
    data: dict[str, Value] = {
        "01": creditor,
        "02": kind,
        "04": owed.reference,
        "05": pack_articles((article.id, article.amount_minor) for article in chosen),
    }
    if owed.parameters:
        data["08"] = pack_pairs(owed.parameters)
    total_minor = sum(article.amount_minor for article in chosen)
    return Ask(
        "pay_bill", "0200", "500000", total_minor, card, elements={"48": data}, held=held or {}
    )


def read_enquiry(result: OperationResult, exchange: Exchange) -> OperationResult:
    """The result completed with what is owed, from an approved answer.

    An answer that cannot be understood gives a declined result that says why: nothing can be
    paid upon it.
    """
    answer = exchange.answer
    try:
        articles = unpack_articles(answer.part(48, "05"))
        return replace(
            result,
            amount_minor=int(answer.text(4) or 0),
            reference=answer.part(48, "04"),
            articles=tuple(Article(id_, amount) for id_, amount in articles),
            parameters=unpack_pairs(answer.part(48, "08"), "08"),
            lines=_message(answer.part(48, "09")),
        )
    except BillDataError as error:
        return replace(result, outcome="declined", words=f"answer not understood: {error}")


def read_payment(result: OperationResult, exchange: Exchange) -> OperationResult:
    """The result completed with the settlement reference."""
    return replace(result, settlement_reference=exchange.answer.part(48, "06"))


def _find(owed: OperationResult, chosen: Article | str) -> Article:
    wanted = chosen if isinstance(chosen, str) else chosen.id
    for article in owed.articles:
        if article.id == wanted:
            return article
    raise BillError(f"the article {wanted!r} is not among what is owed")


def _message(text: str) -> tuple[str, ...]:
    return (unescape(text, "09"),) if text else ()
