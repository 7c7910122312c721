"""examples/acquirer: Siroua's acquirer dials us, over TLS and with a MAC on each message."""

import ssl

import pytest
from psec.des import encrypt_tdes_ecb
from psec.mac import generate_retail_mac
from psec.pinblock import encode_pinblock_iso_0

from simulator.cli.main import cli
from switch.cli.console import run_command
from switch.keys import Algorithm
from switch.keys.made_up import MadeUpKeys
from switch.runtime import SystemEntropy

pytestmark = [pytest.mark.process, pytest.mark.filterwarnings("ignore:.*TripleDES")]

CARD = "9504010000000019"


@pytest.fixture(scope="module")
def network(serve_here, free_ports, folder):
    """The switch and the core, as one command starts them from the copy."""
    port_base = free_ports()
    path = folder / "examples" / "acquirer.yaml"
    running = serve_here("up", "--config", path, "--port-base", port_base)
    running.port = port_base
    return running


@pytest.fixture(scope="module")
def tls(network, folder):
    """What Siroua's end of a line shows and accepts."""
    certs = folder / ".guichet" / "example-acquirer" / "certs"
    issue = ("certs", "issue", "siroua", "--for", "client", "--dir", str(certs))
    assert run_command(cli, "guichet", issue) == 0
    context = ssl.create_default_context(cafile=str(certs / "authority.pem"))
    context.load_cert_chain(certs / "siroua.pem", certs / "siroua.key")
    return lambda connection: context.wrap_socket(connection, server_hostname="127.0.0.1")


@pytest.fixture(scope="module")
def shared(network, folder):
    """The keys that the two share, in clear."""
    keys = MadeUpKeys(folder / ".guichet" / "example-acquirer", SystemEntropy())
    return {name: keys.value_of(name, Algorithm.TDES2) for name in ("mak.siroua", "zpk.siroua")}


@pytest.fixture(scope="module")
def seal(shared):
    """X9.19, by another implementation."""
    key = shared["mak.siroua"]
    return lambda data: generate_retail_mac(key[:8], key[8:], data, 2).hex().upper().encode("ascii")


@pytest.fixture
def line(network, banks, tls, seal):
    line = banks.siroua(network.port, tls, seal)
    assert line.network("001") == "00"
    yield line
    line.close()


def test_a_bank_with_its_certificate_and_its_key_is_answered_by_our_core(line, banks):
    asked = banks.withdrawal("000001", CARD)
    mti, answer = line.ask("0200", asked)
    assert (mti, answer[39], answer[63]) == ("0210", "00", asked[63])
    repeat = {**asked, 7: "1124103700", 12: "113700"}
    mti, again = line.ask("0201", repeat)
    assert (mti, again[38], again[39]) == ("0210", answer[38], "00")
    assert line.ask("0200", repeat)[1][39] == "94"


@pytest.mark.parametrize(
    ("stan", "pin", "code"), [("000011", "1234", "00"), ("000012", "4321", "55")]
)
def test_a_pin_of_the_bank_is_translated_and_verified(line, banks, shared, stan, pin, code):
    clear = encode_pinblock_iso_0(pin, CARD)
    block = encrypt_tdes_ecb(shared["zpk.siroua"], clear).hex().upper()
    assert line.ask("0200", banks.withdrawal(stan, CARD, de52=block))[1][39] == code


def test_a_wrong_mac_is_answered_30_and_told(network, line, banks):
    line.seal, right = (lambda data: b"0" * 16), line.seal
    line.send("0200", banks.withdrawal("000002", CARD))
    line.seal = right
    assert line.receive()[1][39] == "30"
    network.wait_logged("message is not authentic")


def test_an_acquirer_that_is_another_is_answered_58(network, line, banks):
    for stan, acquirer in (("000003", "504021"), ("000004", "504001")):
        assert line.ask("0200", banks.withdrawal(stan, CARD, de32=acquirer))[1][39] == "58"
    network.wait_logged("siroua does not vouch for 504021 (DE32)")


def test_what_the_dialect_calls_for_is_missed_with_its_name(network, line, banks):
    asked = banks.withdrawal("000005", CARD)
    del asked[42]
    assert line.ask("0200", asked)[1][39] == "30"
    network.wait_logged("field 42 (Card acceptor identification code)")


def test_who_shows_no_certificate_is_refused_with_the_reason(network, banks):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    line = banks.siroua(network.port, context.wrap_socket)
    with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
        line.network("301")
    network.wait_logged("the peer showed no certificate")


def test_a_bank_without_tls_is_refused_with_the_reason(network, banks):
    line = banks.siroua(network.port)
    with pytest.raises((ConnectionError, AssertionError)):
        line.network("301")
    network.wait_logged("what the peer speaks is not TLS")
