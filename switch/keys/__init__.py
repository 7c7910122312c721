"""Keys, and what is computed with them: PINs, MACs, card values, chip cryptograms.

Whoever needs any of it is given a `SecurityModule` and names keys by their handle; no method
gives out a key or a PIN. `SoftwareModule` holds the keys itself, `HostCommandModule` asks another
machine, `ModuleServer` is that other machine.
"""

from switch.keys.audit import AuditRecord, log_audit
from switch.keys.environment import master_of
from switch.keys.errors import (
    ForbiddenError,
    InvalidInputError,
    InvalidKeyBlockError,
    InvalidPinBlockError,
    KeyExistsError,
    KeyFileError,
    ModuleUnavailableError,
    SecurityModuleError,
    UnknownKeyError,
    WrongCheckValueError,
    WrongUsageError,
)
from switch.keys.host import HostCommandModule
from switch.keys.key_file import KeyFile
from switch.keys.master import MasterKey
from switch.keys.module import SecurityModule
from switch.keys.primitives.pin_block import PinFormat
from switch.keys.server import ModuleServer, PortTakenError
from switch.keys.software import KeyStore, SoftwareModule
from switch.keys.usage import Algorithm, Purpose
from switch.keys.values import ChipCryptogram, EncryptedPin, Ibm3624, KeyInfo, Pvv

__all__ = [
    "Algorithm",
    "AuditRecord",
    "ChipCryptogram",
    "EncryptedPin",
    "ForbiddenError",
    "HostCommandModule",
    "Ibm3624",
    "InvalidInputError",
    "InvalidKeyBlockError",
    "InvalidPinBlockError",
    "KeyExistsError",
    "KeyFile",
    "KeyFileError",
    "KeyInfo",
    "KeyStore",
    "MasterKey",
    "ModuleServer",
    "ModuleUnavailableError",
    "PinFormat",
    "PortTakenError",
    "Purpose",
    "Pvv",
    "SecurityModule",
    "SecurityModuleError",
    "SoftwareModule",
    "UnknownKeyError",
    "WrongCheckValueError",
    "WrongUsageError",
    "log_audit",
    "master_of",
]
