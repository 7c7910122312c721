"""What codes of ISO 8583:1993 mean, in words. An unknown code has those of its hundred, or none."""

from __future__ import annotations

ACTIONS = {
    "000": "approved",
    "001": "approved with identification",
    "002": "approved for a partial amount",
    "100": "do not honour",
    "101": "expired card",
    "102": "suspected fraud",
    "106": "PIN tries exceeded",
    "107": "refer to card issuer",
    "109": "invalid merchant",
    "110": "invalid amount",
    "111": "invalid card number",
    "114": "no account of the type requested",
    "115": "function not supported",
    "116": "insufficient funds",
    "117": "incorrect PIN",
    "118": "no card record",
    "119": "transaction not permitted to cardholder",
    "120": "transaction not permitted to terminal",
    "121": "over the withdrawal limit",
    "122": "security violation",
    "123": "over the frequency limit",
    "200": "do not honour, pick up",
    "201": "expired card, pick up",
    "202": "suspected fraud, pick up",
    "206": "PIN tries exceeded, pick up",
    "208": "lost card, pick up",
    "209": "stolen card, pick up",
    "400": "reversal accepted",
    "800": "network management accepted",
    "902": "invalid transaction",
    "903": "re-enter transaction",
    "904": "format error",
    "906": "cut-off in progress",
    "907": "issuer or switch inoperative",
    "908": "no route to the institution",
    "909": "system malfunction",
    "911": "issuer timed out",
    "912": "issuer unavailable",
    "913": "duplicate transmission",
    "914": "unable to locate the original",
    "916": "MAC incorrect",
    "921": "security error, no action",
    "923": "request in progress",
}
_HUNDREDS = {"0": "approved", "1": "declined", "2": "declined, pick up", "4": "reversal"}
_HUNDREDS |= {"5": "reconciliation", "8": "network management", "9": "not processed"}

FUNCTIONS = {
    "100": "original authorisation, accurate amount",
    "101": "original authorisation, estimated amount",
    "200": "original financial transaction",
    "201": "approved before, same amount",
    "202": "approved before, another amount",
    "400": "full reversal, not completed as approved",
    "401": "partial reversal, not completed for the full amount",
    "500": "final reconciliation",
    "501": "checkpoint reconciliation",
    "801": "sign-on",
    "802": "sign-off",
    "811": "key exchange",
    "821": "cut-over",
    "831": "echo",
}

REASONS = {
    "4000": "customer cancellation",
    "4004": "partly completed",
    "4006": "answer received too late",
    "4007": "card acceptor device out of order",
    "4013": "unable to deliver the message",
    "4017": "no cash dispensed",
    "4018": "money not taken",
    "4019": "card not taken",
    "4021": "timeout waiting for the answer",
}


def action_words(code: str) -> str:
    """DE39 of 1993 in words, at least those of its hundred; nothing when it is no such code.

    >>> action_words("116"), action_words("199"), action_words("51")
    ('insufficient funds', 'declined', '')
    """
    if len(code) != 3 or not code.isascii() or not code.isdigit():
        return ""
    return ACTIONS.get(code) or _HUNDREDS.get(code[0], "")
