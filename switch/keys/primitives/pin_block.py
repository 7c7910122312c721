"""PIN blocks, ISO 9564-1 formats 0, 1, 3 (under TDES) and 4 (under AES).

A nibble each, `L` the length 4 to 12, `P` a PIN digit, `p` a PIN digit or fill::

    format 0      0 L P P P P p p p p p p p p F F     fill F, then XOR with the PAN field
    format 1      1 L P P P P p p p p p p p p r r     fill r: any nibble by chance; no PAN
    format 3      3 L P P P P p p p p p p p p f f     fill f: A to F by chance, then XOR as 0
    PAN field     0 0 0 0 A A A A A A A A A A A A     the 12 rightmost digits but the last

    format 4      4 L P P P P p p p p p p p p A A r r r r r r r r r r r r r r r r
    PAN field     M A A A A A A A A A A A A a a a a a a a 0 0 0 0 0 0 0 0 0 0 0 0    M: digits - 12

Format 4 is enciphered in two steps, AES(AES(PIN field) XOR PAN field), so that a block for
another card decrypts to noise. Formats 0 and 3 only notice another card when digits or fill break.
"""

from __future__ import annotations

from enum import Enum

from switch.keys.errors import ForbiddenError, InvalidInputError, InvalidPinBlockError
from switch.keys.primitives.ciphers import AES_BLOCK, DES_BLOCK, BlockCipher, xor
from switch.runtime import Entropy

PIN_MIN, PIN_MAX = 4, 12
_FILL_3 = "ABCDEF"
# the largest multiple of 6 in a byte: beyond it a remainder would favour A to D
_FAIR_MAX = 252


class PinFormat(Enum):
    """How a PIN is laid out before it is encrypted."""

    ISO0 = "0"
    ISO1 = "1"
    ISO3 = "3"
    ISO4 = "4"

    def __init__(self, control: str) -> None:
        # `value` is a property written in Python, and this is read for every block
        self.control = control


def encipher_pin(
    cipher: BlockCipher, pin_format: PinFormat, pin: str, pan: str, entropy: Entropy
) -> bytes:
    """The encrypted block of a PIN: 8 bytes under TDES, 16 under AES (format 4).

    Raises InvalidInputError for a PIN or PAN that cannot be, or a cipher that the format excludes.
    """
    is_4 = _check_cipher(cipher, pin_format)
    check_pin(pin)
    if is_4:
        field = pin_field_4(pin, entropy)
        return cipher.encrypt(xor(cipher.encrypt(field), pan_field_4(pan)))
    return cipher.encrypt(clear_block(pin_format, pin, pan, entropy))


def decipher_pin(cipher: BlockCipher, pin_format: PinFormat, block: bytes, pan: str) -> str:
    """The PIN in an encrypted block.

    Raises InvalidPinBlockError when what comes out is not a block of this format for this card:
    another key, another card, another format.
    """
    is_4 = _check_cipher(cipher, pin_format)
    if len(block) != cipher.block_size:
        raise InvalidInputError(f"a PIN block of format {pin_format.control} has another length")
    if is_4:
        field = cipher.decrypt(xor(cipher.decrypt(block), pan_field_4(pan)))
        return _read(field[:8].hex().upper(), "4", "A")
    return pin_of_block(pin_format, cipher.decrypt(block), pan)


def clear_block(pin_format: PinFormat, pin: str, pan: str, entropy: Entropy) -> bytes:
    """A clear block of format 0, 1 or 3, for the inside of a module and for tests."""
    head = f"{pin_format.control}{len(pin):X}{pin}"
    room = 16 - len(head)
    if pin_format is PinFormat.ISO0:
        digits = head.ljust(16, "F")
    elif pin_format is PinFormat.ISO1:
        return bytes.fromhex(head + entropy.token_bytes(8).hex()[:room])
    else:
        digits = head + _letters(room, entropy)
    return (int(digits, 16) ^ _pan_field(pan)).to_bytes(DES_BLOCK)


def pin_of_block(pin_format: PinFormat, clear: bytes, pan: str) -> str:
    """The PIN in a clear block of format 0, 1 or 3; raises InvalidPinBlockError."""
    if pin_format is PinFormat.ISO1:
        return _read(clear.hex().upper(), "1", "0123456789ABCDEF")
    digits = f"{int.from_bytes(clear) ^ _pan_field(pan):016X}"
    return _read(digits, pin_format.control, "F" if pin_format is PinFormat.ISO0 else _FILL_3)


def pin_field_4(pin: str, entropy: Entropy) -> bytes:
    """The 16 bytes of format 4 that hold the PIN, before the first step."""
    return bytes.fromhex(f"4{len(pin):X}{pin}".ljust(16, "A")) + entropy.token_bytes(8)


def pan_field_4(pan: str) -> bytes:
    """The 16 bytes of format 4 that bind the card.

    >>> pan_field_4("9504010000000019").hex()
    '49504010000000019000000000000000'
    """
    if not (pan.isascii() and pan.isdigit() and len(pan) <= 19):
        raise InvalidInputError("a PAN has up to 19 digits")
    return bytes.fromhex(f"{max(0, len(pan) - 12)}{pan.rjust(12, '0')}".ljust(32, "0"))


def check_translation(source: PinFormat, target: PinFormat) -> None:
    """Raises ForbiddenError where ISO 9564-1 and PCI PIN forbid the way from one format to another.

    A block that is bound to a card (0, 3, 4) must not lose its card: never to format 1. From there
    it could be bound to another one. That the card stays the same, the callers see to: they take
    one PAN for both sides.
    """
    if target is PinFormat.ISO1 and source is not PinFormat.ISO1:
        raise ForbiddenError(f"a PIN block of format {source.control} must not become format 1")


def check_pin(pin: str) -> None:
    """Raises InvalidInputError unless it is 4 to 12 digits."""
    if not (PIN_MIN <= len(pin) <= PIN_MAX and pin.isascii() and pin.isdigit()):
        raise InvalidInputError("a PIN has 4 to 12 digits")


def _check_cipher(cipher: BlockCipher, pin_format: PinFormat) -> bool:
    """Whether it is format 4; raises InvalidInputError when the cipher is not the format's."""
    is_4 = pin_format is PinFormat.ISO4
    if cipher.block_size != (AES_BLOCK if is_4 else DES_BLOCK):
        name = "AES" if is_4 else "TDES"
        raise InvalidInputError(f"a PIN block of format {pin_format.control} goes under {name}")
    return is_4


def _pan_field(pan: str) -> int:
    if not (12 <= len(pan) <= 19 and pan.isascii() and pan.isdigit()):
        raise InvalidInputError("a PAN has 12 to 19 digits")
    return int(pan[-13:-1], 16)


def _read(digits: str, control: str, fill: str) -> str:
    """The PIN in the 16 nibbles of a block, every nibble checked."""
    length = int(digits[1], 16)
    pin, rest = digits[2 : 2 + length], digits[2 + length :]
    if (
        digits[0] != control
        or not PIN_MIN <= length <= PIN_MAX
        or not pin.isdigit()
        or rest.strip(fill)
    ):
        raise InvalidPinBlockError("the PIN block is not one of this format, key and card")
    return pin


def _letters(count: int, entropy: Entropy) -> str:
    """`count` letters A to F, each as likely as the others."""
    letters = ""
    while len(letters) < count:
        fair = (value for value in entropy.token_bytes(count + 2) if value < _FAIR_MAX)
        letters += "".join(_FILL_3[value % 6] for value in fair)
    return letters[:count]
