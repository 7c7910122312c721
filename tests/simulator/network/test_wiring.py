"""Whom the switch of a network dials."""

from simulator.network import load_network
from simulator.network.wiring import Wiring


def test_a_host_that_dials_us_is_none_that_we_must_reach():
    wiring = Wiring(load_network("examples/between"), ["switch"])
    assert wiring.peers() == "toubkal-one at 127.0.0.1:8586"
