"""An issuer that is certified in virtual time: a correct one, and one with a defect."""

import pytest

from simulator.certify.case_file import load_pack, pack_folder
from simulator.certify.pack import certify
from simulator.certify.profile import CertificationProfile
from simulator.certify.results import CaseVerdict
from simulator.hosts.issuer import IssuerHost
from simulator.hosts.settings import AccountSeed, CardSeed, IssuerSeed
from simulator.testing import virtual_world
from switch.settings import parse_located
from switch.wire import Codec, load_dialect, make_framing

PORT = 8586
PROFILE = """
profile: a bank of the tests
dialect: gab87
amount: 20.00
too_much: 90.00
cards:
  approved: {pan: "9504020000000018", expiry: "3112"}
  no_funds: {pan: "9504020000000026", expiry: "3112"}
  blocked: {pan: "9504020000000034", expiry: "3112"}
  expired: {pan: "9504020000000059", expiry: "2610"}
  unknown: {pan: "9504020000000067", expiry: "3112"}
abilities: [withdrawal, balance, reversal, partial_reversal, advice, sign_on, sign_off, cut_over,
            reconciliation]
load_rate: 50
quiet_for: 1s
"""
SEED = IssuerSeed(
    accounts=(
        AccountSeed(id="0018", holder="customer 0018", balance=500_000),
        AccountSeed(id="0026", holder="customer 0026", balance=8_000),
    ),
    cards=(
        CardSeed(pan="9504020000000018", account="0018", expiry="3112"),
        CardSeed(pan="9504020000000026", account="0026", expiry="3112"),
        CardSeed(pan="9504020000000034", account="0018", expiry="3112", status="lost"),
        CardSeed(pan="9504020000000059", account="0018", expiry="2610"),
    ),
)


@pytest.fixture(name="profile")
def _profile():
    return parse_located(PROFILE, "my-bank.yaml", CertificationProfile)


@pytest.fixture
def certified(profile, tmp_path):
    """Runs cases of the issuer's pack against a host of the tests."""

    def run(*names, with_profile=None):
        cases = [case for case in load_pack(pack_folder("issuer")) if not names or case.id in names]
        with virtual_world(11) as world:
            bank = world.process("bank")
            host = bank.call(
                IssuerHost,
                bank.runtime,
                SEED,
                tmp_path / "bank.db",
                port=PORT,
                codec=Codec(load_dialect("gab87")),
                framing=make_framing("2-byte-binary"),
            )
            world.run_until(bank.start(host.start))
            tester = world.process("tester")
            result = world.run_until(
                tester.start(
                    certify,
                    with_profile or profile,
                    "issuer",
                    cases,
                    ("127.0.0.1", PORT),
                    tester.runtime,
                    listens=False,
                ),
                3600,
            )
            world.run_until(bank.start(host.stop))
        return result

    return run


@pytest.fixture
def failed(certified):
    """The names of the cases that fail."""

    def names(*cases):
        result = certified(*cases)
        return {each.id for each in result.cases if each.verdict is CaseVerdict.FAIL}

    return names
