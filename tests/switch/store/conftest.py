"""Schemas of a test's own: their migrations are drafted, as a developer would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import MetaData

from switch.store import Schema
from switch.store.drafting import draft


@pytest.fixture(scope="session")
def schema_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[MetaData], Schema]:
    """The schema of some tables, made once."""
    made: dict[int, Schema] = {}

    def schema_of(metadata: MetaData) -> Schema:
        if id(metadata) not in made:
            folder: Path = tmp_path_factory.mktemp("migrations")
            made[id(metadata)] = schema = Schema("test", metadata, folder)
            draft(schema, "the first tables")
        return made[id(metadata)]

    return schema_of
