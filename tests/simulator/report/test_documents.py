"""A run as JSON and as JUnit XML."""

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

from simulator.report.json_report import json_report
from simulator.report.junit import junit_report, write_junit


def document(run):
    return json.loads(json_report(run))


def test_the_document_says_the_verdict_and_how_to_repeat_it(run_of, results):
    told = document(run_of(*results.values()))
    assert (told["format"], told["verdict"], told["exit_code"]) == (1, "unreachable", 3)
    assert (told["clock"], told["seed"], told["digest"]) == ("virtual", 42, "ab" * 32)
    assert told["counts"] == {
        "passed": 1,
        "failed": 1,
        "threshold missed": 0,
        "invariant broken": 1,
        "unreachable": 1,
        "interrupted": 0,
    }


def test_a_step_has_its_result_in_minor_units(run_of, results):
    (scenario,) = document(run_of(results["passed"]))["scenarios"]
    result = scenario["steps"][0]["result"]
    assert (result["amount_minor"], result["notes"]) == (20_000, {"200": 1})
    assert result["card"] == "950401******0019"


def test_what_is_wrong_is_in_fields(run_of, results):
    (scenario,) = document(run_of(results["failed"]))["scenarios"]
    first, second, third = scenario["steps"]
    assert first["mismatches"] == [{"what": "outcome", "expected": "declined", "found": "approved"}]
    assert second["problem"] == "the issuer is down"
    assert (third["status"], third["result"]) == ("skipped", None)


def test_the_books_are_side_by_side(run_of, results):
    (scenario,) = document(run_of(results["broken"]))["scenarios"]
    (row,) = scenario["books"]["terminals"]
    assert row["paid_out_minor"] == 20_000
    assert row["ledgers_out_minor"] == {"core": 30_000, "issuer": 0}
    assert row["equal"] is False
    assert scenario["broken_invariants"][0]["transaction"] == "GAB00001, STAN 000001"


def test_in_real_time_there_is_no_digest(run_of, results):
    assert document(run_of(results["passed"], digest=""))["digest"] is None


def suites(run):
    return ET.fromstring(junit_report(run))


def test_a_file_is_a_suite_and_a_scenario_a_case(run_of, results):
    root = suites(run_of(*results.values()))
    counts = {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "4", "failures": "2", "errors": "1", "skipped": "0"}
    case = root[0].find("testcase")
    assert case.get("name") == "A withdrawal"
    assert case.get("classname") == "scenarios.smoke.withdrawal"
    assert case.get("file") == "scenarios/smoke/withdrawal.yaml"
    assert case.find("failure") is None
    assert "1 x 200" in case.find("system-out").text


def test_a_failure_says_step_expected_and_found(run_of, results):
    failure = suites(run_of(results["failed"]))[0].find("testcase/failure")
    first = (
        "step 1 (withdraw 200.00 at GAB00001, amina), scenarios/smoke/withdrawal.yaml:6: "
        "outcome: expected declined, found approved"
    )
    assert failure.get("message") == first
    assert failure.text.splitlines()[0] == first
    assert failure.text.splitlines()[-1].startswith("at the end: account of customer")


def test_what_could_not_be_run_is_an_error(run_of, results):
    error = suites(run_of(results["unreachable"]))[0].find("testcase/error")
    assert (error.get("type"), error.get("message")) == ("unreachable", "it is taken")


def test_characters_that_xml_cannot_hold_are_replaced(run_of, results):
    odd = replace(results["unreachable"], name="a\x00b", problem="bell \x07 & <tag>")
    error = suites(run_of(odd))[0].find("testcase/error")
    assert error.get("message") == "bell \ufffd & <tag>"


def test_the_xml_is_written_as_utf_8(run_of, results, tmp_path):
    write_junit(run_of(replace(results["passed"], name="Retrait à Salé")), tmp_path / "junit.xml")
    case = ET.parse(tmp_path / "junit.xml").getroot()[0].find("testcase")
    assert case.get("name") == "Retrait à Salé"
