"""What the payment core answered, as elements of an ISO 8583 answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switch.bridge.reasons import response_code
from switch.link import answer_to
from switch.wire import Message
from switch.wire.bill_data import escape, pack_articles, pack_pairs
from switch.wire.chip_data import chip_tags

DE48_BYTES_MAX = 999
LINES_BYTES_MAX = 900
AMOUNT_MINOR_MAX = 999_999_999_999
"""12 digits: what DE4 and an entry of DE54 can say."""
APPROVAL_CODE_LENGTH = 6
REFERENCE_MAX = 40


def answer_from(message: Message, answer: Mapping[str, Any]) -> Message:
    """The answer to `message` that the core's `answer` stands for.

    Raises KeyError, TypeError or ValueError when the core's answer is not as described.
    """
    if answer["outcome"] == "declined":
        declined = answer_to(message, response_code(str(answer["reason"])) or "05")
        return _told_the_card(declined, answer)
    if answer["outcome"] != "approved":
        raise ValueError("neither approved nor declined")
    approved = _told_the_card(answer_to(message, "00"), answer)
    if code := answer.get("approval_code"):
        approved["38"] = _approval_code(str(code))
    kind = message.mti[1:2] + message.text("3")[:2]
    if kind == "131":
        approved["54"] = balances(
            message.text("3")[2:4],
            str(answer["currency"]),
            _minor(answer["ledger_minor"]),
            _minor(answer["available_minor"]),
        )
    elif kind == "138":
        approved["48"] = {"10": _statement(answer["lines"])}
    elif kind == "130":
        total_minor = _minor(answer["total_minor"])
        if total_minor < 0:
            raise ValueError("a negative total")
        approved["4"] = f"{total_minor:012}"
        approved["48"] = _bill(answer)
        if "49" not in approved:
            approved["49"] = str(answer.get("currency") or "504")
    elif kind == "290":
        approved["48"] = {"04": _reference(answer["reference"])}
    elif kind == "250":
        approved["48"] = {"06": _reference(answer["settlement_reference"])}
    return approved


def _told_the_card(answered: Message, answer: Mapping[str, Any]) -> Message:
    """The answer with what the core says to the card's chip, if anything (DE55)."""
    if told := answer.get("chip"):
        answered["55"] = chip_tags(str(told))
    return answered


def balances(account_type: str, currency: str, ledger_minor: int, available_minor: int) -> str:
    """DE54: ledger (01) and available (02), 20 characters each.

    >>> balances("00", "504", 1000000, 980000)
    '0001504C0000010000000002504C000000980000'
    """
    return "".join(
        f"{account_type}{kind}{currency}{'D' if minor < 0 else 'C'}{abs(minor):012}"
        for kind, minor in (("01", ledger_minor), ("02", available_minor))
    )


def _minor(value: object) -> int:
    """An amount as JSON gives it: an integer of minor units that DE4 and DE54 can say."""
    if type(value) is not int:
        raise TypeError("an amount that is no integer")
    if abs(value) > AMOUNT_MINOR_MAX:
        raise ValueError("an amount of more than 12 digits")
    return value


def _approval_code(code: str) -> str:
    if not (len(code) == APPROVAL_CODE_LENGTH and code.isascii() and code.isalnum()):
        raise ValueError(f"an approval code that is not {APPROVAL_CODE_LENGTH} letters or digits")
    return code


def _reference(reference: object) -> str:
    text = str(reference)
    if not (0 < len(text) <= REFERENCE_MAX and text.isascii() and text.isprintable()):
        raise ValueError("a reference that DE48 cannot carry")
    return text


def _bill(answer: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if reference := answer.get("reference"):
        data["04"] = _reference(reference)
    if articles := answer.get("articles"):
        data["05"] = pack_articles((str(a["id"]), _minor(a["price_minor"])) for a in articles)
    if parameters := answer.get("parameters"):
        data["08"] = pack_pairs(parameters)
    if words := answer.get("message"):
        data["09"] = escape(str(words))
    size = sum(5 + len(value) for value in data.values())
    if size > DE48_BYTES_MAX:
        raise ValueError(f"the bill takes {size} bytes of DE48, which holds {DE48_BYTES_MAX}")
    return data


def _statement(lines: list[Mapping[str, Any]]) -> str:
    """Lines joined by `|`, as many of the newest as fit."""
    text = ""
    for line in lines:
        minor = _minor(line["amount_minor"])
        amount = f"{'-' if minor < 0 else '+'}{abs(minor) // 100}.{abs(minor) % 100:02}"
        one = escape(f"{line['date']} {line['text']} {amount}")
        if len(text) + 1 + len(one) > LINES_BYTES_MAX:
            break
        text = f"{text}|{one}" if text else one
    return text or escape("no movement")
