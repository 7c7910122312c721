"""Messages of the local network for the bridge, as the engine forwards them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from switch.wire import Message

AMINA = "9504010000000019"


def make_message(mti: str = "0200", processing: str = "010000", **elements: Any) -> Message:
    """A message of LAB00001; `elements` are de4, de48...; None takes one away."""
    message = Message(
        {
            "t": mti,
            "2": AMINA,
            "3": processing,
            "4": "000000020000",
            "7": "1124103601",
            "11": "000001",
            "12": "113601",
            "13": "1124",
            "32": "504001",
            "37": "632810000001",
            "41": "LAB00001",
            "42": "AGENCE000000001",
            "49": "504",
        }
    )
    for name, value in elements.items():
        message.pop(name.removeprefix("de"), None)
        if value is not None:
            message[name.removeprefix("de")] = value
    return message


@pytest.fixture(scope="session")
def message() -> Callable[..., Message]:
    return make_message
