"""Opening the keys of a party, without loading any cryptography for one that has none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from switch.runtime import Runtime
from switch.settings.keys import KeysSettings

if TYPE_CHECKING:
    from switch.keys.made_up import KeyNeed
    from switch.keys.vault import Vault
    from switch.service.keyring import Keyring


class KeysError(Exception):
    """The keys of a party cannot be opened; it says which file, and why."""


def open_keyring(
    runtime: Runtime,
    settings: KeysSettings | None,
    folder: Path,
    party: str,
    needs: Callable[[], Iterable[KeyNeed]],
) -> Keyring | None:
    """The keyring of a party, None in a network without keys; raises KeysError.

    `needs` are the keys that it works with: in a network for tests they are made up.
    """
    if settings is None:
        return None
    from switch.keys import SecurityModuleError
    from switch.service.keyring import Keyring

    try:
        return Keyring.open(runtime, settings, folder, party, needs())
    except SecurityModuleError as error:
        raise KeysError(str(error)) from None


def open_vault(runtime: Runtime, folder: Path, party: str) -> Vault:
    """The keys under which a party keeps card numbers; raises KeysError."""
    from switch.keys.vault import Vault, VaultError

    try:
        return Vault.open(folder, party, runtime.entropy, runtime.wall_clock)
    except VaultError as error:
        raise KeysError(str(error)) from None
