"""Network files written for a test, and whole networks in virtual time."""

import shutil
from pathlib import Path

import pytest

from simulator.faults import BlackHole
from simulator.network import Network, load_network
from simulator.terminal.card import Card
from simulator.testing import virtual_world
from switch.settings import SettingsError, config_folder


class NetworkFile:
    """A copy of the local network, to change and to load."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(config_folder() / "seed", folder / "seed")
        self.path = folder / "mine.yaml"
        self.path.write_text((config_folder() / "local.yaml").read_text())

    def change(self, old: str, new: str, times: int = 1) -> None:
        text = self.path.read_text()
        assert text.count(old) >= 1, f"{old!r} is not in the local network"
        self.path.write_text(text.replace(old, new, times))

    def problems(self) -> list[str]:
        """`line: message [suggestion]` of each problem with the file."""
        with pytest.raises(SettingsError) as raised:
            load_network(self.path)
        return [
            f"{each.line}: {each.message}" + (f" [{each.suggestion}]" if each.suggestion else "")
            for each in raised.value.problems
        ]

    def line_of(self, text: str) -> int:
        lines = self.path.read_text().splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.fixture
def network_file(tmp_path) -> NetworkFile:
    return NetworkFile(tmp_path)


class Net:
    """The local network in a virtual world."""

    def __init__(self, world, folder: Path, **options) -> None:
        self.world = world
        self.network = Network(
            lambda party: world.process(party).runtime,
            load_network("local"),
            folder,
            free_ports=True,
            **options,
        )

    def do(self, coroutine, limit_s: float = 120.0):
        return self.world.run_until(coroutine, limit_s)

    def start(self) -> None:
        self.do(self.network.start())

    def stop(self) -> None:
        self.do(self.network.stop())


@pytest.fixture
def world():
    with virtual_world(seed=11) as world:
        yield world
        assert world.failures == []


@pytest.fixture
def net(world, tmp_path):
    """Started, its lines proxied; stopped after the test."""
    net = Net(world, tmp_path / "books", proxied=True)
    net.start()
    yield net
    net.stop()


@pytest.fixture
def make_net(world, tmp_path):
    """Starts networks on one and the same folder; stops those that the test has not."""
    made = []

    def make(**options) -> Net:
        net = Net(world, tmp_path / "books", **options)
        made.append(net)
        net.start()
        return net

    yield make
    for net in made:
        net.stop()


@pytest.fixture
def history_of():
    """The digest of a world in which a network does a few things."""

    def run(folder: Path) -> str:
        with virtual_world(seed=5) as world:
            net = Net(world, folder, proxied=True)
            net.start()
            heal = net.network.inject("GAB00001", BlackHole(("down",)))
            net.do(net.network.gabs["GAB00001"].withdraw(Card("9504010000000019"), 20_000))
            heal()
            for end in (net.network.kill_party, net.network.stop_party):
                net.do(end("switch"))
                net.do(net.network.start_party("switch"))
                world.advance(40)
            net.do(net.network.when_quiet(100), 200)
            net.stop()
            return world.history.digest()

    return run
