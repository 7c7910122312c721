"""The vault: card numbers that a party must keep, encrypted under keys that rotate.

    vault/switch.json   the keys of one party's data, which only its owner may read

A text is sealed with AES-256-GCM (NIST SP 800-38D) under the newest key, bound to the row that it
stands in, and holds the number of its key: `1.<key>.<nonce, text and tag in base64>`. Keys are
made by chance, and another one every 30 days, at a start; older ones stay, to open what they
sealed. A card number is looked up by an HMAC-SHA-256 of it under a key that never changes.

With GUICHET_VAULT_KEY (64 hexadecimal digits) in the environment the keys of the file are wrapped
under it (RFC 3394), and the file is of no use to whoever copies the folder; without it whoever can
read the whole folder can read the numbers in it.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)

from switch.runtime import Entropy, WallClock
from switch.runtime.files import locked, replace_file

FOLDER = "vault"
VARIABLE = "GUICHET_VAULT_KEY"
KEY_SIZE = 32
NONCE_SIZE = 12
ROTATED_AFTER = timedelta(days=30)
"""At a thousand card numbers a second a key then seals under 2^32 of them, NIST's limit for
nonces drawn by chance."""

FINGERPRINT_SIZE = 16


class VaultError(Exception):
    """The keys of the vault cannot be used, or a text was not sealed with them."""


class Vault:
    """The keys of one party's data, ready for use."""

    def __init__(self, keys: Mapping[str, bytes], lookup: bytes, entropy: Entropy) -> None:
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self._newest = max(self._ciphers, key=int)
        # Kept with its key in it: to begin one takes longer than to hash a card number.
        self._lookup = hmac.new(lookup, digestmod="sha256")
        self._entropy = entropy

    def __repr__(self) -> str:
        return f"<Vault of {len(self._ciphers)} keys>"

    @classmethod
    def open(
        cls,
        folder: Path,
        party: str,
        entropy: Entropy,
        wall_clock: WallClock,
        environ: Mapping[str, str] = os.environ,
    ) -> Vault:
        """The vault of a party in a data folder, made at first, given another key when it is time.

        Raises VaultError, which names the file.
        """
        path = folder / FOLDER / f"{party}.json"
        outer = _outer_key(environ)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with locked(path.with_name(f"{path.name}.lock")):
                content = _read(path) if path.exists() else _new(outer, entropy)
                changed = not path.exists()
                keys, lookup = _unwrapped(content, outer, path)
                now = wall_clock.now()
                if not keys or now - _newest_made(content) >= ROTATED_AFTER:
                    name, fresh = str(len(keys) + 1), entropy.token_bytes(KEY_SIZE)
                    entry = {"id": name, "made": now.isoformat(), "key": _wrapped(fresh, outer)}
                    content["keys"].append(entry)
                    keys[name], changed = fresh, True
                if changed:
                    _write(path, content)
        except OSError as error:
            raise VaultError(f"{path} cannot be used: {error.strerror}") from None
        return cls(keys, lookup, entropy)

    def seal(self, clear: str, bound_to: str) -> str:
        """`clear` encrypted; it opens only for the row that `bound_to` names."""
        nonce = self._entropy.token_bytes(NONCE_SIZE)
        sealed = self._ciphers[self._newest].encrypt(nonce, clear.encode(), bound_to.encode())
        return f"1.{self._newest}.{base64.b64encode(nonce + sealed).decode()}"

    def unseal(self, sealed: str, bound_to: str) -> str:
        """What was sealed for that row. Raises VaultError, which does not quote it."""
        version, _, rest = sealed.partition(".")
        name, _, text = rest.partition(".")
        cipher = self._ciphers.get(name)
        if version != "1" or cipher is None:
            raise VaultError("a text is under a key that the vault does not hold")
        try:
            data = base64.b64decode(text, validate=True)
            return cipher.decrypt(data[:NONCE_SIZE], data[NONCE_SIZE:], bound_to.encode()).decode()
        except (InvalidTag, ValueError):
            raise VaultError("a text was changed, or belongs to another row") from None

    def fingerprint(self, pan: str) -> str:
        """What a card number is looked up by: 32 hexadecimal digits, of no use without the key.

        A hash without a key would not do: the numbers of an issuer can be tried one by one.
        """
        made = self._lookup.copy()
        made.update(pan.encode())
        return made.digest()[:FINGERPRINT_SIZE].hex()


def is_sealed(text: str) -> bool:
    """Whether a text was sealed, by its look."""
    return re.match(r"1\.[0-9]+\.", text) is not None


def _outer_key(environ: Mapping[str, str]) -> bytes | None:
    given = environ.get(VARIABLE)
    if given is None:
        return None
    if not re.fullmatch("[0-9A-Fa-f]{64}", given.strip()):
        raise VaultError(f"{VARIABLE} does not hold 64 hexadecimal digits")
    return bytes.fromhex(given.strip())


def _new(outer: bytes | None, entropy: Entropy) -> dict[str, Any]:
    lookup = _wrapped(entropy.token_bytes(KEY_SIZE), outer)
    return {"version": 1, "wrapped": outer is not None, "lookup": lookup, "keys": []}


def _wrapped(key: bytes, outer: bytes | None) -> str:
    return (key if outer is None else aes_key_wrap(outer, key)).hex()


def _unwrapped(
    content: dict[str, Any], outer: bytes | None, path: Path
) -> tuple[dict[str, bytes], bytes]:
    try:
        wrapped = bool(content["wrapped"])
        texts = {str(int(each["id"])): bytes.fromhex(each["key"]) for each in content["keys"]}
        lookup = bytes.fromhex(content["lookup"])
        _newest_made(content)
    except (KeyError, TypeError, ValueError):
        raise VaultError(f"{path} is no file of vault keys") from None
    if wrapped != (outer is not None):
        told = f"under a key: set {VARIABLE}" if wrapped else f"under no key: unset {VARIABLE}"
        raise VaultError(f"the keys of {path} are {told}")
    try:
        if outer is not None:
            texts = {name: aes_key_unwrap(outer, text) for name, text in texts.items()}
            lookup = aes_key_unwrap(outer, lookup)
    except InvalidUnwrap:
        raise VaultError(f"{VARIABLE} is not the key of {path}") from None
    if any(len(each) != KEY_SIZE for each in (*texts.values(), lookup)):
        raise VaultError(f"{path} is no file of vault keys")
    return texts, lookup


def _newest_made(content: dict[str, Any]) -> datetime:
    return max(
        (datetime.fromisoformat(each["made"]) for each in content["keys"]),
        default=datetime.min.replace(tzinfo=UTC),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="ascii"))
    except ValueError:
        content = None
    if not isinstance(content, dict) or content.get("version") != 1:
        raise VaultError(f"{path} is no file of vault keys")
    return content


def _write(path: Path, content: dict[str, Any]) -> None:
    replace_file(path, json.dumps(content, indent=1).encode("ascii"))
