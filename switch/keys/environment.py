"""Where the master key comes from: two variables of the environment, of which one is set.

`GUICHET_MASTER_KEY` holds 64 hexadecimal digits, `GUICHET_MASTER_PASSPHRASE` a passphrase; to
rotate, `GUICHET_NEW_MASTER_KEY` and `GUICHET_NEW_MASTER_PASSPHRASE` hold the next one.
"""

from __future__ import annotations

from collections.abc import Mapping

from switch.keys.errors import KeyFileError
from switch.keys.key_file import KeyFile
from switch.keys.master import MasterKey, ScryptCosts
from switch.runtime import Entropy

MASTER = "GUICHET_MASTER"
NEW_MASTER = "GUICHET_NEW_MASTER"


def master_of(
    environ: Mapping[str, str], file: KeyFile, entropy: Entropy, prefix: str = MASTER
) -> MasterKey:
    """The master key that the environment gives for a file.

    A passphrase is stretched as the file says, or in a new way for a file that does not exist and
    for the next master key. Raises KeyFileError or InvalidInputError, which never quote it.
    """
    key = environ.get(f"{prefix}_KEY")
    passphrase = environ.get(f"{prefix}_PASSPHRASE")
    if (key is None) == (passphrase is None):
        which = "neither" if key is None else "both"
        raise KeyFileError(f"set {prefix}_KEY or {prefix}_PASSPHRASE: {which} of them is set")
    if key is not None:
        return MasterKey.of_hexadecimal(key)
    assert passphrase is not None, "one of them is set"
    if prefix == MASTER and file.exists():
        costs = file.costs()
        if costs is None:
            raise KeyFileError(f"{file.path} is under a master key, not under a passphrase")
    else:
        costs = ScryptCosts.new(entropy)
    return MasterKey.of_passphrase(passphrase, costs)
