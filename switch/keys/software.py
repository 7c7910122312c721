"""The security module in software: keys in memory, and in a file under a master key.

It is no hardware: whoever can read this process' memory has the keys. docs/security-module.md
says what that means.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred, fail, succeed

from switch.keys.audit import DONE, Audit, AuditRecord, no_audit
from switch.keys.card_service import CardService
from switch.keys.errors import KeyExistsError, KeyFileError, SecurityModuleError, UnknownKeyError
from switch.keys.held import HeldKey, KeyRing
from switch.keys.key_file import KeyFile, Keys, StoredKey
from switch.keys.key_service import KeyService
from switch.keys.master import MasterKey
from switch.keys.module import SecurityModule
from switch.keys.pin_service import PinService
from switch.keys.primitives.pin_block import PinFormat
from switch.keys.requests import (
    AnswerCryptogram,
    CardValue,
    ChangePin,
    DeleteKey,
    DeriveDeviceKey,
    DescribeKey,
    ExportKey,
    GenerateKey,
    GenerateMac,
    ImportKey,
    ListKeys,
    PinValue,
    RandomBytes,
    ReplaceKey,
    Request,
    ScriptMac,
    TranslatePin,
    VerifyCardValue,
    VerifyCryptogram,
    VerifyMac,
    VerifyPin,
)
from switch.keys.usage import Algorithm, Purpose
from switch.keys.values import KeyInfo, check_name, shown
from switch.runtime import Entropy, Executor

T = TypeVar("T")


@dataclass(frozen=True)
class KeyStore:
    """Where a module keeps its keys: a file, its master key, and the thread that writes it."""

    file: KeyFile
    master: MasterKey
    executor: Executor


class SoftwareModule(SecurityModule):
    """Performs requests at once; those that change keys once the file is safe on the disk.

    `audit` hears of every request that manages keys, and of every one that is refused.
    """

    def __init__(
        self, entropy: Entropy, store: KeyStore | None = None, audit: Audit = no_audit
    ) -> None:
        self._entropy = entropy
        self._store = store
        self._audit = audit
        self._ring = KeyRing()
        keys = KeyService(self._ring, entropy)
        pins = PinService(self._ring, entropy)
        cards = CardService(self._ring, entropy)
        self._keys = keys
        self._pins = pins
        self._handlers: dict[type, Callable[[Any], Any]] = {
            GenerateKey: lambda request: self._hold(keys.generate(request), request.replace),
            ImportKey: lambda request: self._hold(keys.bring_in(request), request.replace),
            DeriveDeviceKey: lambda request: self._hold(keys.derive(request), request.replace),
            ExportKey: keys.give_out,
            DescribeKey: keys.describe,
            ListKeys: keys.page,
            ReplaceKey: self._replace,
            DeleteKey: self._delete,
            TranslatePin: pins.translate,
            VerifyPin: pins.verify,
            PinValue: pins.value,
            ChangePin: pins.change,
            GenerateMac: cards.generate_mac,
            VerifyMac: cards.verify_mac,
            CardValue: cards.card_value,
            VerifyCardValue: cards.verify_card_value,
            VerifyCryptogram: cards.verify_cryptogram,
            AnswerCryptogram: cards.answer_cryptogram,
            ScriptMac: cards.script_mac,
            RandomBytes: cards.random,
        }

    @classmethod
    def open(
        cls,
        path: Path,
        master: MasterKey,
        entropy: Entropy,
        executor: Executor,
        audit: Audit = no_audit,
    ) -> SoftwareModule:
        """The module with the keys of a file. Reads it at once, and raises KeyFileError."""
        file = KeyFile(path)
        module = cls(entropy, KeyStore(file, master, executor), audit)
        for name, stored in file.read(master).items():
            try:
                key = HeldKey.of_stored(check_name(name), stored.block, master.protection)
            except SecurityModuleError as error:
                raise KeyFileError(f"{path}: the key {shown(name)}: {error}") from None
            module._ring.put(key)
        return module

    def perform(self, request: Request[T]) -> Deferred[T]:
        try:
            outcome = self._handlers[type(request)](request)
        except SecurityModuleError as error:
            self._note(request, error)
            return fail(error)
        except Exception as error:  # noqa: BLE001 - an unforeseen error could quote what it met
            hidden = SecurityModuleError(f"the module failed: {type(error).__name__}")
            self._note(request, hidden)
            return fail(hidden)
        if not request.management:
            return succeed(cast(T, outcome))
        done: Deferred[T] = outcome if isinstance(outcome, Deferred) else succeed(outcome)
        return done.addCallbacks(
            lambda result: self._done(request, result),
            lambda failure: self._failed(request, failure),
        )

    def form_key(
        self,
        name: str,
        purpose: Purpose,
        algorithm: Algorithm,
        components: list[bytes],
        *,
        exportable: bool = False,
        replace: bool = False,
    ) -> Deferred[KeyInfo]:
        """Hold the key that several people's components form: the end of a key ceremony.

        Here only, not in the interface: components are for the console beside the module.
        """
        try:
            key = self._keys.form(
                name, purpose, algorithm, components, exportable=exportable, replaces=replace
            )
        except SecurityModuleError as error:
            self._audit(AuditRecord("form-key", (shown(name),), error.code, str(error)))
            return fail(error)
        held = self._hold(key, replace)
        held.addCallback(self._formed)
        return held

    def encrypt_pin(
        self, key: str, pin_format: PinFormat, pin: str, pan: str, *, ksn: bytes | None = None
    ) -> Deferred[bytes]:
        """The block of a PIN keyed at this machine: what a terminal's encrypting PIN pad does.

        Here only, not in the interface: with a key that others use, it would answer what the
        block of every PIN is. The key is a `pin-pad` key, or a PIN pad's DUKPT key with a `ksn`.
        """
        try:
            return succeed(self._pins.enter(key, pin_format, pin, pan, ksn))
        except SecurityModuleError as error:
            self._audit(AuditRecord("encrypt-pin", (shown(key),), error.code, str(error)))
            return fail(error)

    def _hold(self, key: HeldKey, replace: bool) -> Deferred[KeyInfo]:
        name = key.info.name
        if self._store is None:
            self._ring.put(key)
            return succeed(key.info)
        block = key.stored(self._store.master.protection, self._entropy)
        stored = StoredKey(block=block, check_value=key.info.check_value)

        def change(keys: Keys) -> None:
            if name in keys and not replace:
                raise KeyExistsError(f"there is a key {shown(name)} already")
            keys[name] = stored

        def put(_: None) -> KeyInfo:
            self._ring.put(key)
            return key.info

        return self._write(change).addCallback(put)

    def _replace(self, request: ReplaceKey) -> Deferred[KeyInfo]:
        key, kept = self._keys.succeed(request)
        if self._store is None:
            return succeed(self._replaced(request, key, kept))
        blocks = {
            each.info.name: StoredKey(
                block=each.stored(self._store.master.protection, self._entropy),
                check_value=each.info.check_value,
            )
            for each in (key, kept)
        }

        def change(keys: Keys) -> None:
            if keys.pop(request.successor, None) is None:
                raise UnknownKeyError(f"there is no key {shown(request.successor)}")
            keys.update(blocks)

        return self._write(change).addCallback(lambda _: self._replaced(request, key, kept))

    def _replaced(self, request: ReplaceKey, key: HeldKey, kept: HeldKey) -> KeyInfo:
        self._ring.remove(request.successor)
        self._ring.put(kept)
        self._ring.put(key)
        return key.info

    def _delete(self, request: DeleteKey) -> Deferred[None]:
        name = self._ring.get(request.name).info.name

        def change(keys: Keys) -> None:
            if keys.pop(name, None) is None:
                raise UnknownKeyError(f"there is no key {shown(name)}")

        def remove(_: None) -> None:
            self._ring.remove(name)

        return (succeed(None) if self._store is None else self._write(change)).addCallback(remove)

    def _write(self, change: Callable[[Keys], None]) -> Deferred[None]:
        store = self._store
        assert store is not None, "only a module with a file writes one"
        return store.executor.run(lambda: store.file.update(store.master, change))

    def _formed(self, info: KeyInfo) -> KeyInfo:
        self._audit(AuditRecord("form-key", (info.name,), DONE))
        return info

    def _done(self, request: Request[T], result: T) -> T:
        self._audit(AuditRecord(request.command, tuple(request.key_names()), DONE))
        return result

    def _failed(self, request: Request[T], failure: Any) -> Any:
        error = failure.value
        if not isinstance(error, SecurityModuleError):
            error = SecurityModuleError(f"the module failed: {type(error).__name__}")
        self._note(request, error)
        return fail(error)

    def _note(self, request: Request[Any], error: SecurityModuleError) -> None:
        names = tuple(shown(name) for name in request.key_names())
        self._audit(AuditRecord(request.command, names, error.code, str(error)))
