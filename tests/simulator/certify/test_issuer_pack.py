"""The pack for issuers: a correct host passes all of it."""

from simulator.certify.results import CaseVerdict


def test_a_correct_issuer_passes_every_case(certified):
    result = certified()
    wrong = {each.id: each.why for each in result.cases if each.verdict is CaseVerdict.FAIL}
    assert wrong == {}
    assert result.exit_code == 0
    assert result.counts[CaseVerdict.PASS] >= 29
