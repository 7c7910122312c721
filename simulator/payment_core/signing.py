"""Signatures of what core and creditors tell each other: HMAC-SHA256 under a shared secret.

What is signed is the instant, a full stop, and the body as it travels: a body cannot be changed,
nor sent again much later. Header `Signed-At` is the instant, `Signature` is `sha256=` and the 64
hexadecimal digits.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

SIGNATURE_HEADER = "Signature"
INSTANT_HEADER = "Signed-At"

AGE_MAX = timedelta(minutes=5)
"""How far the clocks of the two may be apart, the way included."""


def sign(secret: str, signed_at: str, body: bytes) -> str:
    """The value of the header `Signature`.

    >>> sign("secret", "2026-11-24T10:36:01.250Z", b"{}")
    'sha256=e0a0ddc16e082dfe5c7c05e947f4946b18a109b81b342662c5bcb743d39b58ac'
    """
    signed = signed_at.encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def genuine(secret: str, signed_at: str, signature: str, body: bytes, now: datetime) -> bool:
    """Whether the owner of the secret signed this body just now."""
    right = sign(secret, signed_at, body)
    if not hmac.compare_digest(right.encode(), signature.encode()):
        return False
    try:
        age = now - datetime.fromisoformat(signed_at)
    except (ValueError, TypeError):
        return False
    return abs(age) <= AGE_MAX
