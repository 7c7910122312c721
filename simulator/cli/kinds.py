"""The kinds of YAML files there are: how each is recognised, checked and described."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.certify.case_file import CaseFile, case_schema
from simulator.certify.profile import load_profile, profile_schema
from simulator.hosts.rules import RulesFile
from simulator.hosts.settings import IssuerSeed
from simulator.network.settings import NetworkSettings, load_network
from simulator.payment_core import CoreSettings, load_core_settings
from simulator.report.result_document import results_schema
from simulator.scenario.loading import load_scenarios, remembering
from simulator.scenario.scenario_file import scenario_schema
from switch.settings import SettingsError, json_schema, load, suggest
from switch.settings.document import read_document
from switch.settings.source import Source
from switch.wire import dialect_schema, load_dialect

_NAMED = re.compile(r"^# yaml-language-server: \$schema=(?:\S*/)?([a-z-]+)\.json\s*$", re.MULTILINE)
_load_network = remembering(load_network)


@dataclass(frozen=True)
class Kind:
    """A kind of file. `keys` are top-level keys that no other kind has."""

    name: str
    keys: frozenset[str]
    check: Callable[[Path], object]
    schema: Callable[[], dict[str, Any]]


def _check_scenario(path: Path) -> object:
    return load_scenarios(path, load=_load_network)


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "scenario",
            frozenset({"scenario", "steps"}),
            _check_scenario,
            lambda: scenario_schema("scenario.json"),
        ),
        Kind(
            "network",
            frozenset({"switch", "institution"}),
            lambda path: _load_network(path),
            lambda: json_schema(NetworkSettings, title="Guichet network", schema_id="network.json"),
        ),
        Kind(
            "dialect",
            frozenset({"fields", "extends", "encoding"}),
            lambda path: load_dialect(str(path)),
            dialect_schema,
        ),
        Kind(
            "core-seed",
            frozenset({"creditors", "bills", "reference_lifetime"}),
            load_core_settings,
            lambda: json_schema(
                CoreSettings, title="Seed of the payment core", schema_id="core-seed.json"
            ),
        ),
        Kind(
            "host-rules",
            frozenset({"host_rules"}),
            lambda path: load(path, RulesFile),
            lambda: json_schema(RulesFile, title="Rules of a host", schema_id="host-rules.json"),
        ),
        Kind(
            "issuer-seed",
            frozenset(),
            lambda path: load(path, IssuerSeed),
            lambda: json_schema(
                IssuerSeed, title="Seed of an issuer host", schema_id="issuer-seed.json"
            ),
        ),
        Kind(
            "certification-case",
            frozenset({"case", "rule"}),
            lambda path: load(path, CaseFile),
            case_schema,
        ),
        Kind(
            "certification-profile",
            frozenset({"profile", "abilities"}),
            load_profile,
            profile_schema,
        ),
    )
}

SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    **{name: kind.schema for name, kind in KINDS.items()},
    "results": results_schema,
}
"""What has a published schema: every kind of file, and the results of a run."""

KEYS = sorted({key for kind in KINDS.values() for key in kind.keys})


@dataclass(frozen=True)
class Guess:
    """What a file seems to be. Without a kind, `key` and `meant` tell a likely slip."""

    kind: Kind | None
    key: str = ""
    meant: str | None = None


def kind_of(source: Source) -> Guess:
    """What a file is: as its `$schema` line says, else as its top-level keys do.

    Raises SettingsError when it is no YAML, and when it is none of ours nor sound.
    """
    document = read_document(source)
    found = document.root.data
    named = _NAMED.search(source.text)
    if named is not None and named[1] in KINDS:
        return Guess(KINDS[named[1]])
    if not isinstance(found, dict):
        return Guess(None)
    for kind in KINDS.values():
        if kind.keys & found.keys():
            return Guess(kind)
    accounts = found.get("accounts")
    if isinstance(accounts, list) and accounts and isinstance(accounts[0], dict):
        return Guess(KINDS["core-seed" if "rib" in accounts[0] else "issuer-seed"])
    for key in found:
        if (meant := suggest(str(key), KEYS)) is not None:
            return Guess(None, str(key), meant)
    if document.problems:
        raise SettingsError(document.problems)
    return Guess(None)
