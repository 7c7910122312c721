from __future__ import annotations

from collections.abc import Callable

import hypothesis
import pytest
from pydantic import BaseModel

from switch.settings import Problem, SettingsError, parse

# a busy machine is no reason for an example to fail
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")


@pytest.fixture
def problems() -> Callable[[str, type[BaseModel]], tuple[Problem, ...]]:
    """The problems that a text called `f.yaml` has as a model; fails when it has none."""

    def read(text: str, model: type[BaseModel]) -> tuple[Problem, ...]:
        with pytest.raises(SettingsError) as caught:
            parse(text, "f.yaml", model)
        return caught.value.problems

    return read


@pytest.fixture
def told(
    problems: Callable[[str, type[BaseModel]], tuple[Problem, ...]],
) -> Callable[[str, type[BaseModel]], list[str]]:
    """The first line of each problem: place, message and suggestion."""

    def read(text: str, model: type[BaseModel]) -> list[str]:
        return [problem.render().splitlines()[0] for problem in problems(text, model)]

    return read
