"""Scenario files under pytest, as a team's own suite would hold them."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

PASSES = """
scenario: A balance
tags: [quick]
parametrize:
  - {name: ours, card: amina, left: 10000.00}
  - {name: another, card: brahim, left: "${b}"}
vars: {b: 150.00}
cast: {gab: GAB00001}
steps:
  - balance: {at: gab, card: "${card}"}
    expect: {available: "${left}"}
"""


@pytest.fixture
def suite(tmp_path: Path):
    def run(*options: str, text: str = PASSES) -> subprocess.CompletedProcess[str]:
        (tmp_path / "balance.yaml").write_text(text)
        (tmp_path / "other.yaml").write_text("nothing: of ours\n")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."]
        return subprocess.run(
            [*command, *options], check=False, capture_output=True, text=True, cwd=tmp_path
        )

    return run


def test_each_case_is_an_item(suite):
    ran = suite("-vv")
    assert "balance.yaml::A balance [ours] PASSED" in ran.stdout
    assert "balance.yaml::A balance [another] PASSED" in ran.stdout
    assert ran.returncode == 0


def test_tags_are_markers(suite):
    assert "2 passed" in suite("-m", "quick").stdout
    assert "2 deselected" in suite("-m", "not quick").stdout


def test_a_failure_is_told_without_a_traceback(suite):
    ran = suite("--guichet-set", "b=1.00")
    assert ran.returncode == 1
    assert "available: expected 1.00, found 150.00" in ran.stdout
    assert "look next:" in ran.stdout
    assert "again: guichet run" in ran.stdout
    assert "Traceback" not in ran.stdout


def test_a_file_that_is_wrong_is_told_with_its_place(suite):
    ran = suite(text=PASSES.replace("GAB00001", "GAB99999"))
    assert "balance.yaml:8:" in ran.stdout
    assert "Traceback" not in ran.stdout


def test_real_sockets_are_the_commands_business(suite):
    ran = suite("--guichet-clock", "real", "-k", "ours")
    assert "1 passed" in ran.stdout
