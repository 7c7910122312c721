from __future__ import annotations

import fcntl
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from twisted.internet.defer import Deferred, execute

from switch.keys import (
    KeyExistsError,
    KeyFile,
    KeyFileError,
    MasterKey,
    Purpose,
    SoftwareModule,
    UnknownKeyError,
)
from switch.keys.key_file import StoredKey
from switch.keys.master import ScryptCosts
from switch.keys.primitives.key_block_header import KeyBlockHeader, OptionalBlock
from switch.keys.rotation import rotate_master
from switch.runtime import Random, SeededEntropy

T = TypeVar("T")
ENTROPY = SeededEntropy(Random(1))
MASTER, NEXT = MasterKey(bytes(range(32))), MasterKey(bytes(range(1, 33)))


class Inline:
    """Runs work at once."""

    def run(self, work: Callable[[], T]) -> Deferred[T]:
        return execute(work)

    def stop(self) -> Deferred[None]:
        return execute(lambda: None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of keys, without keys."""
    path = tmp_path / "keys.yaml"
    KeyFile(path).create(MASTER)
    return path


def opened(path: Path, master: MasterKey = MASTER) -> SoftwareModule:
    return SoftwareModule.open(path, master, ENTROPY, Inline())


def test_keys_are_there_after_a_restart(path: Path, now: Any) -> None:
    first = opened(path)
    now(first.generate_key("mac", Purpose.RETAIL_MAC))
    mac = now(first.generate_mac("mac", b"data"))
    assert now(opened(path).verify_mac("mac", b"data", mac))


def test_the_file_holds_no_key_and_is_its_owners_alone(path: Path, now: Any) -> None:
    module = opened(path)
    now(module.generate_key("mac", Purpose.RETAIL_MAC))
    text = path.read_text()
    assert module._ring.get("mac").clear.hex().upper() not in text.upper()
    for one in path.parent.iterdir():
        assert stat.S_IMODE(one.stat().st_mode) == 0o600


def test_another_master_key_does_not_open_the_file(path: Path) -> None:
    with pytest.raises(KeyFileError, match="under the master key") as refused:
        opened(path, NEXT)
    assert bytes(range(32)).hex() not in str(refused.value)


def test_a_file_is_not_made_over_another(path: Path) -> None:
    with pytest.raises(KeyFileError, match="exists already"):
        KeyFile(path).create(MASTER)


def test_blocks_cannot_change_places_in_the_file(path: Path, now: Any) -> None:
    module = opened(path)
    for name in ("one", "two"):
        now(module.generate_key(name, Purpose.PIN))
    file = KeyFile(path)

    def exchange(keys: dict[str, StoredKey]) -> None:
        keys["one"], keys["two"] = keys["two"], keys["one"]

    file.update(MASTER, exchange)
    with pytest.raises(KeyFileError, match="'one'"):
        opened(path)


def test_a_changed_block_is_noticed_and_its_key_named(path: Path, now: Any) -> None:
    now(opened(path).generate_key("mac", Purpose.RETAIL_MAC))
    text = path.read_text()
    path.write_text(text.replace("M3TC", "P0TB"))
    with pytest.raises(KeyFileError, match="'mac'"):
        opened(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "keys: {}\n",
        "version: 2\nmaster: {check_value: x}\n",
        "version: 1\nmaster: {check_value: 'x'}\nkeys: {mac: {blok: '1', check_value: '2'}}\n",
        "\0",
    ],
)
def test_what_is_not_a_file_of_keys_is_refused_with_its_place(text: str, path: Path) -> None:
    path.write_text(text)
    with pytest.raises(KeyFileError, match=r"keys\.yaml"):
        opened(path)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"none\.yaml"):
        opened(tmp_path / "none.yaml")


def test_two_modules_of_one_file_do_not_lose_each_others_keys(path: Path, now: Any) -> None:
    one, two = opened(path), opened(path)
    now(one.generate_key("from.one", Purpose.PIN))
    now(two.generate_key("from.two", Purpose.PIN))
    with pytest.raises(KeyExistsError):
        now(two.generate_key("from.one", Purpose.PIN))
    names = [info.name for info in now(opened(path).list_keys())]
    assert names == ["from.one", "from.two"]


def test_nobody_else_changes_the_file_in_the_middle_of_a_change(path: Path) -> None:
    def change(keys: dict[str, StoredKey]) -> None:
        with path.with_name("keys.yaml.lock").open() as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    KeyFile(path).update(MASTER, change)
    with path.with_name("keys.yaml.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_deleted_key_is_gone_from_the_file(path: Path, now: Any) -> None:
    module, other = opened(path), opened(path)
    now(module.generate_key("mac", Purpose.RETAIL_MAC))
    now(module.delete_key("mac"))
    assert "mac" not in KeyFile(path).read(MASTER)
    with pytest.raises(UnknownKeyError):
        now(other.delete_key("mac"))


def test_a_key_that_cannot_be_written_is_not_held(
    path: Path, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = opened(path)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("switch.runtime.files.os.fsync", full)
    with pytest.raises(KeyFileError, match="No space left"):
        now(module.generate_key("mac", Purpose.RETAIL_MAC))
    with pytest.raises(UnknownKeyError):
        now(module.describe_key("mac"))
    monkeypatch.undo()
    assert KeyFile(path).read(MASTER) == {}


def test_a_half_written_file_of_a_crash_is_in_nobodys_way(path: Path, now: Any) -> None:
    path.with_name("keys.yaml.new").write_text("version: 1\nmas")
    now(opened(path).generate_key("mac", Purpose.RETAIL_MAC))
    assert list(KeyFile(path).read(MASTER)) == ["mac"]


def test_labels_of_any_printable_text_survive_the_file(path: Path, now: Any) -> None:
    module = opened(path)
    now(module.generate_key("zmk", Purpose.ZONE_MASTER))
    label = OptionalBlock("LB", "a \"quoted\" \\ label: {#} 'x' %20")
    header = KeyBlockHeader("B", "P0", "T", "B", "00", "E", (label,))
    under = module._ring.get("zmk").protection
    now(module.import_key("pin", under.wrap(header, bytes(range(16)), ENTROPY), "zmk"))
    assert opened(path)._ring.get("pin").header.optional == (label,)


def test_rotation_puts_every_key_under_the_next_master_key(path: Path, now: Any) -> None:
    module = opened(path)
    for name in ("one", "two"):
        now(module.generate_key(name, Purpose.RETAIL_MAC))
    before = path.read_text()
    assert rotate_master(KeyFile(path), MASTER, NEXT, ENTROPY) == 2
    with pytest.raises(KeyFileError):
        opened(path)
    moved = opened(path, NEXT)
    for name in ("one", "two"):
        assert now(moved.generate_mac(name, b"x")) == now(module.generate_mac(name, b"x"))
    blocks = [line for line in before.splitlines() if "block:" in line]
    assert not any(block in path.read_text() for block in blocks)


def test_a_module_that_slept_through_a_rotation_cannot_write(path: Path, now: Any) -> None:
    module = opened(path)
    rotate_master(KeyFile(path), MASTER, NEXT, ENTROPY)
    with pytest.raises(KeyFileError, match="under the master key"):
        now(module.generate_key("mac", Purpose.RETAIL_MAC))


def test_a_rotation_that_meets_a_bad_block_changes_nothing(path: Path, now: Any) -> None:
    now(opened(path).generate_key("mac", Purpose.RETAIL_MAC))
    path.write_text(path.read_text().replace("M3TC", "P0TB"))
    before = path.read_text()
    with pytest.raises(KeyFileError, match="'mac'"):
        rotate_master(KeyFile(path), MASTER, NEXT, ENTROPY)
    assert path.read_text() == before


def test_the_salt_and_costs_of_a_passphrase_are_in_the_file(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys.yaml")
    costs = ScryptCosts(bytes(range(16)), log2_n=14)
    file.create(MasterKey.of_passphrase("correct horse battery", costs))
    assert file.costs() == costs
    again = MasterKey.of_passphrase("correct horse battery", costs)
    assert file.read(again) == {}
    assert "correct horse" not in json.dumps(file.path.read_text())
