"""Why the core says no, in words that a caller can act upon."""

from __future__ import annotations

from typing import Literal, get_args

Reason = Literal[
    "unknown_card",
    "lost_card",
    "stolen_card",
    "blocked_card",
    "expired_card",
    "wrong_pin",
    "pin_tries_exceeded",
    "pin_unreadable",
    "pin_not_verifiable",
    "chip_refused",
    "chip_unreadable",
    "chip_not_verifiable",
    "insufficient_funds",
    "unknown_account",
    "account_not_of_card",
    "same_account",
    "invalid_amount",
    "currency_not_supported",
    "over_limit",
    "over_frequency",
    "unknown_channel",
    "inactive_channel",
    "another_channel",
    "unknown_creditor",
    "inactive_creditor",
    "label_missing",
    "label_expired",
    "means_not_accepted",
    "unknown_kind",
    "invalid_form",
    "unknown_reference",
    "reference_expired",
    "parameters_mismatch",
    "article_mismatch",
    "mandatory_article_missing",
    "total_mismatch",
    "already_paid",
    "cancelled_before",
    "unknown_code",
    "code_expired",
    "code_blocked",
    "code_cancelled",
    "refused_by_creditor",
    "already_decided",
    "already_collected",
    "unknown_operation",
]

REASONS: tuple[str, ...] = get_args(Reason)


class RefusedError(Exception):
    """A business refusal, raised before anything is written.

    `field` and `message` say more about an `invalid_form`: which value, and what was expected.
    """

    def __init__(
        self, reason: Reason, *, field: str | None = None, message: str | None = None
    ) -> None:
        super().__init__(reason)
        self.reason: Reason = reason
        self.field = field
        self.message = message
