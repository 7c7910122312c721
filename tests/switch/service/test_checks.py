"""The switch's own part of a network file is checked without the rest of it."""

import pytest

from switch.service.checks import base_port, load_switch_file, shift_ports
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
  routes:
    - {name: ours, cards: ["9504"], to: host}
    - {name: near ones, cards: ["9505"], to: near}
  groups:
    gab: {channel: gab}
  terminals:
    - {id: GAB00001, group: gab}
bank_section: {of: no, business: here}
"""


def load(tmp_path, text=FILE):
    path = tmp_path / "bank.yaml"
    path.write_text(text)
    return load_switch_file(str(path))


def test_sections_that_are_not_the_switchs_are_left_unread(tmp_path):
    assert load(tmp_path).network == "bank"


def test_the_shipped_network_is_found_by_its_name():
    assert load_switch_file("local").switch.metrics_port == 8588


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("to: near", "to: nere", "no link has this name, did you mean 'near'"),
        ("to: near", "to: core", "the switch has no `core`"),
        ("group: gab}", "group: gba}", "did you mean 'gab'"),
        ("kind: terminals", "kind: network", "no listener is of kind `terminals`"),
        ("kind: terminals,", "kind: terminals, groups: [gba],", "did you mean 'gab'"),
        (
            "kind: terminals,",
            "kind: network, groups: [gab],",
            "only a listener of kind `terminals` knows groups",
        ),
        ('cards: ["9505"]', 'cards: ["95041", "95042"]', "never reached: 'ours'"),
        ("port: 7003}", "port: 7003, dialect: nowhere}", "unknown dialect"),
    ],
)
def test_what_does_not_fit_is_told(tmp_path, old, new, message):
    with pytest.raises(SettingsError, match=message):
        load(tmp_path, FILE.replace(old, new))


@pytest.mark.parametrize(
    "later",
    [
        '{name: near ones, cards: ["9505"], to: near}',
        "{name: all cards, card: required, to: near}",
        "{name: no card, card: absent, to: near}",
        '{name: shorter, cards: ["950"], to: near}',
    ],
)
def test_a_route_that_takes_what_is_left_is_fine(tmp_path, later):
    load(tmp_path, FILE.replace('{name: near ones, cards: ["9505"], to: near}', later))


@pytest.mark.parametrize(
    ("earlier", "later", "reached"),
    [
        ("processing: [balance]", "processing: [balance, withdrawal]", True),
        ("processing: [balance, withdrawal]", "processing: [balance]", False),
        ("processing: [balance]", 'cards: ["9505"]', True),
        ("card: required", 'cards: ["9505"]', False),
        ("card: absent", 'cards: ["9505"]', True),
        ("card: required", "card: any", True),
        ("card: any", "card: absent", False),
    ],
)
def test_a_route_behind_one_that_takes_everything_of_it_is_a_mistake(
    tmp_path, earlier, later, reached
):
    text = FILE.replace('cards: ["9504"]', earlier).replace('cards: ["9505"]', later)
    if reached:
        load(tmp_path, text)
    else:
        with pytest.raises(SettingsError, match="never reached: 'ours' above takes all of it"):
            load(tmp_path, text)


def test_a_series_without_end_is_no_traceback(tmp_path):
    with pytest.raises(SettingsError, match="is not a numbered series"):
        load(tmp_path, FILE.replace("id: GAB00001,", "id: GAB00001, to: LAB00009,"))


def test_ports_of_this_machine_move_and_those_elsewhere_do_not(tmp_path):
    section = load(tmp_path).switch
    v6 = section.links["near"].model_copy(update={"host": "::1"})
    section = section.model_copy(update={"links": {**section.links, "v6": v6}})
    moved = shift_ports(section, 8000 - base_port(section))
    assert moved.listeners["terminals"].port == 8000
    assert {name: link.port for name, link in moved.links.items()} == {
        "host": 7002,
        "near": 8002,
        "v6": 8002,
    }


def test_a_port_that_the_system_chooses_stays_its_choice(tmp_path):
    section = load(tmp_path, FILE.replace("port: 7001", "port: 0")).switch
    assert shift_ports(section, 100).listeners["terminals"].port == 0


def test_a_tolerance_that_there_is_not_is_told_with_its_place_and_the_near_one(tmp_path):
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, FILE.replace("port: 7001", "port: 7001, tolerate: [impossible-date]"))
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (5, 57)
    assert problem.message.startswith("unknown tolerance (known: trailing-bytes")
    assert problem.suggestion == "impossible-dates"


def test_rules_and_tolerances_are_read_for_a_link(tmp_path):
    text = FILE.replace("port: 7003", "port: 7003, rules: refuse, tolerate: [any-pad]")
    near = load(tmp_path, text).switch.links["near"]
    assert (near.rules, near.tolerate) == ("refuse", ("any-pad",))
    with pytest.raises(SettingsError, match="rules"):
        load(tmp_path, FILE.replace("port: 7003", "port: 7003, rules: severe"))
