"""Each part of the network alone in its process, and an issuer that misbehaves on demand."""

import signal
import socket

import pytest

pytestmark = pytest.mark.process

AMINA, VISITOR = "9504010000000019", "9504020000000018"


def parts(serve, port_base, *issuer_options):
    """Core, issuer and switch, each its own process; the switch's, its link up."""
    base = ("--port-base", port_base)
    serve("core", *base)
    serve("issuer", *base, *issuer_options)
    switch = serve("switch", *base)
    switch.wait_logged("signed on party=switch link=issuer")
    return switch


def signed_on(client, port_base, first_stan=0):
    line = client(port_base)
    line.stan = first_stan
    assert line.network("001") == "00"
    return line


def withdraw(line, pan, amount_minor=20_000):
    return line.request("0200", "010000", amount_minor, de2=pan)


def test_the_parts_make_a_network(serve, client, port_base):
    parts(serve, port_base)
    line = signed_on(client, port_base)
    for pan, left in ((AMINA, 980_000), (VISITOR, 480_000)):
        assert withdraw(line, pan)[1][39] == "00"
        assert line.balance(pan) == left


def test_a_killed_switch_goes_on_from_its_journal(serve, client, port_base):
    switch = parts(serve, port_base)
    line = signed_on(client, port_base)
    sent, first = withdraw(line, AMINA)
    switch.process.kill()
    switch.wait()
    serve("switch", "--port-base", port_base)
    line = signed_on(client, port_base, 500)
    assert line.ask("0201", **sent)[1][38] == first[38]
    assert line.balance(AMINA) == 980_000


def test_a_silent_issuer_is_answered_for_with_91(serve, client, port_base):
    parts(serve, port_base, "--silent")
    assert withdraw(signed_on(client, port_base), VISITOR)[1][39] == "91"


def test_a_late_issuer_is_waited_for(serve, client, port_base):
    parts(serve, port_base, "--delay", "300ms")
    assert withdraw(signed_on(client, port_base), VISITOR)[1][39] == "00"


def test_an_issuer_loses_the_first_answer_and_the_debit_is_taken_back(serve, client, port_base):
    switch = parts(serve, port_base, "--lose-answers", "1")
    line = signed_on(client, port_base)
    assert withdraw(line, VISITOR)[1][39] == "91"
    switch.wait_logged("] acknowledged")
    assert line.balance(VISITOR) == 500_000


@pytest.mark.parametrize(
    ("part", "number", "code"),
    [
        ("core", signal.SIGTERM, 0),
        ("issuer", signal.SIGINT, 130),
        ("switch", signal.SIGTERM, 0),
    ],
)
def test_a_part_ends_in_order(serve, port_base, part, number, code):
    running = serve(part, "--port-base", port_base)
    assert running.end(number) == code
    assert "Traceback" not in running.errors.read_text()


def test_the_switch_runs_without_the_simulator(serve, client, port_base):
    alone = "import sys, runpy; sys.modules['simulator'] = None; "
    alone += "runpy.run_module('switch', run_name='__main__', alter_sys=True)"
    switch = serve("--port-base", port_base, program=("-c", alone))
    assert switch.output.decode() == (
        f"ready: terminals 127.0.0.1:{port_base}, secure 127.0.0.1:{port_base + 1}, "
        f"networks 127.0.0.1:{port_base + 2}\n"
    )
    assert client(port_base).network("301") == "00"


def under_way(client, port_base):
    """A line with a withdrawal that the switch has read: what comes behind it is answered."""
    line = signed_on(client, port_base)
    line.send("0200", **line.compose("010000", 20_000, de2=VISITOR))
    assert line.network("301") == "00"
    return line


def refuses(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionError:  # a listener that closes at that instant resets
        return True
    return False


def test_an_interrupted_switch_answers_what_is_under_way(serve, client, port_base):
    switch = parts(serve, port_base, "--delay", "1s")
    line = under_way(client, port_base)
    switch.process.send_signal(signal.SIGINT)
    assert line.receive()[1][39] == "00"
    assert switch.wait() == 130


def test_a_second_signal_ends_it_at_once(serve, client, port_base):
    switch = parts(serve, port_base, "--silent")
    line = under_way(client, port_base)
    switch.process.send_signal(signal.SIGINT)
    while not refuses(port_base):
        assert switch.process.poll() is None
    assert switch.end(signal.SIGINT) == 130
    with pytest.raises(AssertionError, match="the line was closed"):
        line.receive()
