"""Worlds in virtual time, for tests that are plain functions and never wait."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from simulator.virtual.world import DEFAULT_START, World

T = TypeVar("T")


@contextmanager
def virtual_world(seed: int, start: datetime = DEFAULT_START) -> Iterator[World]:
    """An open world, closed at the end. When the test fails, its seed is on standard error."""
    with World(seed, start) as world:
        try:
            yield world
        except BaseException:
            print(  # noqa: T201 - pytest shows it with the failure
                f"in the virtual world of seed {seed}, at {world.timeline.now_s:.6f} s",
                file=sys.stderr,
            )
            raise


def run(awaitable: Awaitable[T], world: World, limit_s: float = 60.0) -> T:
    """Run a world until `awaitable` has a result; give it, or raise what it raised."""
    return world.run_until(awaitable, limit_s)
