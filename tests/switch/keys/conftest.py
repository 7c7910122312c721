"""Published vectors as parameters: `@pytest.mark.vectors(file, kind)` gives a test each of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parent / "data"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "vectors(file, kind): run once for each published vector")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    mark = metafunc.definition.get_closest_marker("vectors")
    if mark is None:
        return
    file, kind = mark.args
    rows: list[dict[str, Any]] = json.loads((DATA / f"{file}.json").read_text())
    chosen = [row for row in rows if row["kind"] == kind]
    assert chosen, f"no vector of the kind {kind} in {file}.json"
    metafunc.parametrize("vector", chosen, ids=[row["id"] for row in chosen])
