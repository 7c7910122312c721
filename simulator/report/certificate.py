"""The report of a certification: lines for a terminal, a page for the bank, JUnit for CI."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree as ET

from rich.text import Text

from simulator.certify.results import CaseResult, CaseVerdict, PackResult
from simulator.report.junit import xml_text
from simulator.report.pages import rendered
from simulator.report.results_text import seconds

_STYLES = {
    CaseVerdict.PASS: "green",
    CaseVerdict.FAIL: "bold red",
    CaseVerdict.NOT_APPLICABLE: "dim",
}
_CLASSES = {"pass": "good", "fail": "bad", "not applicable": "soft"}
_INDENT = " " * 16


def case_lines(result: CaseResult) -> Iterator[Text]:
    """One case as it ends; of a failure the rule, the reason and the messages."""
    line = Text(f"{result.verdict.value:<16}", _STYLES[result.verdict])
    line.append(result.case, "bold")
    line.append(f"  {result.id}", "not bold dim")
    yield line
    if result.verdict is CaseVerdict.NOT_APPLICABLE:
        yield Text(f"{_INDENT}{result.why}", "dim")
    if result.verdict is not CaseVerdict.FAIL:
        return
    yield Text(f"{_INDENT}rule: {result.rule}")
    yield Text(f"{_INDENT}{result.why}", "red")
    for row in result.evidence:
        yield Text(f"{_INDENT}{row}", "dim")


def pack_lines(result: PackResult) -> Iterator[Text]:
    """The end of a run."""
    if result.unreachable:
        yield Text(f"the system could not be reached: {result.unreachable}", "red")
    counts = result.counts
    told = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in CaseVerdict)
    yield Text(f"{result.profile} as {result.side} at {result.target}: {told}")
    verdict = Text("PASS", "bold green") if result.passed else Text("FAIL", "bold red")
    verdict.append(f"   exit code {result.exit_code}", "not bold dim")
    yield verdict


def certificate_page(result: PackResult) -> str:
    """The page that is handed to the bank: it opens offline, and prints."""
    by_group = groupby(result.cases, key=lambda each: each.id.rpartition("/")[0])
    return rendered(
        "certificate.html.j2",
        result=result,
        counts=[(verdict.value, result.counts[verdict]) for verdict in CaseVerdict],
        groups=[(group.capitalize() or "Cases", list(cases)) for group, cases in by_group],
        styles=_CLASSES,
        seconds=seconds,
    )


def write_certificate(result: PackResult, path: Path) -> None:
    """Write the page. Raises OSError."""
    path.write_text(certificate_page(result), encoding="utf-8")


def write_certificate_junit(result: PackResult, path: Path) -> None:
    """Write the cases as JUnit XML: a suite a group, a case that is not applicable is skipped.

    Raises OSError.
    """
    root = ET.Element("testsuites", name="guichet certify")
    for group, found in groupby(result.cases, key=lambda each: each.id.rpartition("/")[0]):
        cases = list(found)
        failed = sum(each.verdict is CaseVerdict.FAIL for each in cases)
        skipped = sum(each.verdict is CaseVerdict.NOT_APPLICABLE for each in cases)
        suite = ET.SubElement(
            root,
            "testsuite",
            name=f"{result.side} {group}".strip(),
            tests=str(len(cases)),
            failures=str(failed),
            errors="0",
            skipped=str(skipped),
        )
        for each in cases:
            _junit_case(suite, each)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
    path.write_text(text, encoding="utf-8")


def _junit_case(suite: ET.Element, result: CaseResult) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        name=xml_text(result.case),
        classname=result.id,
        time=f"{result.elapsed_s:.3f}",
    )
    if result.verdict is CaseVerdict.NOT_APPLICABLE:
        ET.SubElement(case, "skipped", message=xml_text(result.why))
    elif result.verdict is CaseVerdict.FAIL:
        failure = ET.SubElement(case, "failure", message=xml_text(result.why))
        failure.text = xml_text("\n".join([result.rule, result.why, *result.evidence]))
