"""The vault: what it seals, what it refuses to open, and its file of keys."""

import json
import stat
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.keys.vault import NONCE_SIZE, ROTATED_AFTER, Vault, VaultError, is_sealed
from switch.runtime import SeededEntropy

PAN = "9504010000000019"
OUTER = {"GUICHET_VAULT_KEY": "A1" * 32}


class Clock:
    def __init__(self) -> None:
        self.instant = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def now(self):
        return self.instant


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def opened(tmp_path, clock):
    entropy = SeededEntropy(Random(1))

    def opened(environ=None):
        return Vault.open(tmp_path, "switch", entropy, clock, environ or {})

    return opened


def a_vault(seed=1):
    return Vault({"1": b"\1" * 32}, b"\2" * 32, SeededEntropy(Random(seed)))


@given(st.text(), st.text())
def test_what_is_sealed_opens_for_its_row(clear, row):
    vault = a_vault()
    sealed = vault.seal(clear, row)
    assert is_sealed(sealed)
    assert vault.unseal(sealed, row) == clear


@given(st.integers(0, 200), st.integers(1, 255))
def test_any_byte_that_is_changed_keeps_it_shut(place, change):
    import base64

    vault = a_vault()
    head, body = vault.seal(PAN, "a row")[:4], vault.seal(PAN, "a row")[4:]
    data = bytearray(base64.b64decode(body))
    data[place % len(data)] ^= change
    with pytest.raises(VaultError):
        vault.unseal(head + base64.b64encode(data).decode(), "a row")


@given(st.text())
def test_no_text_of_others_opens_or_breaks_it(text):
    with pytest.raises(VaultError):
        a_vault().unseal(text, "a row")


def test_it_opens_for_no_other_row(opened):
    vault = opened()
    with pytest.raises(VaultError, match="belongs to another row"):
        vault.unseal(vault.seal(PAN, "a row"), "another")


def test_the_number_shows_neither_in_what_is_sealed_nor_in_an_error_nor_in_a_repr(opened):
    vault = opened()
    sealed = vault.seal(PAN, "a row")
    with pytest.raises(VaultError) as raised:
        vault.unseal(sealed, "another")
    assert PAN not in sealed + str(raised.value) + repr(vault) + vault.fingerprint(PAN)


def test_the_same_text_is_never_sealed_alike(opened):
    vault = opened()
    assert len({vault.seal(PAN, "a row")[: 4 + NONCE_SIZE] for _ in range(100)}) == 100


def test_a_number_has_one_fingerprint_in_this_vault_and_another_elsewhere(opened, tmp_path, clock):
    vault = opened()
    assert vault.fingerprint(PAN) == opened().fingerprint(PAN) != vault.fingerprint(PAN[:-1])
    other = Vault.open(tmp_path, "core", SeededEntropy(Random(2)), clock, {})
    assert other.fingerprint(PAN) != vault.fingerprint(PAN)


def test_keys_are_kept_for_their_owner_alone(opened, tmp_path):
    sealed = opened().seal(PAN, "a row")
    assert opened().unseal(sealed, "a row") == PAN
    assert stat.S_IMODE((tmp_path / "vault" / "switch.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "vault").stat().st_mode) == 0o700


def test_another_key_seals_when_it_is_time_and_the_old_one_still_opens(opened, clock):
    before = opened().seal(PAN, "a row")
    clock.instant += ROTATED_AFTER - timedelta(seconds=1)
    assert opened().seal(PAN, "a row").startswith("1.1.")
    clock.instant += timedelta(seconds=1)
    vault = opened()
    assert vault.seal(PAN, "a row").startswith("1.2.")
    assert vault.unseal(before, "a row") == PAN


def test_keys_may_be_under_a_key_of_the_environment(opened, tmp_path):
    sealed = opened(OUTER).seal(PAN, "a row")
    content = json.loads((tmp_path / "vault" / "switch.json").read_text())
    assert {len(each["key"]) for each in content["keys"]} == {80}
    assert opened(OUTER).unseal(sealed, "a row") == PAN


@pytest.mark.parametrize(
    ("made", "opens", "words"),
    [
        (OUTER, {}, "are under a key: set GUICHET_VAULT_KEY"),
        ({}, OUTER, "are under no key: unset GUICHET_VAULT_KEY"),
        (OUTER, {"GUICHET_VAULT_KEY": "B2" * 32}, "GUICHET_VAULT_KEY is not the key of"),
        (OUTER, {"GUICHET_VAULT_KEY": "A1"}, "does not hold 64 hexadecimal digits"),
    ],
)
def test_another_key_of_the_environment_is_told(opened, made, opens, words):
    opened(made)
    with pytest.raises(VaultError, match=words) as raised:
        opened(opens)
    assert "A1A1" not in str(raised.value)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', '{"version": 2, "keys": []}'])
def test_a_file_of_something_else_is_named(opened, tmp_path, text):
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault" / "switch.json").write_text(text)
    with pytest.raises(VaultError, match=r"switch\.json is no file of vault keys"):
        opened()
