"""Messages that are wrong on purpose: what a test sends to see how the other side refuses it."""

from __future__ import annotations

from collections.abc import Mapping

from switch.wire.codec import ReferenceCodec
from switch.wire.dialect import Dialect, Field
from switch.wire.layout import Layout
from switch.wire.lengths import largest_length, write_length
from switch.wire.message import Message, Value

MTI = "t"
BITMAP = "bitmap"

_SOME_MTI = "0800"


class ForgeError(ValueError):
    """A wrong element that cannot be written as it was given. Its text holds no value."""


def forge(
    dialect: Dialect, message: Mapping[str, Value], wrong: Mapping[str, str | bytes]
) -> bytes:
    """The bytes of a message some of whose elements are wrong, whatever the dialect says of them.

    `wrong` gives, by element, `t` or `bitmap`, either text (its characters are sent as they are,
    behind the length that they have) or the very bytes, length prefix included. The bitmap says
    what is there unless it is given too. Raises EncodeError when the rest of the message is not
    right, ForgeError when a text cannot be written in the encoding of its element.

    >>> from switch.wire import load_dialect
    >>> forge(load_dialect("gab87"), {"t": "0800", "70": "301"}, {"11": "00A01"})[-8:]
    b'00A01301'
    """
    right = {key: value for key, value in message.items() if key not in wrong}
    if MTI in wrong:
        right[MTI] = _SOME_MTI
    codec = ReferenceCodec(dialect)
    read = codec.decode(codec.encode(right), flat=True)
    values = {key: str(value) for key, value in read.items()}
    for key in wrong:
        if key in (MTI, BITMAP):
            continue
        if key not in dialect.fields:
            raise ForgeError(f"{key} is no element of {dialect.name}")
        values[key] = _placeholder(dialect.fields[key])
    pieces = Layout(dialect).pieces(values)
    for key, content in wrong.items():
        pieces["p" if key == BITMAP else key] = _bytes_of(dialect, key, content)
    return b"".join(pieces.values())


def forged(message: Mapping[str, Value], wrong: Mapping[str, str | bytes]) -> Message:
    """What such a message says, for people: wrong bytes in hexadecimal."""
    shown = Message(message)
    for key, content in wrong.items():
        if key != BITMAP:
            shown[key] = content if isinstance(content, str) else f"(bytes {content.hex()})"
    return shown


def _placeholder(known: Field) -> str:
    """Something that the layout can write: it only takes the place of what is wrong."""
    if known.prefix:
        return ""
    if known.kind == "x+n":
        return "C" + "0" * known.longest
    return "0" * (2 * known.longest if known.kind == "b" else known.longest)


def _bytes_of(dialect: Dialect, key: str, content: str | bytes) -> bytes:
    if isinstance(content, bytes):
        return content
    if key == BITMAP:
        return _encoded(key, content, dialect.codec)
    if key == MTI:
        if dialect.numeric == "bcd":
            raise ForgeError("the MTI is BCD here: give its bytes in hexadecimal")
        return _encoded(key, content, dialect.codec)
    known = dialect.fields[key]
    if known.encoding in ("bcd", "raw"):
        raise ForgeError(f"field {key} is {known.encoding} here: give its bytes in hexadecimal")
    data = _encoded(key, content, known.codec)
    if not known.prefix:
        return data
    if len(data) > largest_length(known.prefix, known.length_encoding):
        raise ForgeError(f"field {key}: its length cannot say {len(data)}")
    return write_length(len(data), known.prefix, known.length_encoding) + data


def _encoded(key: str, text: str, codec: str) -> bytes:
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        raise ForgeError(f"field {key}: a character has no byte in {codec}") from None
