"""Keys of a network that is only for tests: made up from one secret in its data folder.

    keys/master.key     64 hexadecimal digits, made at the first start; only its owner can read it
    keys/switch.yaml    the switch's file of keys, under that master key
    keys/issuer.yaml    the issuer's, and so on: each party has a file of its own

A key that two parties share has one name; both derive it from the secret and the name, whichever
of them starts first. What a key exchange replaces is replaced in the files. No bank's key is ever
made like this: see docs/keys.md.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from switch.keys.errors import InvalidInputError, KeyFileError
from switch.keys.held import HeldKey, KeyRing
from switch.keys.key_file import KeyFile, Keys, StoredKey
from switch.keys.master import MASTER_SIZE, MasterKey
from switch.keys.primitives.ciphers import odd_parity
from switch.keys.usage import Algorithm, Purpose
from switch.runtime import Entropy

FOLDER = "keys"
SECRET = "master.key"
_PRIVATE, _PRIVATE_FOLDER = 0o600, 0o700


@dataclass(frozen=True)
class KeyNeed:
    """A key that a party works with. Parties that share it give it the same name."""

    name: str
    purpose: Purpose
    algorithm: Algorithm = Algorithm.TDES2
    published: bytes | None = field(default=None, repr=False)
    """A published test value, instead of one that is made up."""
    exportable: bool = False


class MadeUpKeys:
    """The made-up keys of one data folder. Its methods block."""

    def __init__(self, folder: Path, entropy: Entropy) -> None:
        self._folder = folder / FOLDER
        self._entropy = entropy
        self._secret = self._read_secret()
        self.master = MasterKey(self._secret)

    def path_of(self, party: str) -> Path:
        """The file of a party's keys."""
        return self._folder / f"{party}.yaml"

    def provide(self, party: str, needs: Iterable[KeyNeed]) -> Path:
        """See to it that a party's file holds these keys; those that are there stay as they are.

        Raises KeyFileError, and InvalidInputError for more keys than a module holds.
        """
        wanted = {need.name: need for need in needs}
        if len(wanted) > KeyRing.SIZE_MAX:
            raise InvalidInputError(
                f"{party} would need {len(wanted)} keys, and a module holds {KeyRing.SIZE_MAX}"
            )
        file = KeyFile(self.path_of(party))
        if not file.exists():
            file.create(self.master, self._made(wanted.values()))
        elif missing := wanted.keys() - file.read(self.master).keys():
            fresh = self._made(wanted[name] for name in sorted(missing))
            file.update(self.master, lambda keys: keys.update(fresh))
        return file.path

    def value_of(self, name: str, algorithm: Algorithm) -> bytes:
        """The clear key of that name: an HMAC of the name, of odd parity for TDES."""
        made = b""
        while len(made) < algorithm.size:
            label = f"{name}/{algorithm.value}/{len(made)}".encode()
            made += hmac.new(self._secret, label, hashlib.sha256).digest()
        clear = made[: algorithm.size]
        return odd_parity(clear) if algorithm.letter == "T" else clear

    def _made(self, needs: Iterable[KeyNeed]) -> Keys:
        keys = {}
        for need in needs:
            clear = need.published or self.value_of(need.name, need.algorithm)
            key = HeldKey.new(
                need.name, need.purpose, need.algorithm, clear, exportable=need.exportable
            )
            block = key.stored(self.master.protection, self._entropy)
            keys[need.name] = StoredKey(block=block, check_value=key.info.check_value)
        return keys

    def _read_secret(self) -> bytes:
        path = self._folder / SECRET
        try:
            self._folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            if not path.exists():
                self._write_secret(path)
            secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
        except (OSError, ValueError) as error:
            told = getattr(error, "strerror", None) or "it does not hold hexadecimal digits"
            raise KeyFileError(f"{path} cannot be used: {told}") from None
        if len(secret) != MASTER_SIZE:
            raise KeyFileError(f"{path} does not hold {2 * MASTER_SIZE} hexadecimal digits")
        return secret

    def _write_secret(self, path: Path) -> None:
        """Put a secret there whole; where another party did at the same time, theirs stays."""
        fresh = path.with_name(f"{SECRET}.{os.getpid()}")
        file = os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, _PRIVATE)
        with os.fdopen(file, "w", encoding="ascii") as out:
            out.write(self._entropy.token_bytes(MASTER_SIZE).hex().upper() + "\n")
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            return
        finally:
            fresh.unlink()
