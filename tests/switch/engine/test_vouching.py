"""Another network speaks for its acquirers, and never for us."""

import pytest

from switch.engine.request import RefusalError
from switch.engine.vouching import Vouching
from switch.settings.network import SwitchSettings
from switch.wire import Message

SECTION = {
    "listeners": {
        "some": {"kind": "network", "port": "0", "acquirers": ["504777", "504778"]},
        "any": {"kind": "network", "port": "0"},
    },
    "links": {"host": {"port": "1", "requests": "network", "acquirers": ["504779"]}},
    "routes": [{"name": "all", "to": "host"}],
    "groups": {},
}
ANY, OURS = "0" * 11, "00000504001"


@pytest.fixture(scope="module")
def vouching():
    return Vouching(SwitchSettings.model_validate(SECTION), "00504001")


def reversal(original, acquirer="504777"):
    ninety = "0200" + "000001" + "1124103601" + original + ANY
    return Message({"t": "0420", "32": acquirer, "90": ninety})


@pytest.mark.parametrize(
    ("source", "acquirer"),
    [
        *(("some", "504777"), ("some", "00000504778"), ("any", "504777"), ("host", "504779")),
    ],
)
def test_an_acquirer_of_the_network_may_ask(vouching, source, acquirer):
    vouching.check(Message({"t": "0200", "32": acquirer}), source)


@pytest.mark.parametrize(
    ("source", "message", "code", "reason"),
    [
        ("some", Message({"t": "0200", "32": "504779"}), "58", "some does not vouch for 504779"),
        ("host", Message({"t": "0200", "32": "504777"}), "58", "host does not vouch for 504777"),
        ("any", Message({"t": "0200", "32": "504001"}), "58", "DE32 is our own"),
        ("any", Message({"t": "0100", "32": OURS}), "58", "DE32 is our own"),
        ("any", Message({"t": "0420"}), "30", "0420 from a network without DE32"),
        ("some", reversal(OURS), "58", "the acquirer in DE90 is our own"),
        ("some", reversal("00000504779"), "58", "vouch for 504779 (the acquirer in DE90)"),
    ],
)
def test_any_other_is_refused(vouching, source, message, code, reason):
    with pytest.raises(RefusalError) as refused:
        vouching.check(message, source)
    assert refused.value.code == code
    assert reason in refused.value.reason


@pytest.mark.parametrize("original", [ANY, "00000504778", " " * 11])
def test_a_reversal_of_its_own_is_taken(vouching, original):
    vouching.check(reversal(original), "some")


def test_a_network_cannot_take_back_what_our_terminal_did(bench):
    withdrawal = bench.message()
    asked = bench.ask(withdrawal)
    bench.issuer.answer()
    assert asked.code == "00"
    forged = bench.reversal(withdrawal, de32=None)
    assert bench.ask(forged, kind="network").code == "30"
    assert bench.ask(bench.reversal(withdrawal, de32="504777"), kind="network").code == "58"
    assert (bench.only()["state"], bench.owed) == ("approved", 0)
