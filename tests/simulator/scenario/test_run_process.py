"""`guichet run` as a process: real sockets, signals, and the same history in every process."""

import json
import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.process

GUICHET = [sys.executable, "-m", "simulator.cli.main", "run"]
LIMIT_S = 60

SILENT = """\
scenario: A long silence
cast: {gab: GAB00001, visitor: "9504020000000018"}
steps:
  - faults: [{on: issuer, inject: silent}]
  - withdraw: {at: gab, card: visitor, amount: 100.00}
"""


def run(*arguments, **environment):
    return subprocess.run(
        [*GUICHET, *arguments],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        env={**os.environ, **environment},
        check=False,
    )


def test_a_seed_gives_one_history_whatever_the_process():
    chosen = ("smoke", "--clock", "virtual", "--seed", "5", "-k", "lost", "--json")
    first = run(*chosen, PYTHONHASHSEED="1")
    second = run(*chosen, PYTHONHASHSEED="2")
    assert first.returncode == 0
    assert json.loads(first.stdout)["digest"] == json.loads(second.stdout)["digest"]
    assert first.stdout == second.stdout


def test_real_sockets_give_the_same_verdicts():
    done = run("smoke", "-t", "refusal,balance,bill", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["clock"], told["digest"]) == ("real", None)
    assert {each["verdict"] for each in told["scenarios"]} == {"passed"}
    assert len(told["scenarios"]) >= 7


def test_virtual_time_needs_no_reactor_of_the_system():
    script = (
        "import sys; from simulator.cli.main import cli;"
        "from switch.cli.console import run_command;"
        "code = run_command(cli, 'guichet', ['run', 'smoke', '--clock', 'virtual', '-k', 'funds']);"
        "print(code, 'twisted.internet.reactor' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=LIMIT_S, check=True
    )
    assert done.stdout.splitlines()[-1] == "0 False"


def test_an_interrupt_ends_a_run_with_130_and_leaves_nothing(tmp_path):
    (tmp_path / "silent.yaml").write_text(SILENT)
    home = tmp_path / "home"
    home.mkdir()
    process = subprocess.Popen(
        [*GUICHET, str(tmp_path / "silent.yaml"), str(tmp_path / "silent.yaml")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(home)},
    )
    try:
        assert process.stderr.readline() == "[1/1] A long silence\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LIMIT_S)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert "INTERRUPTED" in out
    assert "Traceback" not in out + err
    assert list(home.iterdir()) == []
