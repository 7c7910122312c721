"""A folder of books belongs to one network, and its books to one process at a time."""

import os
import signal
import subprocess
import sys

import pytest

from switch.service.folder import MARK, DataFolder, FolderError


@pytest.fixture
def folder(tmp_path):
    folder = DataFolder(tmp_path / "books", "local")
    yield folder
    folder.release()


def test_a_new_folder_is_made_and_marked(folder):
    folder.hold(["core"])
    assert (folder.path / MARK).read_text() == "local\n"


def test_an_empty_folder_is_taken(folder):
    folder.path.mkdir()
    folder.hold(["core"])
    assert (folder.path / MARK).exists()


def test_a_folder_of_other_files_is_refused_and_left_as_it_is(folder):
    folder.path.mkdir()
    (folder.path / "thesis.txt").write_text("mine")
    with pytest.raises(FolderError, match="holds other files"):
        folder.hold(["core"])
    assert [each.name for each in folder.path.iterdir()] == ["thesis.txt"]


def test_the_books_of_another_network_are_refused(folder):
    folder.hold(["core"])
    folder.release()
    with pytest.raises(FolderError, match="holds the books of the network 'local', not 'fees'"):
        DataFolder(folder.path, "fees").hold(["core"])


def test_a_part_is_held_once(folder):
    folder.hold(["core", "switch"])
    other = DataFolder(folder.path, "local")
    with pytest.raises(FolderError, match="another process holds the books of switch"):
        other.hold(["issuer", "switch"])


def test_a_failed_hold_holds_nothing(folder):
    folder.hold(["switch"])
    with pytest.raises(FolderError):
        DataFolder(folder.path, "local").hold(["issuer", "switch"])
    third = DataFolder(folder.path, "local")
    third.hold(["issuer"])
    third.release()


def test_parts_are_held_beside_each_other(folder):
    folder.hold(["core"])
    other = DataFolder(folder.path, "local")
    other.hold(["switch"])
    other.release()


def test_a_released_part_can_be_held_again(folder):
    folder.hold(["core"])
    folder.release()
    folder.hold(["core"])


@pytest.mark.process
def test_a_killed_process_holds_nothing(folder):
    code = (
        "import sys, time; from pathlib import Path; from switch.service.folder import DataFolder;"
        "DataFolder(Path(sys.argv[1]), 'local').hold(['core']); print('held', flush=True);"
        "time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(folder.path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(FolderError):
            folder.hold(["core"])
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait(10)
        folder.hold(["core"])
    finally:
        holder.kill()
        holder.wait(10)
        holder.stdout.close()


def test_clear_removes_the_named_books_and_what_sqlite_laid_beside_them(folder):
    folder.hold(["core"])
    for name in ("core.db", "core.db-wal", "core.db-shm", "switch.db"):
        (folder.path / name).write_text("x")
    (folder.path / "terminals" / "GAB00001").mkdir(parents=True)
    folder.clear("core", ["core.db", "terminals"])
    left = {each.name for each in folder.path.iterdir()}
    assert left == {MARK, "core.lock", "switch.db"}


def test_clear_of_books_that_are_not_there_is_nothing(folder):
    folder.hold(["core"])
    folder.clear("core", ["core.db", "terminals"])


def test_only_what_is_held_is_cleared(folder):
    folder.hold(["core"])
    with pytest.raises(FolderError, match="the books of switch are not held"):
        folder.clear("switch", ["switch.db"])


def test_a_file_in_the_place_of_the_folder_is_refused(folder):
    folder.path.write_text("a file")
    with pytest.raises(FolderError, match="cannot be used"):
        folder.hold(["core"])
