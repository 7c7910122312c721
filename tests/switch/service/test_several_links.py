"""A destination of two links to one host each: failover, turns, and never the same money twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.testing import virtual_world
from switch.settings.links import DestinationSettings, LinkSettings
from switch.settings.network import RouteSettings

BOTH = {"one": 3, "two": 1}


class TwoHosts:
    """The switch's bench with a second host beside the first, each on a link of its own."""

    def __init__(self, world: Any, folder: Path, benches: Any) -> None:
        self.world = world
        self.bench = bench = benches(
            world.runtime,
            folder,
            lambda party, function, *rest: world.process(party).call(function, *rest),
        )
        self.one = bench.issuer
        self.two = type(bench.issuer)(world.runtime("second"))
        self.peer: Any = None

    def do(self, coroutine: Any, limit_s: float = 60.0) -> Any:
        return self.world.run_until(coroutine, limit_s)

    def start(self, policy: str, **link: Any) -> None:
        bench = self.bench
        bench.call("issuer", self.one.start)
        bench.call("core", bench.core.start)
        bench.call("second", self.two.start)
        weights = BOTH if policy == "weighted" else {}
        place = {"links": ["one", "two"], "policy": policy, "weights": weights}
        bench.change = {
            "links": {
                name: LinkSettings.model_validate({"port": str(host.port), **link})
                for name, host in (("one", self.one), ("two", self.two))
            },
            "destinations": {"hosts": DestinationSettings.model_validate(place)},
            "routes": (RouteSettings(name="all", to="hosts"),),
        }
        self.do(bench.start())
        # One of them is enough to start; here both are wanted.
        self.world.advance(2)
        self.peer = self.do(bench.peer())

    def withdraw(self, stan: int) -> str:
        code: str = self.do(self.peer.code(self.bench.withdrawal(f"{stan:06}")))
        return code

    def stans(self, host: Any, kind: str = "0200") -> list[str]:
        return [message.text(11) for message in host.asked if message.mti == kind]

    def states(self) -> list[str]:
        return [row["state"] for row in self.bench.rows("transactions")]


@pytest.fixture
def hosts(tmp_path: Path, benches: Any) -> Iterator[TwoHosts]:
    with virtual_world(seed=8) as world:
        hosts = TwoHosts(world, tmp_path, benches)
        yield hosts
        hosts.do(hosts.bench.stop())
        hosts.do(hosts.bench.call("second", hosts.two.stop))
        assert world.failures == []


def test_the_secondary_takes_over_while_the_primary_is_away(hosts: TwoHosts) -> None:
    hosts.start("primary")
    assert hosts.withdraw(1) == "00"
    port = hosts.one.port
    hosts.do(hosts.bench.call("issuer", hosts.one.stop))
    hosts.world.advance(1)
    assert hosts.withdraw(2) == "00"
    assert (hosts.stans(hosts.one), hosts.stans(hosts.two)) == (["000001"], ["000002"])
    hosts.one._listener._port = port
    hosts.bench.call("issuer", hosts.one.start)
    hosts.world.advance(40)
    assert hosts.withdraw(3) == "00"
    assert hosts.stans(hosts.one) == ["000001", "000003"]


@pytest.mark.parametrize(("policy", "share"), [("round_robin", 4), ("weighted", 6)])
def test_turns_are_taken_as_the_file_says(hosts: TwoHosts, policy: str, share: int) -> None:
    hosts.start(policy)
    assert [hosts.withdraw(stan) for stan in range(1, 9)] == ["00"] * 8
    assert (len(hosts.stans(hosts.one)), len(hosts.stans(hosts.two))) == (share, 8 - share)


@pytest.mark.parametrize("policy", ["primary", "round_robin", "weighted"])
def test_money_under_way_on_a_link_that_goes_is_reversed_and_never_sent_on_the_other(
    hosts: TwoHosts, policy: str
) -> None:
    hosts.start(policy)
    hosts.one.hold = hosts.two.hold = True
    hosts.peer.send(hosts.bench.withdrawal("000001"))
    hosts.world.advance(0.5)
    hosts.do(hosts.bench.call("issuer", hosts.one.stop))
    assert hosts.do(hosts.peer.answer()).text(39) == "91"
    hosts.two.hold = False
    hosts.world.advance(90)
    assert hosts.stans(hosts.one) + hosts.stans(hosts.two) == ["000001"]
    assert hosts.stans(hosts.two, "0420") == ["000001"]
    assert hosts.states() == ["reversed"]
    hosts.one.release()


def test_a_busy_link_lets_the_next_one_have_the_request(hosts: TwoHosts) -> None:
    hosts.start("primary", in_flight_max="1")
    hosts.one.hold = True
    hosts.peer.send(hosts.bench.withdrawal("000001"), hosts.bench.withdrawal("000002"))
    assert hosts.do(hosts.peer.answer()).text(11) == "000002"
    hosts.bench.call("issuer", hosts.one.release)
    assert hosts.do(hosts.peer.answer()).text(11) == "000001"
    assert (hosts.stans(hosts.one), hosts.stans(hosts.two)) == (["000001"], ["000002"])


def test_with_both_away_a_request_is_91_and_owes_nothing(hosts: TwoHosts) -> None:
    hosts.start("round_robin")
    stops: list[tuple[str, Callable[[], Any]]] = [
        ("issuer", hosts.one.stop),
        ("second", hosts.two.stop),
    ]
    for party, stop in stops:
        hosts.do(hosts.bench.call(party, stop))
    hosts.world.advance(1)
    assert hosts.withdraw(1) == "91"
    assert (hosts.states(), hosts.bench.rows("owed")) == (["declined"], [])
