from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import switch.wire

MODULES = [one.name for one in pkgutil.walk_packages(switch.wire.__path__, "switch.wire.")]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_documentation_are_true(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name))
    assert results.failed == 0
