"""Another master key: every key block of a file made anew, in one step."""

from __future__ import annotations

from switch.keys.errors import KeyFileError, SecurityModuleError
from switch.keys.held import HeldKey
from switch.keys.key_file import KeyFile, Keys, StoredKey
from switch.keys.master import MasterKey
from switch.keys.values import check_name, shown
from switch.runtime import Entropy


def rotate_master(file: KeyFile, old: MasterKey, new: MasterKey, entropy: Entropy) -> int:
    """Put all keys of a file under `new`; how many there are.

    The old file stays until the new one is complete. Modules that have it open keep working with
    what they hold, and cannot write it until they are started with the new master key. Raises
    KeyFileError, and then nothing has changed.
    """
    count = 0

    def under_new(keys: Keys) -> Keys:
        nonlocal count
        moved = {}
        for name, stored in keys.items():
            try:
                key = HeldKey.of_stored(check_name(name), stored.block, old.protection)
            except SecurityModuleError as error:
                raise KeyFileError(f"{file.path}: the key {shown(name)}: {error}") from None
            block = key.stored(new.protection, entropy)
            moved[name] = StoredKey(block=block, check_value=key.info.check_value)
        count = len(moved)
        return moved

    file.rewrite(old, new, under_new)
    return count
