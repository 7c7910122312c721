from __future__ import annotations

from pathlib import Path

import pytest

from switch.keys import InvalidInputError, KeyFile, KeyFileError, MasterKey, master_of
from switch.keys.environment import NEW_MASTER
from switch.keys.master import PASSPHRASE_MIN, ScryptCosts
from switch.runtime import Random, SeededEntropy

ENTROPY = SeededEntropy(Random(1))
HEX = bytes(range(32)).hex()
PHRASE = "correct horse battery staple"


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "keys.yaml")


def test_a_master_key_is_read_from_hexadecimal(file: KeyFile) -> None:
    found = master_of({"GUICHET_MASTER_KEY": f" {HEX.upper()}\n"}, file, ENTROPY)
    assert found.check_value == MasterKey(bytes(range(32))).check_value
    assert found.costs is None


@pytest.mark.parametrize("text", ["", "00", HEX[:-1], HEX + "0", HEX[:-1] + "g"])
def test_what_is_not_a_master_key_is_refused_and_not_quoted(text: str, file: KeyFile) -> None:
    with pytest.raises(InvalidInputError) as refused:
        master_of({"GUICHET_MASTER_KEY": text}, file, ENTROPY)
    assert not text or text not in str(refused.value)


def test_a_passphrase_opens_the_file_that_it_made(file: KeyFile) -> None:
    given = {"GUICHET_MASTER_PASSPHRASE": PHRASE}
    made = master_of(given, file, ENTROPY)
    file.create(made)
    assert master_of(given, file, ENTROPY).check_value == made.check_value
    other = master_of({"GUICHET_MASTER_PASSPHRASE": PHRASE + "!"}, file, ENTROPY)
    with pytest.raises(KeyFileError):
        file.read(other)


def test_one_passphrase_does_not_make_one_master_key_for_two_files(file: KeyFile) -> None:
    given = {"GUICHET_MASTER_PASSPHRASE": PHRASE}
    assert (
        master_of(given, file, ENTROPY).check_value != master_of(given, file, ENTROPY).check_value
    )


def test_the_next_passphrase_has_a_salt_of_its_own(file: KeyFile) -> None:
    made = master_of({"GUICHET_MASTER_PASSPHRASE": PHRASE}, file, ENTROPY)
    file.create(made)
    following = master_of({"GUICHET_NEW_MASTER_PASSPHRASE": PHRASE}, file, ENTROPY, NEW_MASTER)
    assert following.costs != made.costs


def test_a_short_passphrase_is_refused(file: KeyFile) -> None:
    with pytest.raises(InvalidInputError, match=str(PASSPHRASE_MIN)):
        master_of({"GUICHET_MASTER_PASSPHRASE": "x" * (PASSPHRASE_MIN - 1)}, file, ENTROPY)


@pytest.mark.parametrize(
    ("given", "which"),
    [
        ({}, "neither"),
        ({"GUICHET_MASTER_KEY": HEX, "GUICHET_MASTER_PASSPHRASE": PHRASE}, "both"),
    ],
)
def test_exactly_one_of_the_variables_is_set(
    given: dict[str, str], which: str, file: KeyFile
) -> None:
    with pytest.raises(KeyFileError, match=which):
        master_of(given, file, ENTROPY)


def test_a_passphrase_for_a_file_under_a_key_is_refused(file: KeyFile) -> None:
    file.create(MasterKey(bytes(range(32))))
    with pytest.raises(KeyFileError, match="not under a passphrase"):
        master_of({"GUICHET_MASTER_PASSPHRASE": PHRASE}, file, ENTROPY)


def test_a_master_key_does_not_show_itself() -> None:
    assert HEX not in repr(MasterKey(bytes(range(32)))).lower()


def test_the_usual_costs_of_a_try_are_32_mebibytes() -> None:
    costs = ScryptCosts(bytes(16))
    assert 128 * costs.r * (1 << costs.log2_n) == 32 * 1024 * 1024
