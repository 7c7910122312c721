"""A GAB in front of a real switch, core and issuer: what devices do shows in the accounts."""

import pytest

from simulator.gab.faults import (
    CannotDispense,
    CardJam,
    NotTaken,
    PartlyDispensed,
    SuspectDispense,
)
from simulator.network import Network, load_network
from simulator.terminal.card import Card
from simulator.testing import virtual_world

OURS = Card("9504010000000019", "4912")
THEIRS = Card("9504020000000018", "3112")
OPENING_MINOR = {OURS: 1_000_000, THEIRS: 500_000}


@pytest.fixture
def net(tmp_path):
    with virtual_world(seed=11) as world:
        network = Network(
            lambda party: world.process(party).runtime,
            load_network("local"),
            tmp_path / "books",
            free_ports=True,
        )
        network.do = lambda deed: world.run_until(deed, 300)
        network.do(network.start())
        yield network
        network.do(network.stop())
        assert world.failures == []


def debited_minor(net, card) -> int:
    available = net.do(net.gabs["GAB00002"].balance(card)).available_minor
    return OPENING_MINOR[card] - available


FAULTS = {
    "cannot": (CannotDispense(picked=1), 0),
    "part": (PartlyDispensed(notes=2), 40_000),
    "untaken": (NotTaken(), 0),
    "jam": (CardJam(), 0),
    "suspect": (SuspectDispense(), 50_000),
}


@pytest.mark.parametrize("card", [OURS, THEIRS], ids=["core", "issuer"])
@pytest.mark.parametrize("name", FAULTS)
def test_what_a_fault_keeps_back_is_not_debited(net, card, name):
    fault, stands_minor = FAULTS[name]
    gab = net.gabs["GAB00001"]
    gab.devices.fail(type(fault)(**{**vars(fault), "times": 1}))
    net.do(gab.withdraw(card, 50_000))
    net.do(net.when_quiet(200))
    assert debited_minor(net, card) == stands_minor


def test_a_count_gives_back_what_did_not_leave(net):
    gab = net.gabs["GAB00001"]
    gab.devices.fail(SuspectDispense(left=False))
    net.do(gab.withdraw(OURS, 50_000))
    net.do(gab.supervisor.count({"1": 500, "2": 500}))
    net.do(net.when_quiet(200))
    assert debited_minor(net, OURS) == 0


def test_a_mobile_is_topped_up(net):
    form = {"number": "0612345678", "amount": "50"}
    result = net.do(net.gabs["GAB00001"].top_up(OURS, form))
    assert (result.outcome, result.amount_minor) == ("approved", 5_000)
    assert result.settlement_reference
    assert debited_minor(net, OURS) == 5_000


def test_a_top_up_of_another_amount_is_refused_by_the_creditors_form(net):
    result = net.do(net.gabs["GAB00001"].top_up(OURS, {"number": "0612345678", "amount": "51"}))
    assert (result.outcome, debited_minor(net, OURS)) == ("declined", 0)


def test_a_lost_card_is_kept_where_the_network_file_says_so(net):
    lost = Card("9504010000000035", "4912")
    kept = [net.do(gab.withdraw(lost, 20_000)).card_captured for gab in net.gabs.values()]
    assert kept == [False, True]
