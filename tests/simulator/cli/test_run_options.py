"""What `guichet run` does beside running: plans, variables, watching."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from simulator.cli.run import run
from simulator.cli.watching import _concerned
from switch.cli.console import PASSED, USAGE

TEXT = """
scenario: A withdrawal
vars: {amount: 200.00}
cast: {gab: GAB00001, pos: {dials: terminals}}
steps:
  - withdraw: {at: gab, card: amina, amount: "${amount}"}
    expect: {outcome: approved}
    capture: {code: result.response_code}
  - when: {"${code}": "00"}
    balance: {at: gab, card: amina}
  - loop: {times: 2, steps: [{think: 1s}]}
  - send: {as: pos, template: echo}
    expect: {on: pos, mti: "0810", de: {"39": "00"}}
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "case.yaml"
    path.write_text(TEXT)
    return path


def test_a_dry_run_prints_the_plan_and_does_nothing(written):
    ran = CliRunner().invoke(run, [str(written), "--dry-run"], standalone_mode=False)
    assert ran.return_value == PASSED
    for line in (
        "pos dials terminals",
        "withdraw 200.00 at GAB00001, amina  expects outcome",
        "balance at GAB00001, amina  if ${code}",
        "loop 2 times",
        "pos sends echo  expects 0810 within 10s, DE39 00",
        "1 scenario, nothing was done",
    ):
        assert line in ran.output


def test_a_variable_can_be_set(written):
    options = [str(written), "--dry-run", "--set", "amount=60.00"]
    ran = CliRunner().invoke(run, options, standalone_mode=False)
    assert "withdraw 60.00 at GAB00001" in ran.output


@pytest.mark.parametrize("given", ["amount", "=1", "a b=1"])
def test_a_setting_that_is_none_is_refused(written, given):
    ran = CliRunner().invoke(run, [str(written), "--set", given])
    assert ran.exit_code == USAGE
    assert "is not like amount=200.00" in ran.output


def test_a_changed_scenario_is_run_alone_and_anything_else_runs_all(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(TEXT)
    here = [str(tmp_path)]
    assert _concerned(here, [tmp_path / "a.yaml"]) == [str(tmp_path / "a.yaml")]
    assert _concerned(here, [tmp_path / "a.yaml", tmp_path / "part.yaml"]) == here


@pytest.mark.process
@pytest.mark.timeout(300)
def test_watching_runs_again_when_the_file_changes(written):
    command = [sys.executable, "-m", "simulator.cli.main", "run", str(written), "--watch"]
    watching = subprocess.Popen(
        [*command, "--clock", "virtual"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        told = _until(watching, "waiting for changes")
        assert "exit code 0" in told
        written.write_text(TEXT.replace("outcome: approved", "outcome: declined"))
        assert "exit code 1" in _until(watching, "waiting for changes")
        watching.send_signal(signal.SIGINT)
        assert watching.wait(20) == 130
    finally:
        watching.kill()
        watching.wait()
        watching.stderr.close()


def _until(process: subprocess.Popen, words: str) -> str:
    told = ""
    for line in process.stderr:
        told += line
        if words in line:
            break
    return told
