"""The message: a dictionary of data elements that never shows cardholder data by accident."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from switch.wire.masking import mask_element

Value = str | dict[str, "Value"] | list["Value"]


class Message(dict[str, Value]):
    """A message as people write it: `t` is the MTI, the other keys are element numbers.

    A value is text (`"4": "000000020000"`, binary elements in hexadecimal), or an object or a
    list where the dialect knows a sub-structure (`"48": {"01": "1001"}`). It behaves as a
    dictionary in everything but its `repr`, which is masked so that it may reach a log.

    >>> Message({"t": "0200", "2": "9504010000000019"})
    Message({'t': '0200', '2': '950401******0019'})
    """

    __slots__ = ()

    @property
    def mti(self) -> str:
        """The four digits of the message type, or nothing when there is none."""
        value = self.get("t", "")
        return value if isinstance(value, str) else ""

    def text(self, de: int | str) -> str:
        """The element as text; nothing when it is absent or not text.

        >>> Message({"t": "0200", "11": "000001"}).text(11)
        '000001'
        """
        value = self.get(de if isinstance(de, str) else str(de), "")
        return value if isinstance(value, str) else ""

    def part(self, de: int | str, name: str) -> str:
        """One sub-field of a composite element as text; nothing when it is absent.

        >>> Message({"48": {"01": "1001"}}).part(48, "01")
        '1001'
        """
        value = self.get(str(de))
        inner = value.get(name, "") if isinstance(value, dict) else ""
        return inner if isinstance(inner, str) else ""

    def copy(self) -> Message:
        return Message(self)

    def __repr__(self) -> str:
        return f"Message({ {key: mask_element(key, value) for key, value in self.items()} })"

    __str__ = __repr__


class Misread(Message):
    """Elements of a message that lost its place: any may hold any bytes, so none is shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Misread(elements {', '.join(self)})"

    __str__ = __repr__


def in_order(message: Mapping[str, Value]) -> Message:
    """The same message with the MTI first and the elements by number."""
    return Message((key, message[key]) for key in sorted(message, key=_rank))


def pick(message: Mapping[str, Value], elements: Iterable[int | str]) -> Message:
    """The elements named, those that are present: what an answer echoes."""
    keys = (str(element) for element in elements)
    return Message((key, message[key]) for key in keys if key in message)


def _rank(key: str) -> tuple[int, str]:
    return (int(key), "") if key.isascii() and key.isdigit() else (-1, key)


def printable(text: str) -> str:
    r"""`text` with everything but printable ASCII escaped: no value reaches a terminal raw.

    >>> print(printable("A\x1b[31m\n"))
    A\x1b[31m\n
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(one if " " <= one <= "~" else ascii(one)[1:-1] for one in text)
