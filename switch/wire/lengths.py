"""Lengths in front of values: how many bytes they take, what they can say, how they are written.

A length of `digits` digits is text (one byte a digit), BCD (two digits a byte) or binary, whose
bytes are those that BCD would take: `LL` is one byte up to 255, `LLL` and `LLLL` two up to 65535.
"""

from __future__ import annotations

from typing import Literal, get_args

Charset = Literal["ascii", "cp500", "cp037"]
LengthEncoding = Literal["ascii", "cp500", "cp037", "bcd", "binary"]

CHARSETS: tuple[str, ...] = get_args(Charset)

_CODECS = {"ascii": "latin-1"}


def codec_of(encoding: str) -> str:
    """How Python calls a character set. ASCII is read as latin-1, which takes every byte.

    So each byte is one character: what is not ASCII is an error of content, found later, and does
    not hide the elements behind it. cp500 and cp037 know every byte too.
    """
    return _CODECS.get(encoding, encoding)


def prefix_width(digits: int, encoding: str) -> int:
    """Bytes that the length takes.

    >>> prefix_width(3, "ascii"), prefix_width(3, "bcd"), prefix_width(2, "binary")
    (3, 2, 1)
    """
    return (digits + 1) // 2 if encoding in ("bcd", "binary") else digits


def largest_length(digits: int, encoding: str) -> int:
    """The largest number that the length can say.

    >>> largest_length(2, "ascii"), largest_length(2, "binary")
    (99, 255)
    """
    if encoding == "binary":
        return int(256 ** prefix_width(digits, encoding)) - 1
    return int(10**digits) - 1


def write_length(size: int, digits: int, encoding: str) -> bytes:
    """The bytes of a length; `size` must fit.

    >>> write_length(16, 3, "ascii"), write_length(16, 3, "bcd"), write_length(16, 2, "binary")
    (b'016', b'\\x00\\x16', b'\\x10')
    """
    width = prefix_width(digits, encoding)
    if encoding == "binary":
        return size.to_bytes(width, "big")
    if encoding == "bcd":
        return bytes.fromhex(f"{size:0{2 * width}}")
    return f"{size:0{digits}}".encode(codec_of(encoding))


def length_digits(raw: bytes, encoding: str) -> str:
    """A length as the characters it was written with, digits when it is right.

    >>> length_digits(b"\\xf1\\xf6", "cp500"), length_digits(b"\\x00\\x1a", "bcd")
    ('16', '001a')
    """
    if encoding == "binary":
        return str(int.from_bytes(raw, "big"))
    return raw.hex() if encoding == "bcd" else raw.decode(codec_of(encoding))


def all_digits(text: str) -> bool:
    """Whether these are ASCII digits, at least one: `int` takes "+1", " 6" and "1_0" too."""
    return text.isascii() and text.isdigit()
