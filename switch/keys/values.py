"""What requests to a security module are made of, each with a text form for host commands.

A text form is its parts joined by colons; no part holds one. Reading checks everything, and a
repr shows neither PIN blocks nor card numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from switch.keys.errors import InvalidInputError
from switch.keys.primitives.pin_block import PinFormat
from switch.keys.primitives.pin_reference import STANDARD_TABLE
from switch.keys.usage import Algorithm, Purpose
from switch.settings import mask

_NAME = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_SHOWN_MAX = 63


def check_name(name: str) -> str:
    """The name of a key: letters, digits, dot, dash, underscore, up to 63.

    No run of 12 digits, since names are logged and a card number must not be one.
    """
    if not _NAME.fullmatch(name) or mask(name) != name:
        raise InvalidInputError(f"{shown(name)} is not a name for a key")
    return name


def shown(name: str) -> str:
    """A name as an error shows it, whatever it really is."""
    return ascii(mask(name)[:_SHOWN_MAX])


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be known of a key: all but the key."""

    name: str
    purpose: Purpose
    algorithm: Algorithm
    mode: str
    exportable: bool
    check_value: str
    """Upper-case hexadecimal: 6 digits for TDES, 10 for AES."""

    def text(self) -> str:
        """`name:purpose:algorithm:mode:E or N:check value`."""
        exportable = "E" if self.exportable else "N"
        parts = (self.name, self.purpose.value, self.algorithm.value, self.mode, exportable)
        return ":".join((*parts, self.check_value))

    @classmethod
    def of_text(cls, text: str) -> KeyInfo:
        name, purpose, algorithm, mode, exportable, check_value = _parts(text, 6, "key")
        try:
            kind, kept = Purpose(purpose), Algorithm(algorithm)
        except ValueError:
            raise InvalidInputError("a key of a kind unknown here") from None
        return cls(check_name(name), kind, kept, mode, exportable == "E", check_value)


@dataclass(frozen=True, slots=True)
class EncryptedPin:
    """A PIN block with what is needed to open it: its format, its key, and for DUKPT the key
    serial number (10 bytes for TDES, 12 for AES)."""

    format: PinFormat
    key: str
    block: bytes = field(repr=False)
    ksn: bytes | None = None

    def text(self) -> str:
        """`format:key:block` and, for DUKPT, `:serial number`."""
        tail = f":{self.ksn.hex().upper()}" if self.ksn is not None else ""
        return f"{self.format.value}:{self.key}:{self.block.hex().upper()}{tail}"

    @classmethod
    def of_text(cls, text: str) -> EncryptedPin:
        parts = _parts(text, text.count(":") + 1, "PIN")
        if len(parts) not in (3, 4):
            raise InvalidInputError("a PIN is format, key, block and perhaps a serial number")
        ksn = hexadecimal(parts[3]) if len(parts) == 4 else None
        return cls(pin_format(parts[0]), check_name(parts[1]), hexadecimal(parts[2]), ksn)


@dataclass(frozen=True, slots=True)
class Pvv:
    """The way an issuer verifies PINs by PVV: key, and key index 0 to 9. Values have 4 digits."""

    key: str
    key_index: int = 1

    def text(self) -> str:
        """`pvv:key:index`."""
        return f"pvv:{self.key}:{self.key_index}"


@dataclass(frozen=True, slots=True)
class Ibm3624:
    """The way an issuer verifies PINs by IBM 3624 offset. Values have as many digits as the PIN.

    Validation data: `count` digits of the PAN from `start`, filled up with the nibble `fill`.
    """

    key: str
    table: str = STANDARD_TABLE
    start: int = 0
    count: int = 16
    fill: str = "F"

    def text(self) -> str:
        """`ibm3624:key:table:start:count:fill`."""
        return f"ibm3624:{self.key}:{self.table}:{self.start}:{self.count}:{self.fill}"


Reference = Pvv | Ibm3624


def reference_of_text(text: str) -> Reference:
    """The way of verifying that a text names."""
    kind, *parts = text.split(":")
    if kind == "pvv" and len(parts) == 2:
        return Pvv(check_name(parts[0]), whole(parts[1]))
    if kind == "ibm3624" and len(parts) == 5:
        key, table, start, count, fill = parts
        return Ibm3624(check_name(key), table, whole(start), whole(count), fill)
    raise InvalidInputError("a reference is pvv:... or ibm3624:...")


@dataclass(frozen=True, slots=True)
class ChipCryptogram:
    """A cryptogram from a card and what it was made from.

    `data` is what the scheme puts under the cryptogram (`Scheme.data` makes it from DE55),
    `counter` tag 9F36, `number` tag 9F37.
    """

    scheme: str
    pan: str = field(repr=False)
    sequence: str
    counter: bytes
    number: bytes
    data: bytes = field(repr=False)
    cryptogram: bytes

    def text(self) -> str:
        """`scheme:PAN:sequence:counter:number:data:cryptogram`."""
        values = (self.counter, self.number, self.data, self.cryptogram)
        tail = (value.hex().upper() for value in values)
        return ":".join((self.scheme, self.pan, self.sequence, *tail))

    @classmethod
    def of_text(cls, text: str) -> ChipCryptogram:
        scheme, pan, sequence, *values = _parts(text, 7, "cryptogram")
        counter, number, data, cryptogram = map(hexadecimal, values)
        return cls(scheme, pan, sequence, counter, number, data, cryptogram)


def pin_format(text: str) -> PinFormat:
    """The PIN block format of that number."""
    try:
        return PinFormat(text)
    except ValueError:
        raise InvalidInputError("a PIN block is of format 0, 1, 3 or 4") from None


def hexadecimal(text: str) -> bytes:
    """Bytes from upper-case hexadecimal."""
    if not re.fullmatch("(?:[0-9A-F]{2})*", text):
        raise InvalidInputError("this is not upper-case hexadecimal")
    return bytes.fromhex(text)


def whole(text: str) -> int:
    """A whole number of up to 9 digits."""
    if not re.fullmatch("[0-9]{1,9}", text):
        raise InvalidInputError("this is not a whole number")
    return int(text)


def _parts(text: str, count: int, what: str) -> list[str]:
    parts = text.split(":")
    if len(parts) != count:
        raise InvalidInputError(f"a {what} is written in {count} parts")
    return parts
