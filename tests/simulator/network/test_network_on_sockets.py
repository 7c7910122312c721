"""A whole network on real sockets, real threads and real files; nothing of it stays behind."""

import socket
import stat

import pytest
import pytest_twisted
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.threads import deferToThread

from simulator.hosts.rules import SILENT
from simulator.network import Network, NotQuietError, load_network
from simulator.terminal.card import Card
from switch.certs import CertsFolder
from switch.link import AddressTakenError
from switch.runtime import ReactorWallClock, real_runtime

FRAME = bytes.fromhex("0010") + b"0800" + b"0" * 12
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
        await network.set_rules([SILENT])
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


@pytest_twisted.ensureDeferred
async def test_gabs_speak_tls_with_certificates_made_at_the_first_start(tmp_path):
    network = network_of(tmp_path / "books")
    await network.start()
    try:
        assert (await network.gabs["GAB00001"].withdraw(OURS, 20_000)).outcome == "approved"
        certs = network.books.folder / "certs"
        made = {path.stem for path in certs.glob("*.key")}
        assert made == {"authority", "switch", "GAB00001", "GAB00002", "AGC00001"}
        assert {stat.S_IMODE(path.stat().st_mode) for path in certs.glob("*.key")} == {0o600}
        port = network.switch.ports["secure"]
        answer = await deferToThread(plain_answer, port)
        assert not answer.startswith(b"0810", 2)
    finally:
        await network.stop()


@pytest_twisted.ensureDeferred
async def test_a_second_start_keeps_the_certificates(tmp_path):
    kept = []
    for _ in range(2):
        network = network_of(tmp_path / "books")
        await network.start()
        kept.append((tmp_path / "books" / "certs" / "switch.pem").read_bytes())
        await network.stop()
    assert kept[0] == kept[1]


@pytest_twisted.ensureDeferred
async def test_a_terminal_whose_certificate_was_revoked_signs_on_no_more(tmp_path, monkeypatch):
    monkeypatch.setattr("simulator.network.network.START_LIMIT_S", 5.0)
    network = network_of(tmp_path / "books")
    await network.start()
    try:
        certs = CertsFolder(tmp_path / "books" / "certs", network_clock())
        certs.revoke("GAB00002")
        await network.stop_party("GAB00002")
        monkeypatch.setattr("simulator.network.network.START_LIMIT_S", 0.5)
        await network.start_party("GAB00002")
        assert not network.gabs["GAB00002"].up
        assert (await network.gabs["GAB00001"].withdraw(OURS, 20_000)).outcome == "approved"
    finally:
        await network.stop()


def network_clock():
    from twisted.internet import reactor

    return ReactorWallClock(reactor)


def plain_answer(port):
    """What a port answers to somebody who speaks no TLS; nothing when it just hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
        plain.sendall(FRAME)
        return plain.recv(4096)
