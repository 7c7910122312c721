"""`guichet up` as a process, spoken to by a client that owes nothing to our code."""

import signal
import socket
from urllib.parse import quote

import pytest

pytestmark = pytest.mark.process

AMINA = "9504010000000019"
RIB = "999780000000000000100112"


def tlv(**values):
    """Bill data of DE48: tag, length of three digits, value."""
    return "".join(f"{tag[1:]}{len(value):03}{value}" for tag, value in values.items())


def untlv(text):
    found, at = {}, 0
    while at < len(text):
        size = int(text[at + 2 : at + 5])
        found[text[at : at + 2]] = text[at + 5 : at + 5 + size]
        at += 5 + size
    return found


def test_an_independent_client_does_the_whole_main_job(serve, client, port_base):
    up = serve("up", "--fresh", "--port-base", port_base)
    assert f"127.0.0.1:{port_base}" in up.output.decode()
    line = client(port_base)

    assert line.network("301") == "00"
    _, refused = line.request("0100", "310000", de2=AMINA)
    assert refused[39] == "91"
    assert line.network("001") == "00"
    assert line.balance(AMINA) == 1_000_000

    withdrawal, answer = line.request("0200", "010000", 20_000, de2=AMINA)
    assert (answer[39], len(answer[38])) == ("00", 6)
    assert line.balance(AMINA) == 980_000
    _, again = line.ask("0201", **withdrawal)
    assert (again[39], again[38]) == ("00", answer[38])
    _, duplicate = line.ask("0200", **withdrawal)
    assert duplicate[39] == "94"
    assert line.balance(AMINA) == 980_000
    assert line.reverse(withdrawal) == "00"
    assert line.reverse(withdrawal, "0421") == "00"
    assert line.balance(AMINA) == 1_000_000

    form = f"contract={quote('00123456')}"
    _, owed = line.request("0100", "300000", de48=tlv(_01="1001", _02="01", _03=form))
    bill = untlv(owed[48])
    assert (owed[39], owed[4]) == ("00", "000000047075")
    assert bill["05"] == "E2609001=35075|E2610001=12000"
    paying = {"_01": "1001", "_02": "01", "_04": bill["04"], "_05": bill["05"], "_08": bill["08"]}
    payment, paid = line.request("0200", "500000", 47_075, de2=AMINA, de48=tlv(**paying))
    assert paid[39] == "00"
    assert untlv(paid[48])["06"]
    assert line.balance(AMINA) == 952_925
    _, twice = line.request("0200", "500000", 47_075, de2=AMINA, de48=tlv(**paying))
    assert twice[39] == "94"
    assert line.reverse(payment) == "00"
    assert line.balance(AMINA) == 1_000_000

    assert up.end(signal.SIGINT) == 130
    logged = up.errors.read_text()
    assert "0200 withdrawal 200.00 MAD card 950401******0019 STAN 000005 LAB00001" in logged
    assert AMINA not in logged
    assert "Traceback" not in logged


def test_the_books_survive_a_restart_and_begin_anew_with_fresh(serve, client, port_base):
    def started(*options):
        up = serve("up", "--quiet", "--port-base", port_base, *options)
        line = client(port_base)
        assert line.network("001") == "00"
        return up, line

    up, line = started()
    sent, first = line.request("0200", "010000", 20_000, de2=AMINA)
    assert up.end(signal.SIGTERM) == 0
    up, line = started()
    assert line.ask("0200", **sent)[1][39] == "94"
    assert line.ask("0201", **sent)[1][38] == first[38]
    line.stan = 100
    assert line.balance(AMINA) == 980_000
    assert up.end(signal.SIGTERM) == 0
    _, line = started("--fresh")
    assert line.balance(AMINA) == 1_000_000


def test_two_of_them_disturb_each_other_in_no_way_but_an_error(
    serve, guichet, client, port_base, tmp_path
):
    serve("up", "--quiet", "--port-base", port_base, "--data-dir", tmp_path / "one")
    code, _, told = guichet("up", "--port-base", port_base, "--data-dir", tmp_path / "two")
    assert code == 2
    assert f"cannot listen on 127.0.0.1:{port_base + 4} for core" in told
    assert "--port-base" in told
    code, _, told = guichet("up", "--port-base", port_base + 100, "--data-dir", tmp_path / "one")
    assert (code, "is in use" in told, str(tmp_path / "one") in told) == (2, True, True)
    line = client(port_base)
    assert line.network("001") == "00"
    assert line.balance(AMINA) == 1_000_000


def test_a_taken_port_of_the_switch_is_named(guichet, port_base):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port_base))
        taken.listen()
        code, _, told = guichet("up", "--port-base", port_base)
    assert code == 2
    assert f"cannot listen on 127.0.0.1:{port_base} for terminals" in told
    assert "Traceback" not in told


def test_an_interrupt_while_it_starts_ends_it(serve, port_base, tmp_path):
    up = serve("up", "--port-base", port_base, ready=False)
    while not (tmp_path / ".guichet" / "local" / "core.lock").exists():
        assert up.process.poll() is None
    assert up.end(signal.SIGINT) == 130
    assert "Traceback" not in up.errors.read_text()


def test_metrics_and_the_description_of_the_core_are_served(serve, port_base):
    serve("up", "--quiet", "--port-base", port_base)
    for port, path, found in ((5, "/metrics", b"guichet_lines_open"), (4, "/openapi.json", b"3.1")):
        with socket.create_connection(("127.0.0.1", port_base + port), timeout=10) as line:
            line.sendall(f"GET {path} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
            answer = b"".join(iter(lambda: line.recv(65536), b""))
        assert b"200 OK" in answer
        assert found in answer
