"""What a security module refuses, each with a code that travels in host commands.

The texts name keys by their handle and say what was expected; none holds key material, a PIN, a
PIN block or a card number.
"""

from __future__ import annotations

from typing import ClassVar


class SecurityModuleError(Exception):
    """Anything that a security module refuses or cannot do."""

    code: ClassVar[str] = "failed"


class InvalidInputError(SecurityModuleError):
    """An argument is not what it must be: length, digits, range."""

    code = "invalid-input"


class InvalidPinBlockError(SecurityModuleError):
    """What a PIN block decrypts to is not a block of its format for this card."""

    code = "invalid-pin-block"


class ForbiddenError(SecurityModuleError):
    """A rule of security forbids it, whatever the keys: ISO 9564-1, PCI PIN."""

    code = "forbidden"


class WrongUsageError(SecurityModuleError):
    """The key is not for this: another usage, mode, algorithm, or not exportable."""

    code = "wrong-usage"


class UnknownKeyError(SecurityModuleError):
    """No key has that name."""

    code = "unknown-key"


class KeyExistsError(SecurityModuleError):
    """A key has that name already, and replacing it was not asked for."""

    code = "key-exists"


class InvalidKeyBlockError(SecurityModuleError):
    """A key block that cannot be read, or that was not made under this key."""

    code = "invalid-key-block"


class WrongCheckValueError(SecurityModuleError):
    """A key does not have the check value that was announced for it."""

    code = "wrong-check-value"


class ModuleUnavailableError(SecurityModuleError):
    """The module cannot be reached, or did not answer in time: nothing is known of the outcome."""

    code = "unavailable"


class KeyFileError(SecurityModuleError):
    """The file of keys cannot be read, written, or opened with this master key."""

    code = "key-file"


_BY_CODE: dict[str, type[SecurityModuleError]] = {
    kind.code: kind
    for kind in (
        InvalidInputError,
        InvalidPinBlockError,
        ForbiddenError,
        WrongUsageError,
        UnknownKeyError,
        KeyExistsError,
        InvalidKeyBlockError,
        WrongCheckValueError,
        ModuleUnavailableError,
        KeyFileError,
    )
}


def error_of(code: str, text: str) -> SecurityModuleError:
    """The error that a code stands for; an unknown code is a plain SecurityModuleError."""
    return _BY_CODE.get(code, SecurityModuleError)(text)
