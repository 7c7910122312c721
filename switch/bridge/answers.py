"""What the payment core answered, as elements of an ISO 8583 answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switch.bridge.reasons import response_code
from switch.link import answer_to
from switch.wire import Message
from switch.wire.bill_data import escape, pack_articles, pack_pairs

DE48_BYTES_MAX = 999
LINES_BYTES_MAX = 900


def answer_from(message: Message, answer: Mapping[str, Any]) -> Message:
    """The answer to `message` that the core's `answer` stands for.

    Raises KeyError, TypeError or ValueError when the core's answer is not as described.
    """
    if answer["outcome"] != "approved":
        return answer_to(message, response_code(str(answer["reason"])) or "05")
    approved = answer_to(message, "00")
    if code := answer.get("approval_code"):
        approved["38"] = str(code)
    kind = message.mti[1:2] + message.text("3")[:2]
    if kind == "131":
        approved["54"] = balances(
            message.text("3")[2:4],
            str(answer["currency"]),
            int(answer["ledger_minor"]),
            int(answer["available_minor"]),
        )
    elif kind == "138":
        approved["48"] = {"10": _statement(answer["lines"])}
    elif kind == "130":
        total_minor = int(answer["total_minor"] or 0)
        approved["4"] = f"{total_minor:012}"
        approved["48"] = _bill(answer)
        if "49" not in approved:
            approved["49"] = str(answer.get("currency") or "504")
    elif kind == "250":
        approved["48"] = {"06": str(answer["settlement_reference"])}
    return approved


def balances(account_type: str, currency: str, ledger_minor: int, available_minor: int) -> str:
    """DE54: ledger (01) and available (02), 20 characters each.

    >>> balances("00", "504", 1000000, 980000)
    '0001504C0000010000000002504C000000980000'
    """
    return "".join(
        f"{account_type}{kind}{currency}{'D' if minor < 0 else 'C'}{abs(minor):012}"
        for kind, minor in (("01", ledger_minor), ("02", available_minor))
    )


def _bill(answer: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if reference := answer.get("reference"):
        data["04"] = str(reference)
    if articles := answer.get("articles"):
        data["05"] = pack_articles((str(a["id"]), int(a["price_minor"])) for a in articles)
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
        minor = int(line["amount_minor"])
        amount = f"{'-' if minor < 0 else '+'}{abs(minor) // 100}.{abs(minor) % 100:02}"
        one = escape(f"{line['date']} {line['text']} {amount}")
        if len(text) + 1 + len(one) > LINES_BYTES_MAX:
            break
        text = f"{text}|{one}" if text else one
    return text or escape("no movement")
