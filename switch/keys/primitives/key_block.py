"""Key blocks: a key encrypted together with what it may be used for (TR-31:2018, ANSI X9.143).

Version B is made under a TDES key, version D under AES. From the protection key, two keys are
derived by CMAC over counters: one encrypts, one authenticates. ::

    header | E(length in bits 2, key, fill by chance) | MAC       both of them in hexadecimal

The MAC covers the header and the clear key data, and is the vector of the encryption. The fill
hides how long the key is. Versions A and C bind the key by XOR with constants, which PCI PIN has
ruled out, and are refused, as is version E.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass

from switch.keys.errors import InvalidInputError, InvalidKeyBlockError
from switch.keys.primitives.ciphers import AES_BLOCK, DES_BLOCK, Aes, BlockCipher, Tdes
from switch.keys.primitives.key_block_header import KeyBlockHeader, read_header
from switch.keys.primitives.mac import Cmac
from switch.runtime import Entropy

_LENGTH_SIZE = 2
_ENCRYPTION, _AUTHENTICATION = b"\x00\x00", b"\x00\x01"
_HEX = re.compile("(?:[0-9A-F]{2})+")
_REFUSED = {
    "A": "version A binds by variants: PCI PIN has ruled it out, make it B or D",
    "C": "version C binds by variants: PCI PIN has ruled it out, make it B or D",
    "E": "version E (AES in counter mode) is not taken: make it D",
}
# algorithm indicator and length in bits, by length of the protection key
_TDES_KINDS = {16: "00000080", 24: "000100C0"}
_AES_KINDS = {16: "00020080", 24: "000300C0", 32: "00040100"}
# the longest symmetric key of an algorithm: shorter ones are filled up to it
_FILLED_TO = {"T": 24, "A": 32}


@dataclass(frozen=True)
class _Bound:
    """The two keys derived from a protection key."""

    cipher: BlockCipher
    authentication: Cmac
    mac_size: int


class KeyBlockProtection:
    """A protection key (KBPK), made ready to wrap and unwrap.

    TDES keys of 16 or 24 bytes speak version B, AES keys version D.
    """

    def __init__(self, key: bytes, algorithm: str) -> None:
        kinds = {"T": _TDES_KINDS, "A": _AES_KINDS}.get(algorithm, {})
        if len(key) not in kinds:
            raise InvalidInputError("a protection key is TDES of 16 or 24 bytes, or AES")
        self.version = "B" if algorithm == "T" else "D"
        self._bound = _derive(key, algorithm, bytes.fromhex(kinds[len(key)]))

    def wrap(self, header: KeyBlockHeader, key: bytes, entropy: Entropy) -> str:
        """The key block of `key`. The header's version becomes this protection's."""
        bound = self._bound
        size = bound.cipher.block_size
        filled = max(len(key), _FILLED_TO.get(header.algorithm, 0))
        fill = filled - len(key) + -(_LENGTH_SIZE + filled) % size
        clear = (8 * len(key)).to_bytes(_LENGTH_SIZE) + key + entropy.token_bytes(fill)
        head = KeyBlockHeader(
            self.version,
            header.usage,
            header.algorithm,
            header.mode,
            header.key_version,
            header.exportability,
            header.optional,
        ).write(2 * (len(clear) + bound.mac_size), size)
        mac = bound.authentication.mac(head.encode("ascii") + clear)
        return head + (bound.cipher.encrypt_cbc(mac, clear) + mac).hex().upper()

    def unwrap(self, block: str) -> tuple[KeyBlockHeader, bytes]:
        """What a block says of its key, and the key.

        Raises InvalidKeyBlockError when the block cannot be read, is of another version, or was
        changed or made under another key: these last two cannot be told apart.
        """
        header, end = read_header(block)
        if header.version in _REFUSED:
            raise InvalidKeyBlockError(_REFUSED[header.version])
        if header.version != self.version:
            raise InvalidKeyBlockError(
                f"the key block is version {header.version}, this key is for {self.version}"
            )
        bound = self._bound
        size, tail = bound.cipher.block_size, block[end:]
        if not _HEX.fullmatch(tail):
            raise InvalidKeyBlockError("what follows the header is not hexadecimal")
        data, mac = _cut(bytes.fromhex(tail), bound.mac_size)
        if len(data) < size or len(data) % size:
            raise InvalidKeyBlockError("the encrypted key is not whole cipher blocks")
        clear = bound.cipher.decrypt_cbc(mac, data)
        right = bound.authentication.mac(block[:end].encode("ascii") + clear)
        if not hmac.compare_digest(right, mac):
            raise InvalidKeyBlockError("the key block was made under another key, or changed")
        bits = int.from_bytes(clear[:_LENGTH_SIZE])
        if bits % 8 or not 0 < bits // 8 <= len(clear) - _LENGTH_SIZE:
            raise InvalidKeyBlockError("the length of the key inside is wrong")
        return header, clear[_LENGTH_SIZE : _LENGTH_SIZE + bits // 8]


def _cut(data: bytes, mac_size: int) -> tuple[bytes, bytes]:
    return data[:-mac_size], data[-mac_size:]


def _derive(key: bytes, algorithm: str, kind: bytes) -> _Bound:
    """Derivation data: counter 1, purpose 2, a zero, algorithm 2, length in bits 2."""
    cmac = Cmac.tdes(key) if algorithm == "T" else Cmac.aes(key)
    size = DES_BLOCK if algorithm == "T" else AES_BLOCK

    def derived(purpose: bytes) -> bytes:
        counters = range(1, 1 + -(-len(key) // size))
        made = b"".join(cmac.mac(bytes((one,)) + purpose + b"\x00" + kind) for one in counters)
        return made[: len(key)]

    encryption, authentication = derived(_ENCRYPTION), derived(_AUTHENTICATION)
    if algorithm == "T":
        return _Bound(Tdes(encryption), Cmac.tdes(authentication), DES_BLOCK)
    return _Bound(Aes(encryption), Cmac.aes(authentication), AES_BLOCK)
