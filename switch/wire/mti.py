"""The message type indicator: version, class, function and origin, one digit each.

The functions work on any four digits; `known` says whether ISO 8583:1987 defines them.
"""

from __future__ import annotations

from functools import lru_cache

CLASSES = {
    "1": "authorisation",
    "2": "financial",
    "3": "file action",
    "4": "reversal",
    "5": "reconciliation",
    "6": "administrative",
    "8": "network management",
}
FUNCTIONS = {"0": "request", "1": "answer", "2": "advice", "3": "advice answer"}
# The functions below are asked several times about each message, and networks use few types.
_TYPES_KEPT = 256

_ANSWERS = {"0": "1", "2": "3"}
_REPEATS = {"0": "1", "2": "3"}


def well_formed(mti: str) -> bool:
    """Whether this is four ASCII digits."""
    return len(mti) == 4 and mti.isascii() and mti.isdigit()


def version(mti: str) -> str:
    """First digit: `0` is 1987, `1` 1993, `2` 2003."""
    return mti[:1]


def message_class(mti: str) -> str:
    """Second digit, such as `2` for financial."""
    return mti[1:2]


def is_request(mti: str) -> bool:
    """Whether it wants an answer: requests (xx0x) and advices (xx2x), repeats included."""
    return mti[2:3] in _ANSWERS


def is_answer(mti: str) -> bool:
    """Whether it answers a request or an advice (xx1x, xx3x)."""
    return mti[2:3] in ("1", "3")


def is_repeat(mti: str) -> bool:
    """Whether it repeats an earlier message (fourth digit 1 or 3)."""
    return mti[3:4] in ("1", "3")


@lru_cache(_TYPES_KEPT)
def answer_mti(mti: str) -> str:
    """The type that answers this one; a repeat is answered as what it repeats.

    >>> [answer_mti(mti) for mti in ("0200", "0201", "0420", "0421", "0800")]
    ['0210', '0210', '0430', '0430', '0810']
    """
    if not (well_formed(mti) and is_request(mti)):
        raise ValueError(f"{mti!r} is not a message that is answered")
    return mti[:2] + _ANSWERS[mti[2]] + original_mti(mti)[3]


def repeat_mti(mti: str) -> str:
    """The type that repeats this one; of a repeat, itself.

    >>> repeat_mti("0200"), repeat_mti("0420"), repeat_mti("0421")
    ('0201', '0421', '0421')
    """
    if not well_formed(mti):
        raise ValueError(f"{mti!r} is not a message type")
    return mti[:3] + _REPEATS.get(mti[3], mti[3])


@lru_cache(_TYPES_KEPT)
def original_mti(mti: str) -> str:
    """The type that this one repeats; of an original, itself.

    >>> original_mti("0201"), original_mti("0200")
    ('0200', '0200')
    """
    return mti[:3] + {"1": "0", "3": "2"}.get(mti[3], mti[3]) if well_formed(mti) else mti


@lru_cache(_TYPES_KEPT)
def known(mti: str) -> bool:
    """Whether ISO 8583:1987 defines it: a class, a function that it has, from acquirer or issuer.

    >>> [mti for mti in ("0200", "0421", "0000", "0900", "0205", "2200", "0211") if known(mti)]
    ['0200', '0421']
    """
    return (
        well_formed(mti)
        and mti[0] == "0"
        and mti[1] in CLASSES
        and mti[2] in FUNCTIONS
        and mti[3] in ("02" if is_answer(mti) else "0123")
    )


def words(mti: str) -> str:
    """What the type means.

    >>> words("0200"), words("0421"), words("0900")
    ('financial request', 'reversal advice, repeat', 'unknown message type')
    """
    if not (well_formed(mti) and mti[1] in CLASSES and mti[2] in FUNCTIONS):
        return "unknown message type"
    return f"{CLASSES[mti[1]]} {FUNCTIONS[mti[2]]}{', repeat' if is_repeat(mti) else ''}"
