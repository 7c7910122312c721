"""Published vectors as parameters, and a module with the keys that the tests name.

`@pytest.mark.vectors(file, kind)` gives a test each vector of a kind.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from switch.keys import Algorithm, AuditRecord, Purpose, SoftwareModule
from switch.runtime import Random, SeededEntropy

DATA = Path(__file__).parent / "data"
KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
OTHER = bytes.fromhex("89E88CF7931444F334BD7547FC3F380C")
AES = bytes(range(32))

HELD: tuple[tuple[str, Purpose, Algorithm, bytes], ...] = (
    ("zmk", Purpose.ZONE_MASTER, Algorithm.TDES2, bytes(range(1, 17))),
    ("zmk.aes", Purpose.ZONE_MASTER, Algorithm.AES256, AES),
    ("pin", Purpose.PIN, Algorithm.TDES2, KEY),
    ("pin.other", Purpose.PIN, Algorithm.TDES2, OTHER),
    ("pin.aes", Purpose.PIN, Algorithm.AES256, AES[::-1]),
    ("pad", Purpose.PIN_PAD, Algorithm.TDES2, KEY),
    ("pad.aes", Purpose.PIN_PAD, Algorithm.AES256, AES[::-1]),
    ("pvk", Purpose.PVV, Algorithm.TDES2, KEY),
    ("ibm", Purpose.IBM3624, Algorithm.TDES2, KEY),
    ("mac", Purpose.RETAIL_MAC, Algorithm.TDES2, KEY),
    ("mac.cbc", Purpose.CBC_MAC, Algorithm.TDES2, KEY),
    ("mac.cmac", Purpose.CMAC, Algorithm.AES128, AES[:16]),
    ("cvk", Purpose.CARD_VALUE, Algorithm.TDES2, KEY),
    ("arqc", Purpose.CRYPTOGRAM, Algorithm.TDES2, KEY),
    ("script", Purpose.SCRIPT_MAC, Algorithm.TDES2, KEY),
    ("bdk", Purpose.DUKPT_BASE, Algorithm.TDES2, KEY),
    ("bdk.aes", Purpose.DUKPT_BASE, Algorithm.AES128, bytes.fromhex("FEDCBA9876543210" + "F1" * 8)),
)


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


Now = Callable[[Deferred[Any]], Any]


def result_of(deferred: Deferred[Any]) -> Any:
    results: list[Any] = []
    deferred.addBoth(results.append)
    assert results, "the Deferred has not fired"
    if isinstance(results[0], Failure):
        results[0].raiseException()
    return results[0]


@pytest.fixture
def now() -> Now:
    """Gives the result of a Deferred that has fired, or raises its failure."""
    return result_of


@pytest.fixture
def trail() -> list[AuditRecord]:
    """What the module's audit heard."""
    return []


@pytest.fixture
def module(trail: list[AuditRecord]) -> SoftwareModule:
    """A module in memory with one exportable key of every purpose, and an empty audit trail."""
    made = SoftwareModule(SeededEntropy(Random(1)), audit=trail.append)
    for name, purpose, algorithm, key in HELD:
        zero = bytes(len(key))
        result_of(made.form_key(name, purpose, algorithm, [key, zero], exportable=True))
    trail.clear()
    return made
