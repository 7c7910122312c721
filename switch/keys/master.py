"""The master key: what the file of keys is encrypted under, and is not in it.

It is given as 64 hexadecimal digits, or made from a passphrase by scrypt (RFC 7914) with a salt
and costs that stand in the file. Either way it is an AES-256 key, under which key blocks are of
version D.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from switch.keys.errors import InvalidInputError
from switch.keys.primitives.check_value import aes_check_value
from switch.keys.primitives.key_block import KeyBlockProtection
from switch.runtime import Entropy

MASTER_SIZE = 32
PASSPHRASE_MIN = 12
"""Characters. Whoever has the file can try passphrases; scrypt makes each try cost 32 MiB."""

SALT_SIZE = 16


@dataclass(frozen=True)
class ScryptCosts:
    """The salt and the costs that a passphrase was stretched with. Memory is 128 r 2^log2_n."""

    salt: bytes
    log2_n: int = 15
    r: int = 8
    p: int = 1

    @classmethod
    def new(cls, entropy: Entropy) -> ScryptCosts:
        """A fresh salt and the usual costs."""
        return cls(entropy.token_bytes(SALT_SIZE))


class MasterKey:
    """A master key made ready to wrap. `costs` is None when no passphrase is behind it."""

    def __init__(self, key: bytes, costs: ScryptCosts | None = None) -> None:
        if len(key) != MASTER_SIZE:
            raise InvalidInputError("a master key has 64 hexadecimal digits")
        self.costs = costs
        self.check_value = aes_check_value(key).hex().upper()
        self.protection = KeyBlockProtection(key, "A")

    def __repr__(self) -> str:
        return f"<MasterKey {self.check_value}>"

    @classmethod
    def of_hexadecimal(cls, text: str) -> MasterKey:
        """From 64 hexadecimal digits; raises InvalidInputError, which does not quote them."""
        if not re.fullmatch("[0-9A-Fa-f]{64}", text.strip()):
            raise InvalidInputError("a master key has 64 hexadecimal digits")
        return cls(bytes.fromhex(text.strip()))

    @classmethod
    def of_passphrase(cls, passphrase: str, costs: ScryptCosts) -> MasterKey:
        """From a passphrase of 12 characters or more. Takes about a tenth of a second."""
        if len(passphrase) < PASSPHRASE_MIN:
            raise InvalidInputError(f"a passphrase has at least {PASSPHRASE_MIN} characters")
        kdf = Scrypt(salt=costs.salt, length=MASTER_SIZE, n=1 << costs.log2_n, r=costs.r, p=costs.p)
        return cls(kdf.derive(passphrase.encode()), costs)
