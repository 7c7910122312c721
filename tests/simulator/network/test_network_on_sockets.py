"""A whole network on real sockets, real threads and real files; nothing of it stays behind."""

import pytest
import pytest_twisted
from twisted.internet.defer import CancelledError, Deferred

from simulator.network import Network, NotQuietError, load_network
from simulator.terminal.card import Card
from switch.link import AddressTakenError
from switch.runtime import real_runtime

OURS, THEIRS = Card("9504010000000019", "4912"), Card("9504020000000018", "3112")


def network_of(folder, **options):
    from twisted.internet import reactor

    options = {"free_ports": True, **options}
    return Network(real_runtime(reactor, seed=1).of, load_network("local"), folder, **options)


@pytest_twisted.ensureDeferred
async def test_money_moves_and_a_stopped_party_comes_back(tmp_path):
    network = network_of(tmp_path / "books", proxied=True)
    await network.start()
    try:
        gab = network.gabs["GAB00001"]
        for card in (OURS, THEIRS):
            assert (await gab.withdraw(card, 20_000)).notes == {200: 1}
        await network.stop_party("core")
        assert (await gab.withdraw(OURS, 20_000)).response_code == "91"
        await network.start_party("core")
        assert (await gab.withdraw(OURS, 20_000)).outcome == "approved"
        await network.when_quiet(5)
    finally:
        await network.stop()


@pytest_twisted.ensureDeferred
async def test_a_killed_party_of_this_process_is_cut_off_and_can_start_again(tmp_path):
    network = network_of(tmp_path / "books")
    await network.start()
    try:
        network.issuer.behaviour.silent = True
        asked = Deferred.fromCoroutine(network.gabs["GAB00001"].withdraw(THEIRS, 20_000))
        await network.kill_party("issuer")
        assert network.issuer is None
        assert (await asked).response_code == "91"
        await network.start_party("issuer")
    finally:
        await network.stop()


@pytest_twisted.ensureDeferred
async def test_what_is_owed_keeps_it_from_rest(tmp_path):
    network = network_of(tmp_path / "books")
    await network.start()
    try:
        asked = Deferred.fromCoroutine(network.gabs["GAB00001"].withdraw(OURS, 20_000))
        with pytest.raises(NotQuietError, match="GAB00001 is busy"):
            await network.when_quiet(0)
        await asked
    finally:
        await network.stop()


@pytest_twisted.ensureDeferred
async def test_a_taken_port_leaves_nothing_behind(tmp_path):
    first = network_of(tmp_path / "one")
    await first.start()
    try:
        base = first.issuer.port - 3
        second = network_of(tmp_path / "two", free_ports=False, port_base=base)
        with pytest.raises(AddressTakenError, match="cannot listen on 127"):
            await second.start()
        assert (second.core, second.issuer) == (None, None)
    finally:
        await first.stop()


@pytest_twisted.ensureDeferred
async def test_a_cancelled_start_leaves_nothing_behind(tmp_path):
    network = network_of(tmp_path / "books")
    starting = Deferred.fromCoroutine(network.start())
    starting.cancel()
    with pytest.raises(CancelledError):
        await starting
    again = network_of(tmp_path / "books")
    await again.start()
    await again.stop()
