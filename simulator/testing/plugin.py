"""A pytest plugin: a test that leaves anything behind fails, and says what.

Use it with `pytest_plugins = ["simulator.testing.plugin"]` in a conftest.py. It works with
pytest-twisted, and without.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from twisted.internet.task import deferLater

from simulator.testing.leftovers import Watch, real_reactor

_TURN_S = 0.005

_TESTS_BETWEEN_FREEZES = 100
_tests = count(1)


def pytest_collection_finish() -> None:
    """Set apart what exists before the tests, so that collecting after each one is cheap."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def nothing_left_behind(pytestconfig: pytest.Config) -> Iterator[Watch]:
    """Fails the test that leaves timers, connections, failures, threads or a world behind."""
    reactor = real_reactor()
    watch = Watch(reactor, _turns(pytestconfig, reactor))
    yield watch
    complaints = watch.finish()
    if next(_tests) % _TESTS_BETWEEN_FREEZES == 0:
        # What the tests loaded and keep, reports and caches too, need not be looked at again.
        gc.freeze()
    if complaints:
        pytest.fail("the test left behind " + "\nand ".join(complaints), pytrace=False)


def _turns(config: pytest.Config, reactor: Any | None) -> Callable[[], object] | None:
    """How to let the reactor run for a moment, where pytest-twisted runs it."""
    pytest_twisted = config.pluginmanager.getplugin("twisted")
    if reactor is None or pytest_twisted is None:
        return None
    return lambda: pytest_twisted.blockon(deferLater(reactor, _TURN_S))
