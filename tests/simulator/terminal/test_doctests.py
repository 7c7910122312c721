"""The examples in the parties' docstrings are true."""

import doctest

import pytest

from simulator.counter import cash
from simulator.gab import dispensing
from simulator.hosts import reading as host_reading
from simulator.terminal import numbers, reading


@pytest.mark.parametrize("module", [cash, dispensing, host_reading, numbers, reading])
def test_examples_hold(module):
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0
