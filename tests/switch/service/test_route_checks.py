"""Routes are checked before anything runs: names, conditions that can hold, rules never reached."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from switch.service.checks import load_switch_file
from switch.settings import SettingsError

FILE = """\
network: bank
institution: "504001"
switch:
  listeners:
    terminals: {kind: terminals, port: 7001}
  links:
    host: {host: 192.0.2.7, port: 7002}
    near: {port: 7003}
  core: {port: 7004}
  routes:
RULES
  groups:
    gab: {channel: gab}
    counter: {channel: agency, cash_bills: true}
  terminals:
    - {id: GAB00001, group: gab}
"""


def load(folder: Path, *rules: str) -> Any:
    lines = []
    for number, rule in enumerate(rules, 1):
        to = "" if "to:" in rule else ", to: host"
        lines.append(f"    - {{name: r{number}{', ' if rule else ''}{rule}{to}}}")
    path = folder / "bank.yaml"
    path.write_text(FILE.replace("RULES", "\n".join(lines)))
    return load_switch_file(str(path))


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("to: near_", "no link has this name, did you mean 'near'"),
        ("groups: [gba]", "no group of this name, did you mean 'gab'"),
        ("listeners: [terminal]", "did you mean 'terminals'"),
        ("cards: ['9504'], card: absent", "nothing fits"),
        ("creditors: ['1001'], processing: [withdrawal]", "only bills have a creditor"),
        ("between: ['22:00']", "two times of day such as"),
        ("between: ['24:00-06:00']", "between 00:00 and 24:00"),
        ("between: ['08:60-09:00']", "between 00:00 and 24:00"),
        ("between: ['08:00-08:00']", "begins and ends at once"),
        ("amount: {at_least: 20.00, at_most: 10.00}", "nothing is that small"),
        ("amount: {}", "give `at_least`, `at_most`, or both"),
        ("currencies: ['50']", "3 digits"),
        ("creditors: ['101']", "4 digits"),
        ("to: host, then: near, processing: [bill_payment]", "only the core confirms"),
        ("to: core, then: core, processing: [bill_payment]", "both legs go to one place"),
        ("to: host, then: core", "only bills have a second leg"),
    ],
)
def test_a_rule_that_cannot_be_is_told_with_its_place(
    tmp_path: Path, rule: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message) as refused:
        load(tmp_path, rule)
    assert "bank.yaml:" in str(refused.value)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("", "cards: ['9504']"),
        ("codes: ['01']", "codes: ['0100']"),
        ("groups: [gab, counter]", "groups: [gab]"),
        ("amount: {at_least: 10.00}", "amount: {at_least: 20.00, at_most: 30.00}"),
        ("currencies: ['504', '978']", "currencies: ['978']"),
        ("currencies: ['504']", "cards: ['9504']"),
        ("between: ['22:00-06:00']", "between: ['23:00-24:00', '00:00-01:00']"),
        ("between: ['00:00-12:00', '12:00-24:00']", "between: ['11:00-13:00']"),
        ("creditors: ['1001', '1002']", "creditors: ['1001'], groups: [gab]"),
    ],
)
def test_a_rule_that_another_takes_all_of_is_never_reached(
    tmp_path: Path, earlier: str, later: str
) -> None:
    with pytest.raises(SettingsError, match="never reached: 'r1' above takes all of it"):
        load(tmp_path, earlier, later)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("currencies: ['978']", "cards: ['9504']"),
        ("amount: {at_least: 10.00}", "amount: {at_most: 20.00}"),
        ("between: ['22:00-06:00']", "between: ['21:59-06:00']"),
        ("groups: [gab]", ""),
        ("codes: ['0100']", "codes: ['01']"),
        ("creditors: ['1001']", "processing: [bill_payment]"),
    ],
)
def test_a_rule_that_something_is_left_for_is_fine(
    tmp_path: Path, earlier: str, later: str
) -> None:
    assert len(load(tmp_path, earlier, later).switch.routes) == 2


@pytest.mark.parametrize(
    "rules",
    [
        ("processing: [withdrawal]", "processing: [balance]", "processing: [withdrawal, balance]"),
        ("card: absent", "card: required", "processing: [transfer]"),
        ("groups: [gab]", "groups: [counter]", "cards: ['9504']"),
        (
            "processing: [withdrawal], cards: ['9504']",
            "cards: ['95'], processing: [balance]",
            "cards: ['9504', '95041'], processing: [balance, withdrawal]",
        ),
    ],
)
def test_a_rule_that_several_take_all_of_between_them_is_never_reached(
    tmp_path: Path, rules: tuple[str, ...]
) -> None:
    with pytest.raises(SettingsError, match="'r1', 'r2' above take all of it between them"):
        load(tmp_path, *rules)


def test_currencies_that_routes_name_are_offered_beside_the_networks_own(tmp_path: Path) -> None:
    file = load(tmp_path, "currencies: ['978', '840']", "")
    assert file.switch.other_currencies == ("978", "840")
