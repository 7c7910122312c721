"""Small files that are written whole, by one at a time."""

import fcntl
import os
import stat

import pytest

from switch.runtime.files import locked, replace_file


def test_a_file_is_replaced_whole_and_is_its_owners_alone(tmp_path):
    path = tmp_path / "keys"
    replace_file(path, b"one")
    replace_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_cut_left_is_overwritten_whoever_could_read_it(tmp_path):
    path, left = tmp_path / "keys", tmp_path / "keys.new"
    left.write_text("half of a fi")
    left.chmod(0o666)
    replace_file(path, b"all")
    assert path.read_bytes() == b"all"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not left.exists()


def test_the_unfinished_file_may_have_another_name(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(os, "fsync", lambda file: seen.append(sorted(os.listdir(tmp_path))))
    replace_file(tmp_path / "a.json", b"x", unfinished=tmp_path / "a.part")
    assert seen[0] == ["a.part"]
    assert seen[1] == ["a.json"]


def test_what_there_was_stays_when_it_cannot_be_written(tmp_path, monkeypatch):
    path = tmp_path / "keys"
    replace_file(path, b"one")

    def full(file):
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        replace_file(path, b"two")
    assert path.read_bytes() == b"one"


def test_a_lock_is_held_by_one(tmp_path):
    path = tmp_path / ".lock"
    with locked(path), path.open() as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with path.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
