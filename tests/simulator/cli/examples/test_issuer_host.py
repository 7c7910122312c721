"""examples/issuer-host: Toubkal's host behind us, in BCD, with MACs and keys that are replaced."""

import signal

import pytest

pytestmark = pytest.mark.process

CARD, UNKNOWN = "9504020000000018", "9504020000000999"


def test_the_example_runs_by_its_name_with_the_host_played(serve, client, port_base):
    running = serve("up", "--config", "examples/issuer-host", "--port-base", port_base)
    for key in ("mak.toubkal", "zpk.toubkal"):
        running.wait_logged(f"key replaced party=switch link=toubkal key={key}")
    line = client(port_base)
    assert line.network("001") == "00"
    sent, answer = line.request("0200", "010000", 20_000, de2=CARD)
    assert (answer[39], line.balance(CARD)) == ("00", 480_000)
    assert line.reverse(sent) == "00"
    assert line.balance(CARD) == 500_000
    assert line.request("0200", "010000", 20_000, de2=UNKNOWN)[1][39] == "14"
    assert "not authentic" not in running.errors.read_text()
    assert running.end(signal.SIGTERM) == 0
