"""The made-up keys of a network for tests: shared by name, kept in files, never made twice."""

import pytest

from switch.keys import Algorithm, KeyFile, KeyFileError, MasterKey, Purpose, SoftwareModule
from switch.keys.errors import InvalidInputError
from switch.keys.held import KeyRing
from switch.keys.made_up import KeyNeed, MadeUpKeys
from switch.keys.primitives.ciphers import has_odd_parity
from switch.runtime import Random, SeededEntropy

ENTROPY = SeededEntropy(Random(3))
PIN = KeyNeed("tpk.GAB00001", Purpose.PIN)
PAD = KeyNeed("tpk.GAB00001", Purpose.PIN_PAD)
MAC = KeyNeed("tak.GAB00001", Purpose.RETAIL_MAC)


def keys_of(made_up, party):
    return KeyFile(made_up.path_of(party)).read(made_up.master)


def test_two_parties_hold_the_same_key_of_a_name_whatever_each_may_do_with_it(tmp_path):
    MadeUpKeys(tmp_path, ENTROPY).provide("switch", [PIN])
    second = MadeUpKeys(tmp_path, ENTROPY)
    second.provide("GAB00001", [PAD])
    here, there = keys_of(second, "switch"), keys_of(second, "GAB00001")
    assert here["tpk.GAB00001"].check_value == there["tpk.GAB00001"].check_value
    assert here["tpk.GAB00001"].block != there["tpk.GAB00001"].block


def test_another_name_another_folder_and_another_kind_give_other_keys(tmp_path):
    first = MadeUpKeys(tmp_path / "a", ENTROPY)
    second = MadeUpKeys(tmp_path / "b", ENTROPY)
    values = {
        first.value_of("zpk", Algorithm.TDES2),
        first.value_of("zmk", Algorithm.TDES2),
        first.value_of("zpk", Algorithm.AES128),
        second.value_of("zpk", Algorithm.TDES2),
    }
    assert len(values) == 4
    assert has_odd_parity(first.value_of("zpk", Algorithm.TDES3))
    assert len(first.value_of("zpk", Algorithm.AES256)) == 32


def test_keys_that_are_there_stay_and_those_that_are_missing_are_added(tmp_path, now):
    made_up = MadeUpKeys(tmp_path, ENTROPY)
    path = made_up.provide("switch", [PIN])
    before = keys_of(made_up, "switch")
    made_up.provide("switch", [PIN, MAC])
    after = keys_of(made_up, "switch")
    assert sorted(after) == ["tak.GAB00001", "tpk.GAB00001"]
    assert after["tpk.GAB00001"].block == before["tpk.GAB00001"].block
    module = SoftwareModule.open(path, made_up.master, ENTROPY, None)
    assert now(module.describe_key("tak.GAB00001")).purpose is Purpose.RETAIL_MAC


def test_a_published_value_is_taken_as_it_is(tmp_path):
    made_up = MadeUpKeys(tmp_path, ENTROPY)
    published = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    made_up.provide("issuer", [KeyNeed("pvk", Purpose.PVV, published=published)])
    assert keys_of(made_up, "issuer")["pvk"].check_value == "08D7B4"
    assert "0123456789" not in repr(KeyNeed("pvk", Purpose.PVV, published=published))


def test_the_secret_and_the_files_are_their_owners_alone_and_hold_no_clear_key(tmp_path):
    made_up = MadeUpKeys(tmp_path, ENTROPY)
    made_up.provide("switch", [PIN])
    clear = made_up.value_of("tpk.GAB00001", Algorithm.TDES2).hex().upper()
    for path in (tmp_path / "keys").iterdir():
        assert path.stat().st_mode & 0o077 == 0
        assert clear not in path.read_text().upper()


def test_the_secret_is_the_master_key_of_the_files(tmp_path):
    made_up = MadeUpKeys(tmp_path, ENTROPY)
    path = made_up.provide("switch", [PIN])
    master = MasterKey.of_hexadecimal((tmp_path / "keys" / "master.key").read_text())
    assert list(KeyFile(path).read(master)) == ["tpk.GAB00001"]


@pytest.mark.parametrize("content", ["", "00" * 31, "not hexadecimal"])
def test_a_secret_that_is_damaged_is_told_by_its_place_and_not_quoted(tmp_path, content):
    MadeUpKeys(tmp_path, ENTROPY)
    (tmp_path / "keys" / "master.key").write_text(content)
    with pytest.raises(KeyFileError, match=r"master\.key") as refused:
        MadeUpKeys(tmp_path, ENTROPY)
    assert not content or content not in str(refused.value)


def test_more_keys_than_a_module_holds_are_refused_before_any_is_made(tmp_path):
    needs = [KeyNeed(f"k{number}", Purpose.PIN) for number in range(KeyRing.SIZE_MAX + 1)]
    made_up = MadeUpKeys(tmp_path, ENTROPY)
    with pytest.raises(InvalidInputError, match="20001 keys"):
        made_up.provide("switch", needs)
    assert not made_up.path_of("switch").exists()
