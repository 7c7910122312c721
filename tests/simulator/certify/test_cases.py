"""Cases and profiles as files: what is refused, with its place, and what is left out."""

import pytest

from simulator.certify.case_file import SIDES, CaseFile, load_pack, pack_folder
from simulator.certify.profile import CertificationProfile
from simulator.certify.results import CaseVerdict
from switch.settings import SettingsError, parse, parse_located

CASE = """
case: An echo
rule: It is answered.
source: practice
steps:
  - {step}
"""


@pytest.mark.parametrize("side", SIDES)
def test_the_shipped_cases_each_say_their_rule_and_its_source(side):
    cases = load_pack(pack_folder(side))
    assert len(cases) >= 10
    assert len({each.file.case for each in cases}) == len(cases)
    for each in cases:
        assert each.file.rule.endswith(".")
        assert len(each.file.source) > 10


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("{send: {template: withdrawl}}", "did you mean 'withdrawal'?"),
        ("{send: {}}", "what is sent?"),
        ("{send: {template: echo, held_back: true}}", "needs a name"),
        ("{think: 1s, hang_up: true}", "a step has exactly one word"),
        ("{expect: {mti: '0810', code: aproved}}", "did you mean 'approved'?"),
        ("{expect: {nothing: true, closed: true}}", "brings nothing"),
    ],
)
def test_a_slip_in_a_case_is_told(step, words):
    with pytest.raises(SettingsError, match=words.replace("?", r"\?")):
        parse(CASE.format(step=step), "case.yaml", CaseFile)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("profile: x\ncodes: {no_fund: ['51']}", "did you mean 'no_funds'"),
        ("profile: x\nabilities: [withdrawl]", "did you mean 'withdrawal'"),
        ("profile: x\ncards: {good: {pan: '9504020000000018', expiry: '3112'}}", "good"),
        ("profile: x\namount: 0", "expected more than 0.00"),
    ],
)
def test_a_slip_in_a_profile_is_told(text, words):
    with pytest.raises(SettingsError, match=words):
        parse(text, "bank.yaml", CertificationProfile)


def test_codes_are_the_usual_ones_unless_the_profile_says_others():
    profile = parse("profile: x\ncodes: {no_funds: ['116']}", "bank.yaml", CertificationProfile)
    assert profile.codes_for("no_funds") == ("116",)
    assert profile.codes_for("expired") == ("33", "54")


def test_what_a_system_does_not_offer_is_not_applicable(certified):
    text = """
profile: small
dialect: gab87
abilities: [sign_on]
not_applicable: {session/reconnect: its line is never lost}
"""
    small = parse_located(text, "small.yaml", CertificationProfile)
    names = ("session/reconnect", "session/echo", "authorisation/balance", "declines/unknown")
    result = certified(*names, with_profile=small)
    found = {each.id: (each.verdict, each.why) for each in result.cases}
    lacks = "the profile does not have the ability"
    assert found == {
        "session/reconnect": (CaseVerdict.NOT_APPLICABLE, "its line is never lost"),
        "session/echo": (CaseVerdict.PASS, ""),
        "authorisation/balance": (CaseVerdict.NOT_APPLICABLE, f"{lacks} balance"),
        "declines/unknown": (CaseVerdict.NOT_APPLICABLE, f"{lacks} withdrawal"),
    }


def test_a_pack_of_which_nothing_applies_is_no_pass(certified):
    small = parse_located("profile: x\nabilities: []", "small.yaml", CertificationProfile)
    result = certified("authorisation/balance", with_profile=small)
    assert (result.passed, result.exit_code) == (False, 1)
