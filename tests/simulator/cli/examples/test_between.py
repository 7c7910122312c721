"""examples/between: Siroua's acquirer on one side, Toubkal's mainframe on the other."""

import json
import signal

import pytest

from simulator.cli.main import cli
from switch.cli.console import run_command

pytestmark = pytest.mark.process

CARD = "9504020000000018"
MAINFRAME_FORGETS = (2, 4, 7, 42, 49, 63)
"""What Toubkal's answers leave out."""
NOT_REPEATED = (18, 22, 25)
"""What no answer has of its request."""


class Between:
    """The switch with a line to each bank."""

    def __init__(self, banks, switch, listening, port_base):
        self.banks = banks
        self.switch = switch
        self.second_site_port = port_base
        self._listening = listening
        self._host = banks.toubkal_accepts(listening)
        switch.wait_logged("signed on party=switch link=toubkal-one")
        self.acquirer = banks.siroua(port_base + 1)
        assert self.acquirer.network("001") == "00"

    @property
    def host(self):
        """Toubkal's end of the line that the switch dialled; dialled anew where it was lost."""
        if self._host.connection.fileno() == -1:
            self._host = self.banks.toubkal_accepts(self._listening)
        return self._host

    def ask(self, stan):
        """Have Siroua ask for cash; what Toubkal is asked then."""
        host = self.host
        self.acquirer.send("0200", self.banks.withdrawal(stan, CARD))
        mti, asked = host.receive()
        assert (mti, asked[11]) == ("0200", stan)
        return asked

    def answer_code(self):
        """DE39 of the next answer that Siroua gets."""
        return self.acquirer.receive()[1][39]


def takes_back(host, stan):
    """Take the reversal of a request."""
    mti, reversal = host.receive()
    assert (mti, reversal[90][:10]) == ("0420", f"0200{stan}")
    host.answer("0430", reversal, (63,), de39="00")


@pytest.fixture(scope="module")
def path(changed):
    """The example, but that a silent host is given up after 1 s, not 5."""
    return changed("between", **{"timeout: 5s": "timeout: 1s"})


@pytest.fixture(scope="module")
def between(serve_here, banks, free_ports, path):
    port_base = free_ports()
    with banks.toubkal_listens(port_base + 2) as listening:
        options = ("--config", path, "--port-base", port_base)
        yield Between(banks, serve_here("switch", *options), listening, port_base)


def test_what_one_bank_asks_the_other_answers_each_in_its_own_words(between):
    asked = between.banks.withdrawal("000001", CARD)
    assert between.ask("000001") == asked
    between.host.answer("0210", asked, MAINFRAME_FORGETS, de38="T00001", de39="00")
    mti, answer = between.acquirer.receive()
    assert (mti, answer.pop(38), answer.pop(39)) == ("0210", "T00001", "00")
    del answer[15]
    assert answer == {n: value for n, value in asked.items() if n not in NOT_REPEATED}


def test_an_answer_that_matches_nothing_is_logged_with_the_reason_in_words(between):
    asked, host, logged = between.ask("000002"), between.host, between.switch.wait_logged
    host.answer("0210", asked, MAINFRAME_FORGETS, de39="00", de41="SIR00043")
    logged("but DE41 is SIR00043 where SIR00042 was asked")
    host.answer("0430", asked, MAINFRAME_FORGETS, de39="00")
    logged("but its class is x4xx where x2xx was asked")
    host.answer("0210", asked, MAINFRAME_FORGETS, de39="00", de11="777777")
    logged("reason='nobody waits for it'")
    assert between.answer_code() == "91"
    host.answer("0210", asked, MAINFRAME_FORGETS, de39="00")
    logged("s after its request was given up")
    takes_back(host, "000002")


def test_what_may_have_left_on_a_lost_line_is_reversed_on_the_other_and_not_sent_again(between):
    second = between.banks.toubkal(between.second_site_port)
    assert second.network("001") == "00"
    between.ask("000003")
    between.host.close()
    assert between.answer_code() == "91"
    takes_back(second, "000003")
    between.acquirer.send("0200", between.banks.withdrawal("000004", CARD))
    mti, asked = second.receive()
    assert (mti, asked[11]) == ("0200", "000004")
    second.answer("0210", asked, MAINFRAME_FORGETS, de39="51")
    assert between.answer_code() == "51"


def test_sigterm_refuses_what_is_new_ends_what_is_under_way_and_keeps_what_is_owed(
    between, path, folder, monkeypatch, capsys
):
    between.ask("000005")
    assert between.answer_code() == "91"
    assert between.host.receive()[0] == "0420"
    asked = between.ask("000006")
    between.switch.process.send_signal(signal.SIGTERM)
    while between.acquirer.network("001") == "00":
        assert between.switch.process.poll() is None
    between.acquirer.send("0200", between.banks.withdrawal("000007", CARD))
    assert between.answer_code() == "91"
    between.host.answer("0210", asked, MAINFRAME_FORGETS, de39="00")
    assert between.answer_code() == "00"
    assert between.switch.wait() == 0
    monkeypatch.chdir(folder)
    assert run_command(cli, "guichet", ["journal", "saf", "--config", str(path), "--json"]) == 0
    (owed,) = json.loads(capsys.readouterr().out)
    assert owed["stan"] == "000005"
