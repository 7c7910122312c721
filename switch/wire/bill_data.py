"""What the local network puts into the values of DE48: pairs, articles, lines, escaped.

Inside a value `%`, `|`, `=` and whatever is not printable ASCII are percent-encoded UTF-8, with
capital hexadecimal digits; pairs `name=value` and lines are joined by `|`. So everything on the
wire is ASCII, whatever language the text is in. Reading is strict: what a writer of these rules
would not have written is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

# What DE4 can say.
AMOUNT_DIGITS_MAX = 12

_PLAIN = frozenset(chr(code) for code in range(0x20, 0x7F)) - set("%|=")
_ESCAPED = re.compile("%([0-9A-F]{2})")


class BillDataError(ValueError):
    """A value of DE48 that breaks the rules. Names the tag, never quotes the value."""

    def __init__(self, tag: str, expected: str, found: str) -> None:
        where = f"field 48.{tag}: " if tag else ""
        super().__init__(f"{where}expected {expected}, found {found}")
        self.tag = tag
        self.expected = expected
        self.found = found


def escape(text: str) -> str:
    """One name or value as it travels.

    >>> escape("Café 100%"), escape("a=b|c")
    ('Caf%C3%A9 100%25', 'a%3Db%7Cc')
    """
    if _PLAIN.issuperset(text):
        return text
    if any("\ud800" <= one <= "\udfff" for one in text):
        raise BillDataError("", "text", "half of a surrogate pair")
    return "".join(
        one if one in _PLAIN else "".join(f"%{byte:02X}" for byte in one.encode()) for one in text
    )


def unescape(text: str, tag: str = "") -> str:
    """The reverse of `escape`. Raises BillDataError for what it would not have written.

    >>> unescape("Caf%C3%A9 100%25")
    'Café 100%'
    """
    if "%" not in text and _PLAIN.issuperset(text):
        return text
    raw = bytearray()
    at = 0
    while at < len(text):
        if text[at] == "%":
            code = _ESCAPED.match(text, at)
            if code is None:
                raise BillDataError(tag, "% and two capital hexadecimal digits", "another %")
            raw.append(int(code[1], 16))
            at = code.end()
        elif text[at] in _PLAIN:
            raw.append(ord(text[at]))
            at += 1
        else:
            raise BillDataError(tag, "percent-encoded text", f"the character {text[at]!a}")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        wrong = "bytes that are not UTF-8"
    raise BillDataError(tag, "percent-encoded UTF-8", wrong)


def pack_pairs(pairs: Mapping[str, str]) -> str:
    """Form values or global parameters as one text, in their order.

    >>> pack_pairs({"contract": "00123456", "ville": "Fès"})
    'contract=00123456|ville=F%C3%A8s'
    """
    if "" in pairs:
        raise BillDataError("", "a name in front of each =", "nothing")
    return "|".join(f"{escape(name)}={escape(value)}" for name, value in pairs.items())


def unpack_pairs(text: str, tag: str = "") -> dict[str, str]:
    """The reverse of `pack_pairs`; an empty text has no pairs. Raises BillDataError."""
    pairs: dict[str, str] = {}
    for piece in text.split("|") if text else []:
        name, equals, value = piece.partition("=")
        if not (name and equals) or "=" in value:
            raise BillDataError(tag, "pairs name=value joined by |", "something else")
        key = unescape(name, tag)
        if key in pairs:
            raise BillDataError(tag, "each name once", "a name twice")
        pairs[key] = unescape(value, tag)
    return pairs


def pack_articles(articles: Iterable[tuple[str, int]]) -> str:
    """Articles as `id=amount in centimes` joined by `|`.

    >>> pack_articles([("A1", 35075), ("A2", 12000)])
    'A1=35075|A2=12000'
    """
    pieces = []
    for identity, amount_minor in articles:
        if amount_minor < 0 or len(str(amount_minor)) > AMOUNT_DIGITS_MAX:
            raise BillDataError("05", f"an amount of 1 to {AMOUNT_DIGITS_MAX} digits", "another")
        pieces.append(f"{escape(identity)}={amount_minor}")
    return "|".join(pieces)


def unpack_articles(text: str, tag: str = "05") -> list[tuple[str, int]]:
    """The reverse of `pack_articles`; amounts in centimes. Raises BillDataError."""
    articles: list[tuple[str, int]] = []
    for identity, amount in unpack_pairs(text, tag).items():
        if re.fullmatch(f"0|[1-9][0-9]{{0,{AMOUNT_DIGITS_MAX - 1}}}", amount) is None:
            raise BillDataError(tag, "an amount in centimes behind each id", "something else")
        articles.append((identity, int(amount)))
    return articles


def pack_lines(lines: Iterable[str]) -> str:
    """Lines, such as those of a mini statement, joined by `|`.

    >>> pack_lines(["24/11 retrait -200.00", "23/11 dépôt +500.00"])
    '24/11 retrait -200.00|23/11 d%C3%A9p%C3%B4t +500.00'
    """
    return "|".join(escape(line) for line in lines)


def unpack_lines(text: str, tag: str = "10") -> list[str]:
    """The reverse of `pack_lines`; an empty text has no lines. Raises BillDataError."""
    return [unescape(line, tag) for line in text.split("|")] if text else []
