from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psec import des as oracle

from switch.keys.errors import InvalidInputError
from switch.keys.primitives.ciphers import Aes, Tdes, has_odd_parity, odd_parity, xor

# The oracle asks `cryptography` for TDES by a name, and with keys, that are deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES")

tdes_keys = st.sampled_from([16, 24]).flatmap(lambda size: st.binary(min_size=size, max_size=size))
blocks = st.integers(1, 4).flatmap(lambda count: st.binary(min_size=8 * count, max_size=8 * count))


@given(tdes_keys, blocks)
def test_tdes_is_what_another_implementation_computes(key: bytes, data: bytes) -> None:
    cipher, iv = Tdes(key), bytes(range(8))
    assert cipher.encrypt(data) == oracle.encrypt_tdes_ecb(key, data)
    assert cipher.decrypt(data) == oracle.decrypt_tdes_ecb(key, data)
    assert cipher.encrypt_cbc(iv, data) == oracle.encrypt_tdes_cbc(key, iv, data)
    assert cipher.decrypt_cbc(iv, data) == oracle.decrypt_tdes_cbc(key, iv, data)


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32))
def test_aes_gives_back_what_it_was_given(key: bytes, data: bytes) -> None:
    cipher, iv = Aes(key), bytes(range(16))
    assert cipher.decrypt(cipher.encrypt(data)) == data
    assert cipher.decrypt_cbc(iv, cipher.encrypt_cbc(iv, data)) == data


def test_part_of_a_block_is_refused_and_does_not_stay_behind() -> None:
    cipher = Tdes(bytes(range(16)))
    right = cipher.encrypt(bytes(8))
    for data in (b"1234567", b"123456789"):
        with pytest.raises(InvalidInputError):
            cipher.encrypt(data)
        with pytest.raises(InvalidInputError):
            cipher.decrypt(data)
        with pytest.raises(InvalidInputError):
            cipher.encrypt_cbc(bytes(8), data)
    assert cipher.encrypt(bytes(8)) == right


@pytest.mark.parametrize("size", [0, 7, 9, 15, 17, 32])
def test_a_key_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(InvalidInputError):
        Tdes(bytes(size))


@pytest.mark.parametrize("size", [0, 8, 15, 17, 33])
def test_an_aes_key_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(InvalidInputError):
        Aes(bytes(size))


@given(st.binary(max_size=24))
def test_parity_is_what_another_implementation_computes(key: bytes) -> None:
    assert odd_parity(key) == oracle.adjust_key_parity(key)
    assert has_odd_parity(odd_parity(key))


def test_even_parity_is_noticed() -> None:
    assert not has_odd_parity(bytes(8))


def test_only_equal_lengths_combine() -> None:
    with pytest.raises(InvalidInputError):
        xor(b"ab", b"abc")


def test_a_cipher_is_neither_shown_nor_copied() -> None:
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    cipher = Tdes(key)
    assert key.hex() not in repr(cipher).lower()
    with pytest.raises(TypeError):
        pickle.dumps(cipher)
    with pytest.raises(TypeError):
        copy.deepcopy(cipher)
