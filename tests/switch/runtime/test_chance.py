"""Chance can be replayed, in another process too, and each concern has its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from twisted.internet.task import Clock

from switch.runtime import (
    Chance,
    SeededEntropy,
    SystemEntropy,
    identifier,
    ordered_identifier,
    real_runtime,
)

SCRIPT = "from switch.runtime import Chance; print(Chance(7).stream('issuer/reconnect').random())"


def test_one_seed_and_one_name_give_one_stream() -> None:
    first, second = (Chance(7).stream("issuer/reconnect") for _ in range(2))
    assert [first.random() for _ in range(5)] == [second.random() for _ in range(5)]


@pytest.mark.parametrize("other", [Chance(8).stream("a/b"), Chance(7).stream("a/c")])
def test_another_seed_or_another_name_gives_another_stream(other: object) -> None:
    assert other.random() != Chance(7).stream("a/b").random()  # type: ignore[attr-defined]


def test_drawing_from_one_stream_changes_no_other() -> None:
    chance = Chance(7)
    untouched = Chance(7).stream("b").random()
    chance.stream("a").random()
    assert chance.stream("b").random() == untouched


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_a_stream_is_the_same_in_another_process(hash_seed: str) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    told = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, check=True, timeout=60
    )
    assert float(told.stdout) == Chance(7).stream("issuer/reconnect").random()


def test_a_party_draws_from_streams_of_its_own() -> None:
    runtime = real_runtime(Clock(), seed=7)
    issuer = runtime.of("issuer")
    assert issuer.random("reconnect").random() == Chance(7).stream("issuer/reconnect").random()
    assert runtime.of("core").random("reconnect").random() != issuer.random("reconnect").random()


def test_seeded_entropy_repeats_and_the_systems_does_not() -> None:
    seeded = [SeededEntropy(Chance(1).stream("e")).token_bytes(16) for _ in range(2)]
    assert seeded[0] == seeded[1]
    assert SystemEntropy().token_bytes(16) != SystemEntropy().token_bytes(16)


def test_identifiers_are_32_digits_and_all_different() -> None:
    entropy = SeededEntropy(Chance(1).stream("e"))
    made = {identifier(entropy) for _ in range(1000)}
    assert len(made) == 1000
    assert all(len(each) == 32 and int(each, 16) >= 0 for each in made)


def test_ordered_identifiers_follow_the_clock_and_are_all_different() -> None:
    entropy = SeededEntropy(Chance(1).stream("e"))
    made = [ordered_identifier(entropy, 1795555555 + at / 100) for at in range(1000)]
    assert made == sorted(made)
    assert len({ordered_identifier(entropy, 5.0) for _ in range(1000)}) == 1000
    assert {len(each) for each in made} == {32}
