"""The distribution, built and installed as a user gets it: outside of any checkout."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = [pytest.mark.package, pytest.mark.timeout(400)]


def run(*command: object, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = (sys.executable, "-m", "build", "--no-isolation", "--outdir", folder)
    run(*build, "--sdist", ROOT, cwd=folder)
    (sdist,) = folder.glob("*.tar.gz")
    # The wheel is built from the sdist, so that what the sdist lacks is missed here.
    run("tar", "xzf", sdist, cwd=folder)
    unpacked = folder / sdist.name.removesuffix(".tar.gz")
    run(*build, "--wheel", unpacked, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def guichet(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, installed in an empty environment."""
    folder = tmp_path_factory.mktemp("empty")
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    pip = (folder / "venv/bin/python", "-m", "pip", "install", "--quiet")
    run(*pip, "--disable-pip-version-check", "-c", ROOT / "constraints.txt", wheel, cwd=folder)
    return folder / "venv/bin/guichet"


def test_the_wheel_installs_two_packages_and_no_other(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith("top_level.txt"))
        assert archive.read(name).split() == [b"simulator", b"switch"]


def test_every_file_of_config_and_scenarios_travels(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    for source, target in (
        ("config", "switch/_shipped/config"),
        ("scenarios", "simulator/_shipped/scenarios"),
    ):
        for path in (ROOT / source).rglob("*.yaml"):
            assert f"{target}/{path.relative_to(ROOT / source)}" in inside


def test_the_installed_command_runs_the_shipped_smoke_suite(guichet: Path, tmp_path: Path) -> None:
    printed = run(guichet, "run", "smoke", "--clock", "virtual", "--seed", "1", cwd=tmp_path)
    cases = len(list((ROOT / "scenarios" / "smoke").rglob("*.yaml")))
    found = re.match(r"(\d+) scenarios, virtual clock", printed)
    assert found is not None
    assert int(found[1]) >= cases
    assert f"{found[1]} passed" in printed


def test_the_installed_command_finds_its_dialects_and_networks(
    guichet: Path, tmp_path: Path
) -> None:
    assert "gab87" in run(guichet, "dialect", "list", cwd=tmp_path)
    answer = '{"t": "0810", "7": "1124103601", "11": "000001", "39": "00"}'
    assert run(guichet, "encode", answer, cwd=tmp_path).startswith(b"0810".hex())
    explain = ("route", "explain", "--config", "examples/issuer-host")
    asked = {"t": "0100", "2": "9504020000000018", "3": "310000", "7": "1124103601", "11": "000001"}
    asked |= {"4": "0" * 12, "12": "113601", "13": "1124", "41": "LAB00001"}
    assert "toubkal" in run(guichet, *explain, json.dumps(asked), cwd=tmp_path)
