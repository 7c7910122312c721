from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import switch.wire

MODULES = [f"switch.wire.{one.name}" for one in pkgutil.iter_modules(switch.wire.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_documentation_are_true(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name))
    assert results.failed == 0
