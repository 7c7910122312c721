"""Which keys a party opens, and what it says of those that are named and not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.testing import virtual_world
from switch.keys import Algorithm, KeyFile, KeyFileError, MasterKey, Purpose
from switch.keys.held import HeldKey
from switch.keys.key_file import StoredKey
from switch.keys.made_up import KeyNeed
from switch.keys.primitives.ciphers import odd_parity
from switch.service.keyring import Keyring
from switch.settings.keys import KeysSettings

MASTER = "11" * 32
NEEDS = [KeyNeed(name, Purpose.RETAIL_MAC) for name in ("mak.one", "mak.two")]


def opened(world: Any, path: Path, needs: list[KeyNeed]) -> list[str]:
    """The warnings of a party that opens this file."""
    process = world.process("switch")
    settings = KeysSettings(file=str(path))
    environ = {"GUICHET_MASTER_KEY": MASTER}
    process.call(Keyring.open, process.runtime, settings, path.parent, "switch", needs, environ)
    return [str(event) for event in world.history.events if "keys are missing" in str(event)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with one of the two keys."""
    with virtual_world(seed=1) as world:
        master = MasterKey(bytes.fromhex(MASTER))
        clear = odd_parity(bytes(range(16)))
        key = HeldKey.new("mak.one", Purpose.RETAIL_MAC, Algorithm.TDES2, clear, exportable=False)
        block = key.stored(master.protection, world.runtime("keys").entropy)
        file = KeyFile(tmp_path / "keys.yaml")
        file.create(master, {"mak.one": StoredKey(block=block, check_value=key.info.check_value)})
    return file.path


def test_a_key_that_is_named_and_not_there_is_told_by_its_name(path: Path) -> None:
    with virtual_world(seed=1) as world:
        (told,) = opened(world, path, NEEDS)
    assert "mak.two" in told
    assert "mak.one" not in told


def test_nothing_is_told_of_a_file_that_has_every_key(path: Path) -> None:
    with virtual_world(seed=1) as world:
        assert opened(world, path, NEEDS[:1]) == []


def test_no_more_than_ten_are_named(path: Path) -> None:
    many = [KeyNeed(f"tak.GAB{number:05}", Purpose.RETAIL_MAC) for number in range(500)]
    with virtual_world(seed=1) as world:
        (told,) = opened(world, path, many)
    assert "tak.GAB00009 and 490 more" in told


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with virtual_world(seed=1) as world, pytest.raises(KeyFileError, match="there is no file"):
        opened(world, tmp_path / "none.yaml", NEEDS)
