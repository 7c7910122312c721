"""`guichet certify` as a command: a real issuer host, the report, and what is refused."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.cli.certify import certify
from simulator.testing import free_port
from switch.cli.console import run_command
from switch.settings import config_folder

PROFILE = config_folder() / "certification" / "local-issuer.yaml"


def run(*arguments):
    return run_command(certify, "certify", ["--profile", str(PROFILE), *map(str, arguments)])


def test_the_cases_are_listed_with_their_rules(capsys):
    assert run("--as", "issuer", "--target", "127.0.0.1:1", "--list", "-k", "session/*") == 0
    printed = capsys.readouterr().out
    assert "session/echo\n    An 0800 with DE70 301 is answered" in printed
    assert printed.endswith("5 cases\n")


def test_a_case_that_is_none_is_told_with_what_is_meant(capsys):
    assert run("--as", "issuer", "--target", "127.0.0.1:1", "-k", "session/eco") == 2
    assert "did you mean session/echo?" in capsys.readouterr().err


def test_a_profile_that_leaves_out_what_is_no_case_is_told_its_place(tmp_path, capsys):
    path = tmp_path / "bank.yaml"
    path.write_text("profile: x\nnot_applicable: {session/eco: never}\n")
    given = ["--profile", str(path), "--as", "issuer", "--target", "127.0.0.1:1"]
    assert run_command(certify, "certify", given) == 2
    told = capsys.readouterr().err
    assert "bank.yaml:2:" in told
    assert "session/echo" in told


@pytest.mark.process
def test_a_real_issuer_is_certified_and_one_that_is_gone_is_not_reached(tmp_path: Path):
    base = free_port()
    issuer = [sys.executable, "-m", "simulator.cli.main", "issuer", "--port-base", str(base)]
    host = subprocess.Popen(
        [*issuer, "--data-dir", str(tmp_path / "books")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        line = next(each for each in host.stdout if "127.0.0.1:" in each)
        port = line.split("127.0.0.1:")[1].split()[0]
        page = tmp_path / "certificate.html"
        command = [sys.executable, "-m", "simulator.cli.main", "certify", "--as", "issuer"]
        command += ["--target", f"127.0.0.1:{port}", "--profile", str(PROFILE), "--json"]
        chosen = ["-k", "session/*", "-k", "reversals/full", "--report", str(page)]
        done = subprocess.run([*command, *chosen], capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["counts"] == {"pass": 6, "fail": 0, "not applicable": 0}
        assert "A reversal gives everything back" in page.read_text()
    finally:
        host.terminate()
        host.wait(20)
        host.stdout.close()
    done = subprocess.run([*command, *chosen], capture_output=True, text=True, timeout=100)
    assert done.returncode == 3
    assert "cannot connect" in json.loads(done.stdout)["unreachable"]
