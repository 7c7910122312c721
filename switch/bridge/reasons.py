"""The payment core's reasons as response codes (DE39)."""

from __future__ import annotations

RESPONSE_CODES = {
    "unknown_card": "14",
    "lost_card": "41",
    "stolen_card": "43",
    "blocked_card": "62",
    "expired_card": "54",
    "insufficient_funds": "51",
    "wrong_pin": "55",
    "pin_tries_exceeded": "75",
    "pin_unreadable": "81",
    "pin_not_verifiable": "96",
    "chip_refused": "63",
    "chip_unreadable": "30",
    "chip_not_verifiable": "96",
    "unknown_account": "14",
    "account_not_of_card": "57",
    "same_account": "12",
    "invalid_amount": "13",
    "currency_not_supported": "12",
    "over_limit": "61",
    "over_frequency": "65",
    "unknown_channel": "58",
    "inactive_channel": "58",
    "another_channel": "58",
    "unknown_creditor": "12",
    "inactive_creditor": "57",
    "label_missing": "57",
    "label_expired": "57",
    "means_not_accepted": "57",
    "unknown_kind": "12",
    "invalid_form": "30",
    "unknown_reference": "12",
    "reference_expired": "12",
    "parameters_mismatch": "30",
    "article_mismatch": "13",
    "mandatory_article_missing": "13",
    "total_mismatch": "13",
    "already_paid": "94",
    "cancelled_before": "12",
    "unknown_operation": "12",
    "unknown_code": "25",
    "code_expired": "12",
    "code_blocked": "75",
    "code_cancelled": "12",
    "refused_by_creditor": "05",
    "already_decided": "12",
    "already_collected": "94",
}
"""A reason that is not here is answered 05, do not honour, and logged."""


def response_code(reason: str) -> str | None:
    """The code for a reason; None for a reason that is not known.

    >>> response_code("lost_card")
    '41'
    """
    return RESPONSE_CODES.get(reason)
