from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.keys.errors import InvalidInputError
from switch.keys.primitives.components import combine, split
from switch.runtime import Random, SeededEntropy


@given(st.binary(min_size=16, max_size=32), st.integers(2, 9), st.integers())
def test_the_components_of_a_key_form_it_again(key: bytes, count: int, seed: int) -> None:
    components = split(key, count, SeededEntropy(Random(seed)))
    assert len(components) == count
    assert combine(components) == key
    assert combine(components[::-1]) == key


def test_all_components_but_one_are_not_the_key() -> None:
    key = bytes(range(16))
    components = split(key, 3, SeededEntropy(Random(7)))
    assert combine(components[:2]) != key
    assert combine(components[1:]) != key


@pytest.mark.parametrize("components", [[], [bytes(16)], [bytes(16)] * 10, [bytes(16), bytes(8)]])
def test_too_few_too_many_or_unequal_components_are_refused(components: list[bytes]) -> None:
    with pytest.raises(InvalidInputError):
        combine(components)


@pytest.mark.parametrize("count", [0, 1, 10])
def test_a_key_is_split_between_several_people(count: int) -> None:
    with pytest.raises(InvalidInputError):
        split(bytes(16), count, SeededEntropy(Random(1)))
