"""The card number of an old transaction is forgotten, and its reversal still finds it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from switch.engine.forgetting import forget_cards


def forget(bench: Any, age: timedelta) -> int:
    before = bench.wall_clock.now() - age
    with bench.engine().begin() as connection:
        return forget_cards(connection, before)


def test_a_reversal_after_that_names_its_original_without_the_card(bench: Any) -> None:
    message = bench.message()
    bench.ask(message)
    bench.issuer.answer("00", de38="A12345")
    bench.clock.advance(86_400)
    assert forget(bench, timedelta(days=2)) == 0
    assert forget(bench, timedelta(hours=23)) == 1
    assert bench.rows("pending") == []
    bench.ask(bench.reversal(message))
    reversal = bench.issuer.asked[-1]
    assert "2" not in reversal
    told = [reversal.text(n) for n in ("t", "4", "38", "41", "90")]
    assert told[:4] == ["0420", "000000020000", "A12345", "LAB00001"]
    assert told[4].startswith("02000000011124103601")


def test_what_is_owed_keeps_it_whatever_its_age(bench: Any) -> None:
    bench.issuer.up = False
    bench.ask(bench.message("0220"))
    bench.clock.advance(86_400 * 90)
    assert forget(bench, timedelta(days=1)) == 0
    bench.issuer.up = True
    bench.saf["issuer"].kick()
    assert bench.issuer.asked[-1].text(2) == "9504020000000018"
    bench.issuer.answer("00")
    assert forget(bench, timedelta(days=1)) == 0, "it has just changed"
    bench.clock.advance(86_401)
    assert forget(bench, timedelta(days=1)) == 1
