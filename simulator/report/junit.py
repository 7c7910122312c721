"""A run as JUnit XML, as Jenkins and GitLab read it: a suite a file, a case a scenario."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from simulator.report.results_text import scenario_lines, shown_path
from simulator.scenario.results import RunResult, ScenarioResult, StepStatus, Verdict

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_report(run: RunResult) -> str:
    """The document. A failed expectation is a failure; what could not be run is an error."""
    root = ET.Element("testsuites", name="guichet")
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for result in run.scenarios:
        suite = _suite(result)
        root.append(suite)
        for name in totals:
            totals[name] += int(suite.get(name, "0"))
    for name, count in totals.items():
        root.set(name, str(count))
    root.set("time", f"{run.elapsed_s:.3f}")
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def write_junit(run: RunResult, path: Path) -> None:
    """Write the document to a file. Raises OSError."""
    path.write_text(junit_report(run), encoding="utf-8")


def _suite(result: ScenarioResult) -> ET.Element:
    failed = result.verdict in (Verdict.FAILED, Verdict.INVARIANT)
    broken = result.verdict in (Verdict.UNREACHABLE, Verdict.INTERRUPTED)
    file, time = shown_path(result.path), f"{result.elapsed_s:.3f}"
    suite = ET.Element(
        "testsuite",
        name=file,
        tests="1",
        failures=str(int(failed)),
        errors=str(int(broken)),
        skipped="0",
        time=time,
    )
    case = ET.SubElement(
        suite,
        "testcase",
        name=xml_text(result.name),
        classname=str(Path(file).with_suffix("")).replace("/", "."),
        file=file,
        time=time,
    )
    if failed or broken:
        said = list(_said(result))
        element = ET.SubElement(
            case,
            "failure" if failed else "error",
            message=xml_text(said[0] if said else result.verdict.value),
            type=result.verdict.value,
        )
        element.text = xml_text("\n".join(said))
    lines = (line.plain for line in scenario_lines(result))
    ET.SubElement(case, "system-out").text = xml_text("\n".join(lines))
    return suite


def _said(result: ScenarioResult) -> Iterator[str]:
    """Everything that is wrong, a line each: the step, what was expected, what was found."""
    for broken in result.broken:
        yield f"invariant broken: {broken}"
    for step in result.steps:
        where = f"step {step.number} ({step.text}), {step.place}"
        for mismatch in step.mismatches:
            yield f"{where}: {mismatch}"
        if step.status is StepStatus.BROKEN:
            yield f"{where}: {step.problem}"
    for mismatch in result.mismatches:
        yield f"at the end: {mismatch}"
    if result.problem:
        yield result.problem


def xml_text(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _NOT_IN_XML.sub("\ufffd", text)
