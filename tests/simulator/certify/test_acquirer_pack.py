"""The pack for acquirers: our own GAB, asked at its keys, passes; one that forgets does not."""

from itertools import count

import pytest

from simulator.certify.case_file import load_pack, pack_folder
from simulator.certify.pack import certify
from simulator.certify.profile import CertificationProfile
from simulator.certify.results import CaseVerdict
from simulator.gab.gab import Gab
from simulator.gab.settings import CassetteSettings, GabSettings
from simulator.terminal.card import Card
from simulator.testing import virtual_world
from switch.link import Dialer, SessionProfile
from switch.settings import parse_located
from switch.wire import Codec, Message, load_dialect, make_framing

PORT = 8583
PROFILE = """
profile: an acquirer of the tests
dialect: gab87
terminal: GAB00001
amount: 200.00
abilities: [withdrawal, reversal, sign_on]
"""

REQUEST = {
    "t": "0200",
    "2": "9504020000000018",
    "3": "010000",
    "4": "000000020000",
    "7": "1124120000",
    "11": "000007",
    "12": "130000",
    "13": "1124",
    "18": "6011",
    "22": "051",
    "25": "02",
    "32": "504001",
    "37": "632812000007",
    "41": "GAB00001",
    "42": "AGENCE000000001",
    "49": "504",
}


def certified_by(world, process, system, ask, names):
    """What comes of the cases of these names (all unless said) with a system that dials us."""
    profile = parse_located(PROFILE, "acquirer.yaml", CertificationProfile)
    cases = [each for each in load_pack(pack_folder("acquirer")) if not names or each.id in names]
    tester = world.process("tester")
    certifying = tester.start(
        certify,
        profile,
        "acquirer",
        cases,
        ("127.0.0.1", PORT),
        tester.runtime,
        listens=True,
        ask=ask,
    )
    process.call(system.start)
    result = world.run_until(certifying, 7200)
    world.run_until(process.start(system.stop))
    return result


@pytest.fixture
def certified(tmp_path):
    """Runs the pack against a GAB that withdraws whenever it is asked to."""

    def run(*names):
        with virtual_world(5) as world:
            process = world.process("GAB00001")
            gab = process.call(
                Gab,
                process.runtime,
                GabSettings(cassettes={"1": CassetteSettings(note=200, count=100)}),
                terminal_id="GAB00001",
                acceptor="AGENCE000000001",
                institution="504001",
                host="127.0.0.1",
                port=PORT,
                codec=Codec(load_dialect("gab87")),
                framing=make_framing("2-byte-binary"),
                folder=tmp_path,
            )

            def ask(text):
                if text.startswith("Withdraw"):
                    asked = process.start(gab.withdraw, Card("9504020000000018", "3112"), 20_000)
                    asked.addErrback(lambda failure: None)

            return certified_by(world, process, gab, ask, names)

    return run


def test_a_correct_acquirer_passes_every_case(certified):
    result = certified()
    wrong = {each.id: each.why for each in result.cases if each.verdict is CaseVerdict.FAIL}
    assert wrong == {}
    assert result.counts[CaseVerdict.PASS] >= 9


@pytest.fixture
def careless():
    """Runs cases against an acquirer that sends a request, and does nothing when all goes wrong.

    `spoil` changes what it sends.
    """

    def run(*names, spoil=lambda message: message):
        with virtual_world(5) as world:
            process = world.process("acquirer")
            stans = (f"{number:06}" for number in count(1))
            dialer = process.call(
                Dialer,
                process.runtime,
                SessionProfile(name="switch", signs_on=True),
                Codec(load_dialect("gab87")),
                make_framing("2-byte-binary"),
                host="127.0.0.1",
                port=PORT,
                new_stan=lambda: next(stans),
            )

            async def send():
                await dialer.when_up()
                await dialer.ask(spoil(Message(REQUEST)), 5.0)

            def ask(text):
                process.start(send).addErrback(lambda failure: None)

            result = certified_by(world, process, dialer, ask, names)
        (case,) = result.cases
        return case

    return run


def test_a_request_without_a_needed_element_is_caught(careless):
    def without_amount(message):
        del message["4"]
        return message

    case = careless("requests/a-withdrawal", spoil=without_amount)
    assert case.verdict is CaseVerdict.FAIL
    assert case.why == "field 4 (Amount, transaction): expected it in a 0200, found nothing"


def test_a_lost_answer_that_is_never_reversed_is_caught(careless):
    case = careless("reversals/a-lost-answer")
    assert case.verdict is CaseVerdict.FAIL
    assert case.why == "message: expected 0420, found nothing within 120 s"
    assert any("0200" in line for line in case.evidence)
    assert "950402******0018" in "".join(case.messages)
    assert "9504020000000018" not in "".join((*case.messages, *case.evidence))
