from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from switch.cli.console import USAGE, run_command
from switch.cli.hsm import hsm
from switch.keys import Algorithm, Purpose
from switch.keys.commands import read_answer, write_request
from switch.keys.requests import DescribeKey, GenerateKey, Request

HEX = bytes(range(32)).hex()
SECONDS = 30


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[int]:
    """`hsm` in a process of its own; gives its port, and ends it in order."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from switch.cli.hsm import hsm; hsm()", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
        text=True,
    )
    try:
        assert process.stdout is not None
        ready = process.stdout.readline()
        found = re.match(r"ready: hsm 127\.0\.0\.1:([0-9]+), keys in", ready)
        assert found, ready
        yield int(found[1])
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, told
        assert "Traceback" not in told
    finally:
        process.kill()
        process.communicate()


def ask(port: int, *requests: Request[object]) -> list[object]:
    """Answers to requests, in order, over a real socket."""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as line:
        stream = line.makefile("rb")
        answers: list[object] = []
        for number, request in enumerate(requests):
            body = write_request(number, request)
            line.sendall(len(body).to_bytes(2) + body)
            answers.append(read_answer(request, stream.read(int.from_bytes(stream.read(2)))))
        return answers


@pytest.mark.process
def test_it_answers_host_commands_and_keeps_its_keys(tmp_path: Path) -> None:
    file = str(tmp_path / "keys.yaml")
    made = GenerateKey("zpk", Purpose.PIN, Algorithm.TDES2)
    with running("--file", file, GUICHET_MASTER_KEY=HEX) as port:
        first, second = ask(port, made, DescribeKey("zpk"))
        assert first == second
    with running("--file", file, GUICHET_MASTER_KEY=HEX) as port:
        assert ask(port, DescribeKey("zpk")) == [first]


def test_a_file_that_does_not_open_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "keys.yaml"
    file.write_text("version: 1\n")
    monkeypatch.setenv("GUICHET_MASTER_KEY", HEX)
    assert run_command(hsm, "hsm", ["--file", str(file)]) == USAGE
    assert "keys.yaml" in capsys.readouterr().err


def test_the_help_says_where_the_commands_are_described() -> None:
    assert "docs/security-module.md" in CliRunner().invoke(hsm, ["--help"]).output
