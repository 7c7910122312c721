"""The report of a certification: lines, the page for the bank, JUnit, data."""

from xml.etree import ElementTree as ET

import pytest

from simulator.certify.results import (
    CaseResult,
    CaseStepResult,
    CaseVerdict,
    PackResult,
    pack_document,
)
from simulator.report.certificate import (
    case_lines,
    certificate_page,
    pack_lines,
    write_certificate_junit,
)

RULE, SOURCE = "An echo is answered.", "ISO 8583:1987"


def case(name, verdict, why=""):
    steps = (CaseStepResult("sent 0800"), CaseStepResult("expect 0810", (why,) if why else ()))
    facts = (f"session/{name}", f"The {name}", RULE, SOURCE)
    return CaseResult(*facts, verdict, why, steps, ("0.1 s  |---0800-->|",), ("DE2 <card>",), 0.5)


@pytest.fixture
def pack():
    cases = (
        case("echo", CaseVerdict.PASS),
        case("sign-on", CaseVerdict.FAIL, "DE39: expected 00, found 96"),
        case("cut-over", CaseVerdict.NOT_APPLICABLE, "not offered"),
    )
    began = "2026-11-24T12:00:00+00:00"
    return PackResult(
        "my <bank>", "issuer", "10.0.0.1:5000", "gab87", "2-byte-binary", began, cases
    )


def test_the_lines_of_a_failure_give_rule_reason_and_messages(pack):
    told = "\n".join(line.plain for each in pack.cases for line in case_lines(each))
    assert "pass            The echo  session/echo" in told
    assert "rule: An echo is answered." in told
    assert "DE39: expected 00, found 96" in told
    assert told.count("|---0800-->|") == 1
    last = [line.plain for line in pack_lines(pack)]
    assert last == [
        "my <bank> as issuer at 10.0.0.1:5000: 1 pass, 1 fail, 1 not applicable",
        "FAIL   exit code 1",
    ]


def test_the_page_has_every_case_its_rule_and_evidence_and_refers_to_nothing_outside(pack):
    page = certificate_page(pack)
    for words in ("my &lt;bank&gt;", RULE, SOURCE, "DE39: expected 00, found 96", "not offered"):
        assert words in page
    assert "DE2 &lt;card&gt;" in page
    assert "http" not in page


def test_junit_has_a_suite_a_group_and_skips_what_is_not_applicable(pack, tmp_path):
    write_certificate_junit(pack, tmp_path / "c.xml")
    (suite,) = ET.parse(tmp_path / "c.xml").getroot()
    counts = [suite.get(name) for name in ("tests", "failures", "skipped")]
    assert counts == ["3", "1", "1"]
    assert suite[1].find("failure").get("message") == "DE39: expected 00, found 96"
    assert suite[2].find("skipped").get("message") == "not offered"


@pytest.mark.parametrize(
    ("changes", "code"), [({}, 1), ({"unreachable": "x"}, 3), ({"interrupted": True}, 130)]
)
def test_the_document_says_verdict_and_exit_code(pack, changes, code):
    from dataclasses import replace

    told = pack_document(replace(pack, **changes))
    assert (told["verdict"], told["exit_code"]) == ("fail", code)
    assert told["counts"] == {"pass": 1, "fail": 1, "not applicable": 1}
    assert told["cases"][1]["steps"][1]["wrong"] == ["DE39: expected 00, found 96"]
