"""Answers that come late, or in the end, or never, to a whole switch in virtual time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.testing import virtual_world


@pytest.fixture
def world() -> Iterator[Any]:
    with virtual_world(seed=8) as world:
        yield world
        assert world.failures == []


def test_a_late_answer_is_kept_with_its_transaction_and_says_how_late(
    world: Any, bench: Any
) -> None:
    world.run_until(bench.start())
    peer = world.run_until(bench.peer())
    bench.issuer.hold = True
    assert world.run_until(peer.code(bench.withdrawal()), 10) == "91"
    world.advance(0.5)
    bench.issuer.hold = False
    world.process("issuer").call(bench.issuer.release)
    world.advance(5)
    notes = [row["note"] for row in bench.rows("switch_messages") if row["mti"] == "0210"]
    (late,) = [note for note in notes if note]
    assert re.fullmatch(r"it came 0\.50\d s after its request was given up", late)
    assert bench.rows("transactions")[0]["state"] == "reversed"


def test_a_terminal_that_is_not_known_ends_a_line_whose_listener_says_so(
    world: Any, bench: Any
) -> None:
    terminals = bench.settings.switch.listeners["terminals"]
    changed = terminals.model_copy(update={"unknown_terminal": "close"})
    bench.change = {"listeners": {"terminals": changed}}
    world.run_until(bench.start())
    peer = world.run_until(bench.peer())
    peer.send(bench.withdrawal(de41="XXX00001"), bench.withdrawal("000002"))
    assert world.run_until(peer.answer()) is None
    assert bench.rows("transactions") == []


def test_a_bill_that_stays_pending_at_the_core_is_taken_back_at_both_legs(
    world: Any, bench: Any
) -> None:
    world.run_until(bench.start())
    peer = world.run_until(bench.peer())
    bench.core.pending = True
    assert world.run_until(peer.code(bench.bill()), 10) == "91"
    world.advance(2)
    polls = [path for path in bench.core.asked if path.startswith("/v1/operations/")]
    assert len(polls) >= 5
    assert [what for what, _ in bench.issuer.posted] == ["debit", "reversal"]
    assert [what for what, _ in bench.core.posted] == ["debit", "reversal"]
    assert bench.rows("transactions")[0]["state"] == "reversed"
    assert bench.rows("owed") == []


def test_a_bill_that_is_decided_while_it_is_asked_about_stands(world: Any, bench: Any) -> None:
    world.run_until(bench.start())
    peer = world.run_until(bench.peer())
    bench.core.pending = True
    peer.send(bench.bill())
    world.advance(1.2)
    bench.core.pending = False
    answer = world.run_until(peer.answer())
    assert (answer.text(39), answer["48"]) == ("00", {"06": "200000000001"})
    assert [what for what, _ in bench.core.posted] == ["debit"]


@pytest.mark.parametrize("after_s", [0.004, 0.7, 1.9])
@pytest.mark.parametrize("decided", [True, False])
def test_a_kill_while_the_core_is_asked_about_a_bill_leaves_neither_leg(
    world: Any, bench: Any, after_s: float, decided: bool
) -> None:
    world.run_until(bench.start())
    peer = world.run_until(bench.peer())
    bench.core.pending = True
    peer.send(bench.bill())
    while not bench.core.posted:
        world.advance(0.001)
    world.advance(after_s)
    assert bench.rows("transactions")[0]["state"] == "authorised"
    world.process("switch").kill()
    assert world.run_until(peer.answer()) is None
    bench.core.pending = not decided
    world.run_until(bench.start())
    peer = world.run_until(bench.peer())
    assert world.run_until(peer.code(bench.bill(mti="0201"))) == "91"
    world.advance(5)
    assert [what for what, _ in bench.issuer.posted] == ["debit", "reversal"]
    assert [what for what, _ in bench.core.posted] == ["debit", "reversal"]
    assert bench.rows("transactions")[0]["state"] == "reversed"
    assert bench.rows("owed") == []
