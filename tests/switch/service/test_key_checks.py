"""What does not fit between keys and the rest of a network file, told at its place."""

import pytest

from switch.service.checks import load_switch_file
from switch.settings import SettingsError

FILE = """\
network: checked
institution: "504001"
keys: {test: true}
switch:
  listeners:
    terminals: {kind: terminals, port: 8583, groups: [gab], mac: {key: "tak.{terminal}"}}
    networks: {kind: network, port: 8585, pin: {key: zpk.networks}}
  links:
    issuer: {port: 8586, pin: {key: zpk.issuer}, mac: {key: mak.issuer}}
    second: {port: 8589, pin: {key: zpk.issuer}}
  destinations:
    both: {links: [issuer, second]}
  core: {port: 8587, pin: {key: zpk.core}}
  routes:
    - {name: all, to: both}
  groups:
    gab: {pin: {key: "tpk.{terminal}"}}
  terminals:
    - {id: GAB00001, group: gab}
"""


def told(tmp_path, old, new):
    assert old in FILE
    path = tmp_path / "network.yaml"
    path.write_text(FILE.replace(old, new))
    with pytest.raises(SettingsError) as refused:
        load_switch_file(str(path))
    return str(refused.value)


def test_the_file_of_these_tests_is_right(tmp_path):
    path = tmp_path / "network.yaml"
    path.write_text(FILE)
    assert load_switch_file(str(path)).keys.test


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("keys: {test: true}\n", "", "the file has no `keys`"),
        ("keys: {test: true}", "keys: {}", "give one of `file`, `module` and `test`"),
        ("{key: zpk.issuer}, mac", "{dukpt: bdk, serial: 48.23}, mac", "only PIN pads use DUKPT"),
        ("mak.issuer", '"mak.{terminal}"', "stands for a terminal, and none is here"),
        ("second: {port: 8589, pin: {key: zpk.issuer}}", "second: {port: 8589}", "under one key"),
        (
            'groups: [gab], mac: {key: "tak.{terminal}"}',
            'groups: [gab], pin: {key: "a"}',
            "as their groups say",
        ),
        ('mac: {key: "tak.{terminal}"}', 'mac: {key: "t.{terminal}", elements: [64]}', "itself"),
        ('mac: {key: "tak.{terminal}"}', "mac: {key: t, algorithm: cmac, padding: 2}", "CMAC"),
        ("pin: {key: zpk.core}", "pin: {}", "give one of `key` and `dukpt`"),
        ("pin: {key: zpk.core}", "pin: {key: a, serial: 48.23}", "go together"),
    ],
)
def test_what_does_not_fit_is_told_at_its_place(tmp_path, old, new, words):
    said = told(tmp_path, old, new)
    assert words in said
    assert "network.yaml:" in said


def test_a_dialect_without_room_for_a_mac_is_told(tmp_path):
    dialect = tmp_path / "narrow.yaml"
    dialect.write_text("title: t\nextends: gab87\nfields:\n  64: {name: m, kind: n, length: 4}\n")
    said = told(tmp_path, "port: 8583,", "port: 8583, dialect: narrow.yaml,")
    assert "no element 64 of 8 bytes" in said
