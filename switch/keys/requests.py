"""Everything that a security module can be asked, as values: one class a command.

`Request[bytes]` is answered with bytes, and so on. Keys are named by their handle. Nothing is
ever answered with a clear key or a clear PIN. What each one means is said at the method of
`SecurityModule` that makes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Generic, TypeVar

from switch.keys.primitives.pin_block import PinFormat
from switch.keys.usage import Algorithm, Purpose
from switch.keys.values import ChipCryptogram, EncryptedPin, Ibm3624, KeyInfo, Pvv, Reference

T = TypeVar("T")
_NAMING = ("name", "key", "under", "base", "target", "successor", "keep")


class Request(Generic[T]):
    """One command. `management` marks those that read or change which keys there are."""

    command: ClassVar[str]
    management: ClassVar[bool] = False

    def key_names(self) -> Iterator[str]:
        """The names of the keys that it concerns."""
        described: Any = self
        for one in fields(described):
            value = getattr(self, one.name)
            if isinstance(value, EncryptedPin | Pvv | Ibm3624):
                yield value.key
            elif one.name in _NAMING:
                yield value


@dataclass(frozen=True, slots=True)
class GenerateKey(Request[KeyInfo]):
    command = "generate-key"
    management = True
    name: str
    purpose: Purpose
    algorithm: Algorithm
    exportable: bool = False
    replace: bool = False


@dataclass(frozen=True, slots=True)
class ImportKey(Request[KeyInfo]):
    command = "import-key"
    management = True
    name: str
    under: str
    block: str = field(repr=False)
    check_value: str | None = None
    replace: bool = False


@dataclass(frozen=True, slots=True)
class ExportKey(Request[str]):
    command = "export-key"
    management = True
    name: str
    under: str
    mode: str | None = None


@dataclass(frozen=True, slots=True)
class DeriveDeviceKey(Request[KeyInfo]):
    command = "derive-device-key"
    management = True
    name: str
    base: str
    ksn: bytes
    replace: bool = False


@dataclass(frozen=True, slots=True)
class DescribeKey(Request[KeyInfo]):
    command = "describe-key"
    name: str


@dataclass(frozen=True, slots=True)
class ListKeys(Request[tuple[KeyInfo, ...]]):
    command = "list-keys"
    after: str = ""


@dataclass(frozen=True, slots=True)
class ReplaceKey(Request[KeyInfo]):
    command = "replace-key"
    management = True
    name: str
    successor: str
    keep: str


@dataclass(frozen=True, slots=True)
class DeleteKey(Request[None]):
    command = "delete-key"
    management = True
    name: str


@dataclass(frozen=True, slots=True)
class TranslatePin(Request[bytes]):
    command = "translate-pin"
    pin: EncryptedPin
    pan: str = field(repr=False)
    target: str
    format: PinFormat


@dataclass(frozen=True, slots=True)
class VerifyPin(Request[bool]):
    command = "verify-pin"
    pin: EncryptedPin
    pan: str = field(repr=False)
    reference: Reference
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PinValue(Request[str]):
    command = "pin-value"
    pin: EncryptedPin
    pan: str = field(repr=False)
    reference: Reference


@dataclass(frozen=True, slots=True)
class ChangePin(Request[str | None]):
    command = "change-pin"
    current: EncryptedPin
    new: EncryptedPin
    pan: str = field(repr=False)
    reference: Reference
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class GenerateMac(Request[bytes]):
    command = "generate-mac"
    key: str
    data: bytes = field(repr=False)
    padding: int = 1
    size: int = 8


@dataclass(frozen=True, slots=True)
class VerifyMac(Request[bool]):
    command = "verify-mac"
    key: str
    data: bytes = field(repr=False)
    mac: bytes
    padding: int = 1


@dataclass(frozen=True, slots=True)
class CardValue(Request[str]):
    command = "card-value"
    key: str
    pan: str = field(repr=False)
    expiry: str
    service_code: str


@dataclass(frozen=True, slots=True)
class VerifyCardValue(Request[bool]):
    command = "verify-card-value"
    key: str
    pan: str = field(repr=False)
    expiry: str
    service_code: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class VerifyCryptogram(Request[bool]):
    command = "verify-cryptogram"
    key: str
    chip: ChipCryptogram


@dataclass(frozen=True, slots=True)
class AnswerCryptogram(Request[bytes | None]):
    command = "answer-cryptogram"
    key: str
    chip: ChipCryptogram
    response: bytes


@dataclass(frozen=True, slots=True)
class ScriptMac(Request[bytes]):
    command = "script-mac"
    key: str
    chip: ChipCryptogram
    header: bytes
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RandomBytes(Request[bytes]):
    command = "random-bytes"
    size: int


REQUESTS: tuple[type[Request[Any]], ...] = (
    GenerateKey,
    ImportKey,
    ExportKey,
    DeriveDeviceKey,
    DescribeKey,
    ListKeys,
    ReplaceKey,
    DeleteKey,
    TranslatePin,
    VerifyPin,
    PinValue,
    ChangePin,
    GenerateMac,
    VerifyMac,
    CardValue,
    VerifyCardValue,
    VerifyCryptogram,
    AnswerCryptogram,
    ScriptMac,
    RandomBytes,
)
