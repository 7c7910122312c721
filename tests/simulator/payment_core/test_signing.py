"""Signatures of callbacks: of this body, by this secret, just now."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.payment_core.signing import genuine, sign

NOW = datetime(2026, 11, 24, 10, 36, tzinfo=UTC)
AT = "2026-11-24T10:36:00.000Z"
BODY = b'{"total_minor":47075}'


@pytest.mark.parametrize(
    ("secret", "at", "body", "later_s", "holds"),
    [
        ("secret", AT, BODY, 0, True),
        ("secret", AT, BODY, 300, True),
        ("secret", AT, BODY, 301, False),
        ("secret", AT, BODY, -301, False),
        ("another", AT, BODY, 0, False),
        ("secret", AT, BODY.replace(b"4", b"5"), 0, False),
        ("secret", "2026-11-24T10:35:00.000Z", BODY, 0, False),
        ("secret", "", BODY, 0, False),
    ],
)
def test_a_signature_holds_for_its_body_secret_and_instant(secret, at, body, later_s, holds):
    signature = sign("secret", AT, BODY)
    assert genuine(secret, at, signature, body, NOW + timedelta(seconds=later_s)) is holds


@pytest.mark.parametrize("at", ["yesterday", "2026-11-24T10:36:00"])
def test_an_instant_that_cannot_be_compared_does_not_hold(at):
    assert not genuine("secret", at, sign("secret", at, BODY), BODY, NOW)
