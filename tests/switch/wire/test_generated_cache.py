"""A bounded cache that strangers may ask."""

from __future__ import annotations

from switch.wire.generated.cache import Cache


def built() -> tuple[Cache[str, str, str], list[str]]:
    """A cache that admits at the third time and keeps two a generation; what it has built."""
    log: list[str] = []

    def build(key: str, sample: str) -> str | None:
        log.append(f"{key} from {sample}")
        return None if key == "never" else key.upper()

    return Cache(build, admit_after=3, generation=2, counted_max=4), log


def ask(cache: Cache[str, str, str], *keys: str) -> list[str | None]:
    return [cache.young.get(key) or cache.missed(key, f"a {key}") for key in keys]


def test_a_key_earns_its_value_by_being_asked_for() -> None:
    cache, log = built()
    assert ask(cache, "a", "a", "a", "a") == [None, None, "A", "A"]
    assert log == ["a from a a"]


def test_what_is_used_between_two_turns_stays() -> None:
    cache, log = built()
    for key in "abcdef":
        ask(cache, *[key] * 3, "a")
    assert log.count("a from a a") == 1


def test_what_is_not_used_goes_after_two_generations() -> None:
    cache, _ = built()
    for key in "abcde":
        ask(cache, *[key] * 3)
    assert len(cache) <= 4
    assert ask(cache, "a") == [None]


def test_it_never_holds_more_than_two_generations() -> None:
    cache, _ = built()
    sizes = []
    for number in range(50):
        ask(cache, *[f"key {number}"] * 3, f"key {number // 2}")
        sizes.append(len(cache))
    assert max(sizes) == 4


def test_the_dictionary_of_the_young_stays_the_same_object() -> None:
    cache, _ = built()
    young = cache.young
    for key in "abcde":
        ask(cache, *[key] * 3)
    assert young is cache.young


def test_strangers_that_come_once_are_forgotten() -> None:
    cache, log = built()
    sizes = []
    for number in range(50):
        ask(cache, f"key {number}")
        sizes.append(len(cache.counted))
    assert (max(sizes), len(cache), log) == (4, 0, [])


def test_a_flood_of_strangers_does_not_drive_out_what_was_earned() -> None:
    cache, log = built()
    ask(cache, "a", "a", "a")
    ask(cache, *(f"key {number}" for number in range(50)))
    assert ask(cache, "a") == ["A"]
    assert len(log) == 1


def test_a_key_without_a_value_is_counted_anew() -> None:
    cache, log = built()
    assert ask(cache, *["never"] * 6) == [None] * 6
    assert len(log) == 2
    assert len(cache) == 0
