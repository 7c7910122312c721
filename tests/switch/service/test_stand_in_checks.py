"""Stand-in rules are checked before anything runs, and told of by their place."""

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
  core: {port: 7004}
  routes:
    - {name: bills, processing: [bill_payment], cards: ["950402"], to: host, then: core}
    - {name: theirs, processing: [withdrawal], cards: ["950402"], to: host}
  stand_in:
    first: {cards: ["950402"], operations: [withdrawal], LIMITS}
    SECOND
  groups:
    gab: {channel: gab}
"""
LIMITS = "amount_max: 500.00, day_amount_max: 1000.00, day_count_max: 3"


def load(folder: Path, limits: str = LIMITS, second: str = "") -> Any:
    path = folder / "bank.yaml"
    path.write_text(FILE.replace("LIMITS", limits).replace("SECOND", second))
    return load_switch_file(str(path)).switch.stand_in


def test_a_rule_is_read_and_its_file_found_beside_the_network_file(tmp_path: Path) -> None:
    (tmp_path / "refused.txt").write_text("9504020000000018 41\n")
    rule = load(tmp_path, f"{LIMITS}, refused_cards: refused.txt")["first"]
    assert (rule.amount_max, rule.day_amount_max, rule.when) == (50_000, 100_000, ("down",))
    assert rule.refused_cards == str(tmp_path / "refused.txt")


@pytest.mark.parametrize(
    ("limits", "place", "message"),
    [
        ("amount_max: 1.00, day_amount_max: 1.00", "5", "missing key 'day_count_max'"),
        (LIMITS.replace("500.00", "0"), "70", "more than 0"),
        (LIMITS.replace("500.00", "5000.00"), "70", "more than a day's"),
        (f"{LIMITS}, when: [dwn]", "128", "did you mean 'down'"),
        (f"{LIMITS}, when: []", "127", "nothing would be decided"),
        (f"{LIMITS}, advice: {{55: x}}", "130", "an advice says why in one of 24, 25, 39"),
        (f"{LIMITS}, advice: {{39: '000'}}", "134", "the link 'host' cannot say this (when down)"),
        (f"{LIMITS}, refused_cards: none.txt", "136", "No such file"),
    ],
)
def test_what_is_wrong_in_a_rule_is_told_with_its_place(
    tmp_path: Path, limits: str, place: str, message: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, limits)
    assert f"bank.yaml:13:{place}:" in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ('again: {cards: ["9504021"], operations: [withdrawal], LIMITS}', "never reached: 'first'"),
        ('bought: {cards: ["950402"], operations: [purchase], LIMITS}', "no route takes such a"),
        ('others: {cards: ["950403"], operations: [withdrawal], LIMITS}', "no route takes such a"),
    ],
)
def test_rules_that_never_decide_are_told(tmp_path: Path, second: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, second=second.replace("LIMITS", LIMITS))
    assert "bank.yaml:14:" in str(caught.value)
    assert message in str(caught.value)


def test_a_line_of_the_file_of_refused_cards_is_told_without_its_card(tmp_path: Path) -> None:
    (tmp_path / "refused.txt").write_text("9504020000000018\n9504020000000018 4\n")
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, f"{LIMITS}, refused_cards: refused.txt")
    assert "refused.txt, line 2: a response code" in str(caught.value)
    assert "9504020000000018" not in str(caught.value)
