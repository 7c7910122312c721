"""A network that sends us requests ends its business date, and has its totals compared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.testing import virtual_world
from switch.wire import Message
from switch.wire.totals import Totals


@pytest.fixture
def case(tmp_path: Path, benches: Any) -> Iterator[tuple[Any, Any]]:
    with virtual_world(seed=3) as world:
        bench = benches(
            world.runtime,
            tmp_path,
            lambda party, function, *rest: world.process(party).call(function, *rest),
        )
        world.run_until(bench.start())
        yield world, bench
        world.run_until(bench.stop())


def totals(day: str = "1124", **counted: int) -> Message:
    message = Message({"t": "0500", "7": "1124230006", "11": "000777", "15": day})
    return Message({**message, "32": "504777", "50": "504", **Totals(**counted).elements()})


@pytest.mark.parametrize(
    ("amount_minor", "verdict", "code"), [(20_000, "1", "00"), (30_000, "2", "95")]
)
def test_totals_sent_to_us_are_compared_with_our_journal(
    case: tuple[Any, Any], amount_minor: int, verdict: str, code: str
) -> None:
    world, bench = case
    peer = world.run_until(bench.peer(listener="networks"))
    theirs = bench.withdrawal(de32="504777", de41="ATM00001")
    assert world.run_until(peer.ask(theirs)).text(15) == "1124"
    answer = world.run_until(peer.ask(totals(debits=1, debits_minor=amount_minor)))
    assert (answer.mti, answer.text(66), answer.text(39)) == ("0510", verdict, code)
    assert answer.text(88) == "0000000000020000"
    (row,) = bench.rows("reconciliations")
    assert (row["party"], row["role"]) == ("504777", "received")
    assert bool(row["differences"]) == (verdict == "2")


def test_a_network_ends_its_date_once_and_its_answers_say_the_new_one(
    case: tuple[Any, Any],
) -> None:
    world, bench = case
    peer = world.run_until(bench.peer(listener="networks"))
    for _ in range(2):
        assert world.run_until(peer.code(bench.network("201", de15="1125"))) == "00"
    answer = world.run_until(peer.ask(bench.withdrawal(pan="9504030000000017", de41="ATM00001")))
    assert answer.text(15) == "1125"
    assert world.run_until(peer.code(bench.network("201", de15="0601"))) == "30"


def test_a_terminal_may_end_no_date_and_send_no_totals(case: tuple[Any, Any]) -> None:
    world, bench = case
    peer = world.run_until(bench.peer())
    assert world.run_until(peer.code(bench.network("201"))) == "12"
    assert world.run_until(peer.code(totals())) in ("12", "58")
