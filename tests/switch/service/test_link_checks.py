"""What must hold between the links of a switch and the rest of its file."""

import pytest

from switch.service.checks import load_switch_file
from switch.settings import SettingsError

FILE = """\
network: bank
institution: "00504001"
switch:
  listeners:
    terminals: {kind: terminals, port: 7001}
    network: {kind: network, port: 7002, acquirers: ["504777"]}
  links:
    one: {port: 7003, requests: network, acquirers: ["504778"]}
    two: {role: listen, port: 7004}
  destinations:
    both: {links: [one, two], policy: weighted, weights: {one: 3, two: 1}}
  metrics_port: 7005
  routes:
    - {name: all, to: both}
  groups: {}
"""


def load(tmp_path, old="", new=""):
    assert old in FILE
    path = tmp_path / "bank.yaml"
    path.write_text(FILE.replace(old, new, 1))
    return load_switch_file(str(path))


def test_a_route_may_lead_to_several_links(tmp_path):
    assert load(tmp_path).switch.destinations["both"].weights == {"one": 3, "two": 1}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "links: [one, two], policy: weighted, weights: {one: 3, two: 1}",
            "links: [one, tow]",
            "11:25: no link has this name, did you mean 'two'",
        ),
        ("both: {", "one: {", "11:5: a link has this name"),
        ("both: {", "core: {", "11:5: `core` is the payment core"),
        ("    two: {", "    network: {", "9:5: a listener has this name"),
        ("7004", "7001", "9:31: port 7001 is that of the listener 'terminals' already"),
        ("7004", "7005", "9:31: port 7005 is that of the metrics already"),
        ('"504777"', '"504777", "504001"', "6:64: this is our own institution"),
        ('"504778"', '"00000504001"', "8:54: this is our own institution"),
        (
            "port: 7004",
            "port: 7004, tls: {certificate: no.pem, key: no.key}",
            "no.pem cannot be read: No such file",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(tmp_path, old, new, said):
    with pytest.raises(SettingsError) as raised:
        load(tmp_path, old, new)
    assert said in "\n".join(each.render() for each in raised.value.problems)
