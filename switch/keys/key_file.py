"""The file of keys: YAML, a key block a key, all under a master key that is not in it.

    version: 1
    master: {check_value: "...", scrypt: {...}}      scrypt only when a passphrase is behind it
    keys:
      zpk.issuer: {block: "D0144P0TB00E0100...", check_value: "08D7B4"}

Several processes may use one file. Whoever changes it takes a lock beside it, reads it again,
and puts a new file in its place in one step; a crash leaves the old one or the new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from switch.keys.errors import KeyFileError
from switch.keys.master import MasterKey, ScryptCosts
from switch.runtime.files import locked, replace_file
from switch.settings import Model, SettingsError, Text, Whole, load

_PRIVATE = 0o600


class ScryptSettings(Model):
    """How the master key was made from a passphrase."""

    salt: Annotated[str, Field(pattern="^[0-9A-F]{32}$")]
    log2_n: Annotated[Whole, Field(ge=14, le=20)]
    r: Annotated[Whole, Field(ge=8, le=32)]
    p: Annotated[Whole, Field(ge=1, le=4)]


class MasterSettings(Model):
    """Which master key the blocks are under."""

    check_value: Text
    scrypt: ScryptSettings | None = None


class StoredKey(Model):
    """One key: its block under the master key, and its check value for people."""

    block: Text
    check_value: Text


class KeyFileContent(Model):
    """All of a file of keys."""

    version: Literal["1"]
    master: MasterSettings
    keys: dict[str, StoredKey] = Field(default_factory=dict)


Keys = dict[str, StoredKey]


@dataclass(frozen=True)
class KeyFile:
    """A file of keys at a path. Its methods block: they run in an executor or in a command."""

    path: Path

    def exists(self) -> bool:
        """Whether there is such a file."""
        return self.path.exists()

    def costs(self) -> ScryptCosts | None:
        """What to stretch the passphrase with; None when the master key has none."""
        scrypt = self._read().master.scrypt
        if scrypt is None:
            return None
        return ScryptCosts(bytes.fromhex(scrypt.salt), scrypt.log2_n, scrypt.r, scrypt.p)

    def read(self, master: MasterKey) -> Keys:
        """The keys, still wrapped. Raises KeyFileError, as when they are under another master."""
        content = self._read()
        self._check(content, master)
        return content.keys

    def create(self, master: MasterKey, keys: Keys | None = None) -> None:
        """Write a file, of no keys or of these. Raises KeyFileError when there is one already."""
        with self._locked():
            if self.exists():
                raise KeyFileError(f"{self.path} exists already")
            self._write(master, keys or {})

    def update(self, master: MasterKey, change: Callable[[Keys], None]) -> None:
        """Read the keys, let `change` alter them, and write them; nobody comes in between."""
        with self._locked():
            keys = dict(self.read(master))
            change(keys)
            self._write(master, keys)

    def rewrite(self, old: MasterKey, new: MasterKey, change: Callable[[Keys], Keys]) -> None:
        """Put everything under another master key, in one step."""
        with self._locked():
            self._write(new, change(self.read(old)))

    def _read(self) -> KeyFileContent:
        try:
            return load(self.path, KeyFileContent)
        except SettingsError as error:
            raise KeyFileError(str(error)) from None

    def _check(self, content: KeyFileContent, master: MasterKey) -> None:
        if content.master.check_value != master.check_value:
            raise KeyFileError(
                f"{self.path} is under the master key {content.master.check_value}, "
                f"not {master.check_value}"
            )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        beside = self.path.with_name(f"{self.path.name}.lock")
        with ExitStack() as held:
            try:
                held.enter_context(locked(beside))
            except OSError as error:
                raise KeyFileError(f"{self.path} cannot be locked: {error.strerror}") from None
            yield

    def _write(self, master: MasterKey, keys: Keys) -> None:
        """Everything into a new file that only its owner reads, then the new one for the old."""
        try:
            replace_file(self.path, _text(master, keys).encode("ascii"))
        except OSError as error:
            raise KeyFileError(f"{self.path} cannot be written: {error.strerror}") from None


def _text(master: MasterKey, keys: Keys) -> str:
    """The file. Names and blocks are checked and hold nothing that YAML would want escaped,
    except that a block's optional data may: quotes and backslashes are."""
    lines = [
        "# Keys of a security module, each in a key block under a master key kept elsewhere.",
        "version: 1",
        "master:",
        f'  check_value: "{master.check_value}"',
    ]
    if (costs := master.costs) is not None:
        lines += [
            "  scrypt:",
            f'    salt: "{costs.salt.hex().upper()}"',
            f"    log2_n: {costs.log2_n}",
            f"    r: {costs.r}",
            f"    p: {costs.p}",
        ]
    lines.append("keys:" if keys else "keys: {}")
    for name in sorted(keys):
        block = keys[name].block.replace("\\", "\\\\").replace('"', '\\"')
        lines += [f'  "{name}":', f'    block: "{block}"']
        lines.append(f'    check_value: "{keys[name].check_value}"')
    return "\n".join(lines) + "\n"
