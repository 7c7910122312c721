"""A core that asks for a token, in a whole network: who shows it is served, nobody else."""

from simulator.network import Network, load_network
from simulator.terminal.card import Card
from switch.link.http import HttpClient

AMINA = Card("9504010000000019", "4912")
SHOWN = "core: {port: 8587, token: {made: core},"
ASKED = "core:\n  port: 8587\n  access: {token: {made: core}}\n"


def test_the_switch_shows_the_token_that_the_core_asks_for(network_file, world, tmp_path):
    network_file.change("core: {port: 8587,", SHOWN)
    network_file.change("core:\n  port: 8587\n", ASKED)
    network = Network(
        lambda party: world.process(party).runtime, load_network(network_file.path), tmp_path / "it"
    )
    world.run_until(network.start(), 120.0)
    paid = world.run_until(network.gabs["GAB00001"].withdraw(AMINA, 20_000), 120.0)
    stranger = world.process("stranger")
    client = HttpClient(stranger.runtime, host="127.0.0.1", port=8587)
    answer = world.run_until(
        stranger.call(lambda: client.request("GET", "/v1/creditors", b"", 5.0)), 10.0
    )
    world.run_until(client.close(), 10.0)
    world.run_until(network.stop(), 120.0)
    assert (paid.outcome, answer.status) == ("approved", 401)
    token = (tmp_path / "it" / "tokens" / "core").read_text().strip()
    assert len(token) == 64
    assert token not in str(world.history.events)


def test_a_core_that_asks_for_what_the_switch_does_not_show_is_told(network_file):
    network_file.change("core:\n  port: 8587\n", ASKED)
    line = network_file.line_of("access: {token")
    (told,) = network_file.problems()
    assert told.startswith(f"{line}: the core wants a token: say in `switch.core.token`")


def test_a_core_that_others_reach_asks_for_something(network_file):
    network_file.change("core:\n  port: 8587\n", "core:\n  port: 8587\n  interface: 0.0.0.0\n")
    line = network_file.line_of("interface: 0.0.0.0")
    (told,) = network_file.problems()
    assert told.startswith(f"{line}: 0.0.0.0 is beyond this machine: give `access` a `token`")


def test_tls_on_one_side_alone_is_told(network_file):
    changed = ASKED.replace("token: {made: core}", "tls: {made: core}")
    network_file.change("core:\n  port: 8587\n", changed)
    (told,) = network_file.problems()
    assert "either both have TLS or none: `core.access.tls` and `switch.core.tls`" in told
