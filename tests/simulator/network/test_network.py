"""A whole network in virtual time: it starts, pays, fails as it is told to, and comes to rest."""

import pytest

from simulator.faults import BlackHole
from simulator.hosts.rules import SILENT
from simulator.network import FolderError, NotQuietError, NotReadyError, load_network
from simulator.network.network import Network
from simulator.terminal.card import Card
from switch.link import AddressTakenError

OURS = Card("9504010000000019", "4912")
THEIRS = Card("9504020000000018", "3112")


def withdraw(net, card, amount_minor=20_000, terminal="GAB00001"):
    return net.do(net.network.gabs[terminal].withdraw(card, amount_minor))


def available(net, card):
    return net.do(net.network.gabs["GAB00002"].balance(card)).available_minor


def test_a_withdrawal_crosses_it(net):
    assert withdraw(net, OURS).notes == {200: 1}
    assert available(net, OURS) == 980_000


def test_a_bill_is_paid_in_cash(net):
    counter = net.network.counters["AGC00001"]
    owed = net.do(counter.enquire_bill("1001", "01", {"contract": "00123456"}))
    paid = net.do(counter.pay_bill_in_cash(owed))
    assert (paid.outcome, paid.amount_minor) == ("approved", 47_075)


def test_its_addresses_are_those_listened_on(net):
    named = {each.name: each.port for each in net.network.addresses()}
    assert named["terminals"] == net.network.switch.ports["terminals"]
    assert (named["core"], named["issuer"]) == (net.network.core.port, net.network.issuer.port)


def test_its_books_are_where_it_says(net):
    withdraw(net, OURS)
    books = net.network.books
    assert all(path.is_file() for path in (books.core, books.issuer, books.switch))
    assert "dispense" in books.journal_of("GAB00001").read_text()


def test_a_black_hole_leaves_the_terminal_in_doubt_and_nobody_debited(net):
    heal = net.network.inject("GAB00001", BlackHole(("down",)))
    assert withdraw(net, OURS).outcome == "in_doubt"
    heal()
    net.do(net.network.when_quiet(60))
    assert available(net, OURS) == 1_000_000


def test_other_lines_pass_a_black_hole_by(net):
    net.network.inject("GAB00001", BlackHole(("down",)))
    assert withdraw(net, OURS, terminal="GAB00002").outcome == "approved"


def test_a_black_hole_needs_a_proxied_line(net):
    with pytest.raises(ValueError, match="no proxy"):
        net.network.inject("GAB00009", BlackHole(("down",)))


def test_a_core_that_is_stopped_declines_and_comes_back_with_its_books(net):
    withdraw(net, OURS)
    net.do(net.network.stop_party("core"))
    assert (withdraw(net, OURS).response_code, net.network.core) == ("91", None)
    net.do(net.network.start_party("core"))
    net.do(net.network.when_quiet(60))
    assert withdraw(net, OURS).outcome == "approved"
    assert available(net, OURS) == 960_000


def test_a_killed_switch_comes_back_on_its_journal_and_at_its_address(net):
    port = net.network.switch.ports["terminals"]
    withdraw(net, OURS)
    net.do(net.network.kill_party("switch"))
    assert net.network.switch is None
    net.do(net.network.start_party("switch"))
    net.world.advance(40)
    assert net.network.switch.ports["terminals"] == port
    assert withdraw(net, OURS).outcome == "approved"


def test_a_killed_terminal_signs_on_again_with_its_journal(net):
    before = withdraw(net, OURS)
    net.do(net.network.kill_party("GAB00001"))
    assert "GAB00001" not in net.network.gabs
    net.do(net.network.start_party("GAB00001"))
    assert int(withdraw(net, OURS).stan) > int(before.stan)


def test_an_unknown_party_cannot_be_stopped(net):
    with pytest.raises(ValueError, match="no party called isuer runs"):
        net.do(net.network.stop_party("isuer"))


def test_a_running_party_is_not_started_twice(net):
    with pytest.raises(ValueError, match="core runs already"):
        net.do(net.network.start_party("core"))


def test_a_reversal_that_the_switch_owes_keeps_it_from_rest(net):
    net.do(net.network.set_rules([SILENT]))
    assert withdraw(net, THEIRS).response_code == "91"
    with pytest.raises(NotQuietError, match="the switch has 1 transactions under way"):
        net.do(net.network.when_quiet(5))


def test_a_reversal_that_a_terminal_owes_keeps_it_from_rest(net):
    net.network.inject("GAB00001", BlackHole(("down",)))
    withdraw(net, OURS)
    with pytest.raises(NotQuietError, match="GAB00001 owes 1 reversals"):
        net.do(net.network.when_quiet(5))


def test_the_books_go_on_without_a_fresh_start_and_begin_anew_with_one(world, tmp_path, make_net):
    withdraw(first := make_net(fresh=True), OURS)
    first.stop()
    withdraw(second := make_net(fresh=False), OURS)
    assert available(second, OURS) == 960_000
    second.stop()
    assert available(make_net(fresh=True), OURS) == 1_000_000


def test_two_networks_do_not_share_a_folder(world, make_net):
    make_net(fresh=True)
    with pytest.raises(FolderError, match="is in use: another process holds the books of core"):
        make_net(fresh=False)


def test_the_same_seed_gives_the_same_history(tmp_path, history_of):
    assert history_of(tmp_path / "one") == history_of(tmp_path / "two")


def test_a_taken_port_closes_everything_again(world, tmp_path):
    def network(name):
        runtimes = lambda party: world.process(f"{name} {party}").runtime  # noqa: E731
        return Network(runtimes, load_network("local"), tmp_path / name)

    first = network("first")
    world.run_until(first.start())
    second = network("second")
    with pytest.raises(AddressTakenError, match=r"cannot listen on 127\.0\.0\.1:8587 for core"):
        world.run_until(second.start())
    world.run_until(first.stop())
    world.run_until(second.start())
    world.run_until(second.stop())


def test_a_switch_without_its_peers_is_not_waited_for_for_ever(world, tmp_path):
    network = Network(
        lambda party: world.process(party).runtime,
        load_network("local"),
        tmp_path / "books",
        parts=("switch", "core"),
    )
    with pytest.raises(NotReadyError, match=r"did not reach issuer at 127\.0\.0\.1:8586"):
        world.run_until(network.start(), 60)


def test_a_start_that_is_thrown_away_waits_for_nothing(world, tmp_path):
    network = Network(
        lambda party: world.process(party).runtime,
        load_network("local"),
        tmp_path / "books",
        free_ports=True,
    )
    starting = network.start()
    waiting = starting.send(None)
    while network.core is None:
        while not waiting.called:
            world.advance(0.01)
        waiting = starting.send(None)
    starting.close()
    world.run_until(network.stop())
