"""What codes mean, in words, as ISO 8583:1987 and its usual users have them.

Networks differ, above all in response codes over 75: an unknown code has no words.
"""

from __future__ import annotations

RESPONSES = {
    "00": "approved",
    "01": "refer to card issuer",
    "02": "refer to card issuer, special condition",
    "03": "invalid merchant",
    "04": "pick up card",
    "05": "do not honour",
    "06": "error",
    "07": "pick up card, special condition",
    "08": "honour with identification",
    "09": "request in progress",
    "10": "approved for a partial amount",
    "11": "approved, VIP",
    "12": "invalid transaction",
    "13": "invalid amount",
    "14": "invalid card number",
    "15": "no such issuer",
    "17": "customer cancellation",
    "19": "re-enter transaction",
    "20": "invalid response",
    "21": "no action taken",
    "22": "suspected malfunction",
    "25": "unable to locate the original",
    "30": "format error",
    "31": "bank not supported by switch",
    "32": "partly completed",
    "33": "expired card, pick up",
    "34": "suspected fraud, pick up",
    "35": "contact acquirer, pick up",
    "36": "restricted card, pick up",
    "37": "call acquirer security, pick up",
    "38": "PIN tries exceeded, pick up",
    "39": "no credit account",
    "40": "function not supported",
    "41": "lost card",
    "42": "no universal account",
    "43": "stolen card",
    "51": "insufficient funds",
    "52": "no current account",
    "53": "no savings account",
    "54": "expired card",
    "55": "wrong PIN",
    "56": "no card record",
    "57": "not permitted to cardholder",
    "58": "not permitted to terminal",
    "59": "suspected fraud",
    "61": "over the amount limit",
    "62": "restricted card",
    "63": "security violation",
    "64": "original amount incorrect",
    "65": "over the frequency limit",
    "67": "hard capture, pick up",
    "68": "answer received too late",
    "75": "PIN tries exceeded",
    "90": "cut-off in progress",
    "91": "issuer or switch inoperative",
    "92": "no route to the institution",
    "93": "violation of law",
    "94": "duplicate transmission",
    "95": "reconciliation error",
    "96": "system malfunction",
}

TRANSACTIONS = {
    "00": "purchase",
    "01": "withdrawal",
    "02": "adjustment, debit",
    "09": "purchase with cashback",
    "20": "refund",
    "21": "deposit",
    "22": "adjustment, credit",
    "30": "enquiry",
    "31": "balance",
    "38": "mini statement",
    "40": "transfer",
    "50": "bill payment",
}

ACCOUNTS = {
    "00": "default account",
    "10": "savings account",
    "20": "current account",
    "30": "credit account",
    "40": "universal account",
    "50": "investment account",
}

ENTRIES = {
    "00": "unspecified",
    "01": "keyed",
    "02": "magnetic stripe",
    "03": "bar code",
    "04": "optical character reading",
    "05": "chip",
    "06": "keyed, track 1 read",
    "07": "contactless chip",
    "80": "magnetic stripe, fallback from chip",
    "90": "magnetic stripe, complete",
    "91": "contactless stripe",
    "95": "chip, unreliable",
}
PIN_CAPABILITIES = {
    "0": "PIN capability unspecified",
    "1": "can take a PIN",
    "2": "cannot take a PIN",
    "8": "PIN pad out of order",
}

CONDITIONS = {
    "00": "normal presentment",
    "01": "customer not present",
    "02": "unattended terminal",
    "03": "merchant suspicious",
    "05": "customer present, card not present",
    "06": "completion",
    "07": "telephone",
    "08": "mail or telephone order",
    "10": "customer identity verified",
    "14": "reversal",
    "27": "counter terminal",
}

NETWORK_ACTIONS = {
    "001": "sign-on",
    "002": "sign-off",
    "101": "key exchange",
    "161": "key exchange",
    "201": "cut-over",
    "301": "echo",
}

MERCHANTS = {
    "4900": "utilities",
    "6010": "cash at a counter",
    "6011": "cash at a GAB",
    "9311": "taxes",
}

SETTLEMENTS = {"1": "in balance", "2": "out of balance", "3": "error"}

AMOUNT_TYPES = {"01": "ledger balance", "02": "available balance"}

# ISO 4217: numeric code -> (letters, decimals).
CURRENCIES = {
    "012": ("DZD", 2),
    "036": ("AUD", 2),
    "048": ("BHD", 3),
    "124": ("CAD", 2),
    "156": ("CNY", 2),
    "356": ("INR", 2),
    "392": ("JPY", 0),
    "400": ("JOD", 3),
    "410": ("KRW", 0),
    "414": ("KWD", 3),
    "434": ("LYD", 3),
    "504": ("MAD", 2),
    "512": ("OMR", 3),
    "566": ("NGN", 2),
    "634": ("QAR", 2),
    "643": ("RUB", 2),
    "682": ("SAR", 2),
    "710": ("ZAR", 2),
    "756": ("CHF", 2),
    "784": ("AED", 2),
    "788": ("TND", 3),
    "818": ("EGP", 2),
    "826": ("GBP", 2),
    "840": ("USD", 2),
    "929": ("MRU", 2),
    "949": ("TRY", 2),
    "950": ("XAF", 0),
    "952": ("XOF", 0),
    "978": ("EUR", 2),
}


def response_words(code: str) -> str:
    """DE39 of 1987 in words; nothing when it is not known.

    >>> response_words("51")
    'insufficient funds'
    """
    return RESPONSES.get(code, "")


def processing_words(code: str) -> str:
    """The transaction that DE3 asks for, by its first two digits; nothing when not known.

    >>> processing_words("010000"), processing_words("310000")
    ('withdrawal', 'balance')
    """
    return TRANSACTIONS.get(code[:2], "")


def entry_words(code: str) -> str:
    """DE22 in words.

    >>> entry_words("051")
    'chip, can take a PIN'
    """
    known = (ENTRIES.get(code[:2]), PIN_CAPABILITIES.get(code[2:]))
    return ", ".join(words for words in known if words)


def currency_words(code: str) -> str:
    """The letters of a numeric currency code; nothing when not known.

    >>> currency_words("504")
    'MAD'
    """
    return CURRENCIES[code][0] if code in CURRENCIES else ""


def amount_words(digits: str, currency: str) -> str:
    """An amount of minor units as people write it, with its currency.

    Where the currency is not known the minor units are said to be that.

    >>> amount_words("000000035075", "504"), amount_words("000001000000", "504")
    ('350.75 MAD', '10,000.00 MAD')
    >>> amount_words("000000035075", "999")
    '35,075 minor units of 999'
    """
    minor = int(digits)
    if currency not in CURRENCIES:
        return f"{minor:,} minor units{f' of {currency}' if currency else ''}"
    letters, decimals = CURRENCIES[currency]
    whole, part = divmod(minor, 10**decimals)
    return f"{whole:,}{f'.{part:0{decimals}}' if decimals else ''} {letters}"
