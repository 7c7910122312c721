"""A switch killed at every step of a withdrawal: exactly once, in virtual time.

First between fakes, one seed a step; then in the whole local network, where a GAB is the terminal
and the oracle reads the books.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.network import Network, load_network
from simulator.oracle import broken, read_books
from simulator.terminal.card import Card
from simulator.testing import virtual_world

STEPS = ("journaled", "forwarded", "answered", "answer journaled", "completed")
STANDS = ("answer journaled", "completed")
"""After these the journal has the approval, and a repeat gets it."""


LEG_STEPS = ("authorised", "second forwarded", "second answered")
BILL_STEPS = (*STEPS[:3], *LEG_STEPS, *STEPS[3:])


class Dying:
    """A milestone that kills the process once, at a step."""

    def __init__(self, world: Any, step: str) -> None:
        self._world = world
        self.step: str | None = step
        self.died = False

    def __call__(self, step: str, request: object) -> None:
        if step == self.step:
            self.step, self.died = None, True
            self._world.process("switch").crash()


@pytest.fixture
def world() -> Iterator[Any]:
    with virtual_world(seed=3) as world:
        yield world
        assert world.failures == []


def killed_at(world: Any, bench: Any, step: str, message: Any) -> Any:
    """Ask, have the switch die at a step, start it again; a new line to it."""
    dying = Dying(world, step)
    world.run_until(bench.start(milestone=dying))
    peer = world.run_until(bench.peer())
    peer.send(message)
    assert world.run_until(peer.answer()) is None
    assert dying.died
    world.run_until(bench.start(milestone=dying))
    return world.run_until(bench.peer())


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("host", ["issuer", "core"])
def test_after_a_kill_it_is_reversed_or_completed_and_never_twice(
    world: Any, bench: Any, step: str, host: str
) -> None:
    pan = bench.THEIRS if host == "issuer" else bench.AMINA
    peer = killed_at(world, bench, step, bench.withdrawal(pan=pan))
    stands = step in STANDS
    assert world.run_until(peer.code(bench.withdrawal(pan=pan, mti="0201"))) == (
        "00" if stands else "91"
    )
    world.advance(5)
    posted = [what for what, _ in getattr(bench, host).posted]
    assert posted.count("debit") <= 1
    assert posted[-1:] == (["debit"] if stands else ["reversal"])
    assert posted.count("reversal") == (0 if stands else 1)
    assert bench.rows("transactions")[0]["state"] == ("approved" if stands else "reversed")
    assert bench.rows("owed") == []


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("host", ["issuer", "core"])
def test_the_terminals_own_reversal_after_a_kill_ends_it_once(
    world: Any, bench: Any, step: str, host: str
) -> None:
    message = bench.withdrawal(pan=bench.THEIRS if host == "issuer" else bench.AMINA)
    peer = killed_at(world, bench, step, message)
    for mti in ("0420", "0421", "0421"):
        assert world.run_until(peer.code(bench.reversal(message, mti))) == "00"
    world.advance(5)
    posted = [what for what, _ in getattr(bench, host).posted]
    assert posted.count("reversal") == 1
    assert posted.count("debit") <= 1
    assert bench.rows("transactions")[0]["state"] == "reversed"


@pytest.mark.parametrize("step", STEPS)
def test_an_enquiry_that_was_under_way_is_declined_and_owes_nothing(
    world: Any, bench: Any, step: str
) -> None:
    balance = bench.withdrawal(mti="0100", de3="310000", de4=None)
    killed_at(world, bench, step, balance)
    assert bench.rows("owed") == []
    state = "approved" if step in STANDS else "declined"
    assert bench.rows("transactions")[0]["state"] == state


def test_a_kill_in_the_middle_of_a_commit_loses_only_what_nobody_was_told(
    world: Any, bench: Any
) -> None:
    """Killed at many instants of one withdrawal: what was answered stands, the rest is undone."""
    world.run_until(bench.start())
    for number in range(1, 25):
        peer = world.run_until(bench.peer())
        peer.send(bench.withdrawal(f"{number:06}"))
        world.advance(number * 0.0004)
        world.process("switch").kill()
        answer = world.run_until(peer.answer())
        world.run_until(bench.start())
        peer = world.run_until(bench.peer())
        repeat = world.run_until(peer.code(bench.withdrawal(f"{number:06}", mti="0201")))
        assert answer is None or answer.text(39) == repeat
        world.advance(3)
        key = f"LAB00001/{number:06}/1124103601"
        stands = [what for what, of in bench.issuer.posted if of == key]
        undone: list[list[str]] = [[], ["reversal"], ["debit", "reversal"]]
        assert stands == ["debit"] if repeat == "00" else stands in undone
    assert bench.rows("owed") == []


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("card", ["9504010000000019", "9504020000000018"])
def test_the_books_of_the_whole_network_agree_after_a_kill(
    world: Any, tmp_path: Path, step: str, card: str
) -> None:
    dying = Dying(world, step)
    network = Network(
        lambda party: world.process(party).runtime,
        load_network("local"),
        tmp_path / "books",
        free_ports=True,
        milestone=dying,
    )
    world.run_until(network.start())
    gab = world.process("GAB00001")
    withdrawing = gab.start(network.gabs["GAB00001"].withdraw, Card(card), 20_000)
    while not dying.died:
        world.advance(0.001)
    world.run_until(network.kill_party("switch"))
    world.run_until(network.start_party("switch"))
    result = world.run_until(withdrawing)
    assert (result.outcome, result.notes) == ("in_doubt", {})
    world.run_until(network.when_quiet(200), 300)
    world.run_until(network.stop())
    books = network.books
    ledgers = {"core": books.core, "issuer": books.issuer}
    assert broken(read_books(books.terminals.values(), ledgers, books.switch)) == []


def legs_posted(bench: Any) -> tuple[list[str], list[str]]:
    """What moved money at the issuer and at the core, in order."""
    return [what for what, _ in bench.issuer.posted], [what for what, _ in bench.core.posted]


@pytest.mark.parametrize("step", BILL_STEPS)
def test_a_bill_of_two_legs_stands_in_both_or_in_neither_after_a_kill(
    world: Any, bench: Any, step: str
) -> None:
    peer = killed_at(world, bench, step, bench.bill())
    stands = step in STANDS
    repeat = world.run_until(peer.ask(bench.bill(mti="0201")))
    assert repeat.text(39) == ("00" if stands else "91")
    assert repeat.part(48, "06") == ("200000000001" if stands else "")
    world.advance(5)
    first, second = legs_posted(bench)
    assert first.count("debit") <= 1
    assert second.count("debit") <= 1
    assert first[-1:] == (["debit"] if stands else ["reversal"])
    assert second[-1:] in ([["debit"]] if stands else [["reversal"], []])
    assert bench.rows("transactions")[0]["state"] == ("approved" if stands else "reversed")
    assert bench.rows("owed") == []


@pytest.mark.parametrize("step", BILL_STEPS)
def test_the_terminals_reversal_of_a_bill_after_a_kill_undoes_both_legs(
    world: Any, bench: Any, step: str
) -> None:
    peer = killed_at(world, bench, step, bench.bill())
    for mti in ("0420", "0421"):
        assert world.run_until(peer.code(bench.reversal(bench.bill(), mti))) == "00"
    world.advance(5)
    first, second = legs_posted(bench)
    assert first[-1:] == ["reversal"]
    assert second[-1:] in ([], ["reversal"])
    assert bench.rows("transactions")[0]["state"] == "reversed"


def test_a_bill_killed_at_any_instant_never_stands_in_one_leg_alone(world: Any, bench: Any) -> None:
    world.run_until(bench.start())
    outcomes = []
    for number in range(1, 41):
        peer = world.run_until(bench.peer())
        peer.send(bench.bill(f"{number:06}"))
        world.advance(number * 0.0003)
        world.process("switch").kill()
        answer = world.run_until(peer.answer())
        world.run_until(bench.start())
        peer = world.run_until(bench.peer())
        repeat = world.run_until(peer.code(bench.bill(f"{number:06}", mti="0201")))
        assert answer is None or answer.text(39) == repeat
        world.advance(3)
        stan = f"{number:06}"
        (row,) = [row for row in bench.rows("transactions") if row["stan"] == stan]
        debits = [what for what, of in bench.core.posted if of == row["operation_key"]]
        stands = repeat == "00"
        assert debits[-1:] in ([["debit"]] if stands else [[], ["reversal"]])
        key = f"LAB00001/{number:06}/1124103601"
        posted = [what for what, of in bench.issuer.posted if of == key]
        assert posted[-1:] == (["debit"] if stands else ["reversal"])
        outcomes.append((stands, len(debits)))
    assert bench.rows("owed") == []
    assert {stands for stands, _ in outcomes} == {True, False}


@pytest.mark.parametrize("step", BILL_STEPS)
def test_the_books_of_the_whole_network_agree_after_a_kill_in_a_bill_of_two_legs(
    world: Any, tmp_path: Path, step: str
) -> None:
    dying = Dying(world, "")
    network = Network(
        lambda party: world.process(party).runtime,
        load_network("local"),
        tmp_path / "books",
        free_ports=True,
        milestone=dying,
    )
    world.run_until(network.start())
    gab, party = world.process("GAB00001"), network.gabs["GAB00001"]
    card, bill = Card("9504020000000018"), ("1001", "01")
    enquiry = world.run_until(gab.start(party.enquire_bill, card, *bill, {"contract": "00123456"}))
    dying.step = step
    paying = gab.start(party.pay_bill, card, *bill, enquiry)
    while not dying.died:
        world.advance(0.001)
    world.run_until(network.kill_party("switch"))
    world.run_until(network.start_party("switch"))
    result = world.run_until(paying)
    assert result.outcome == "in_doubt"
    world.run_until(network.when_quiet(200), 300)
    world.run_until(network.stop())
    books = network.books
    ledgers = {"core": books.core, "issuer": books.issuer}
    assert broken(read_books(books.terminals.values(), ledgers, books.switch)) == []
