"""`guichet report compare`: its lines, its document, its exit codes."""

import json

import pytest

from simulator.cli.report import report
from switch.cli.console import run_command


def run_told(name="A withdrawal", verdict="passed", problem=None):
    scenario = {
        "name": name,
        "file": "a.yaml",
        "tags": [],
        "verdict": verdict,
        "elapsed_s": 1.0,
        "problem": problem,
        "digest": None,
        "load": None,
        "steps": [],
        "mismatches": [],
        "broken_invariants": [],
        "books": None,
    }
    return {
        "format": 1,
        "verdict": verdict,
        "exit_code": 0,
        "clock": "real",
        "seed": 1,
        "digest": None,
        "elapsed_s": 1.0,
        "counts": {},
        "scenarios": [scenario],
        "not_run": [],
    }


@pytest.fixture
def file_of(tmp_path):
    def write(name, told):
        path = tmp_path / name
        path.write_text(json.dumps(told))
        return str(path)

    return write


def compared(*arguments):
    return run_command(report, "report", ["compare", *arguments])


def test_nothing_worse_is_0_and_one_line(file_of, capsys):
    path = file_of("a.json", run_told())
    assert compared(path, path) == 0
    assert capsys.readouterr().out.splitlines() == [
        "1 of 1 scenarios have the verdict they had",
        "not worse",
    ]


def test_what_broke_is_1_and_said_with_its_reason(file_of, capsys):
    later = file_of("b.json", run_told(verdict="failed", problem="the issuer is down"))
    assert compared(file_of("a.json", run_told()), later) == 1
    printed = capsys.readouterr().out
    assert "BROKE                 A withdrawal  (passed -> failed)" in printed
    assert "the issuer is down" in printed
    assert printed.endswith("WORSE\n")


def test_everything_is_told_when_asked(file_of, capsys):
    path = file_of("a.json", run_told())
    assert compared(path, path, "--all") == 0
    assert "as before             A withdrawal" in capsys.readouterr().out


def test_as_json_it_is_one_document(file_of, capsys):
    later = file_of("b.json", run_told(verdict="failed"))
    assert compared(file_of("a.json", run_told()), later, "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["worse"] is True
    assert told["verdicts"][0]["change"] == "broke"


def test_a_file_without_results_is_2(file_of, capsys):
    path = file_of("a.json", {"t": "0800"})
    assert compared(path, path) == 2
    assert "no results of `guichet run --json` are in it" in capsys.readouterr().err
