"""Scenarios written in a test and run in virtual time."""

from textwrap import dedent

import pytest

from simulator.network.settings import load_network
from simulator.scenario import load_scenario
from simulator.scenario.clocks import run_in_virtual_time

CAST = 'cast: {gab: GAB00001, counter: AGC00001, customer: amina, visitor: "9504020000000018"}\n'


@pytest.fixture(scope="session")
def local():
    return load_network("local")


@pytest.fixture
def written(tmp_path, local):
    """A scenario of these steps (and what follows them) in the local network."""

    def write(steps: str, head: str = "") -> object:
        path = tmp_path / "case.yaml"
        path.write_text(f"scenario: Case\n{CAST}{head}steps:\n{dedent(steps)}")
        return load_scenario(path, local)

    return write


@pytest.fixture
def played(written):
    """The result of a scenario of these steps in virtual time."""

    def play(steps: str, head: str = "", seed: int = 7, interrupted=lambda: False):
        return run_in_virtual_time(written(steps, head), seed, lambda step: None, interrupted)

    return play
