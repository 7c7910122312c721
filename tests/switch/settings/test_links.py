"""What a network file may say of links, and what fits together in it."""

import pytest

from switch.settings import SettingsError, parse
from switch.settings.links import DestinationSettings, LinkSettings, ListenerSettings


def complaints(model, text):
    with pytest.raises(SettingsError) as raised:
        parse(text, "f.yaml", model)
    return [f"{each.line}:{each.column} {each.message}" for each in raised.value.problems]


def link(text):
    return parse(text, "f.yaml", LinkSettings)


def test_a_link_that_says_nothing_dials_and_signs_on():
    plain = link("port: 8586")
    assert (plain.role, plain.who_signs_on, plain.rate_max) == ("dial", "ours", 100)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("{port: 1, role: listen}", "theirs"),
        ("{port: 1, role: listen, sign_on: ours}", "ours"),
        ("{port: 1, sign_on: theirs}", "theirs"),
        ("{port: 1, sign_on: none}", "none"),
    ],
)
def test_who_signs_on_is_the_side_that_dials_unless_it_is_said(text, who):
    assert link(text).who_signs_on == who


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{port: 1, interface: 0.0.0.0}", "interface: only for `role: listen`; this link dials"),
        ("{port: 1, lines_max: 2}", "lines_max: only for `role: listen`"),
        ("{port: 1, allow: [10.0.0.1]}", "allow: only for `role: listen`"),
        ("{port: 1, proxied_by: [10.0.0.1]}", "proxied_by: only for `role: listen`"),
        ("{port: 1, role: listen, host: 10.0.0.1}", "host: only for `role: dial`"),
        ("{port: 1, role: listen, connect_timeout: 1s}", "connect_timeout: only for `role: dial`"),
        ("{port: 1, matching: ['7', '2', '11']}", "expected one of 3, 4, 7"),
        ("{port: 1, matching: ['7']}", "without 11, the trace number"),
        ("{port: 1, acquirers: ['504777']}", "only where the requests of another network come in"),
        ("{port: 1, unknown_terminal: close}", "only where terminals send requests"),
        ("{port: 1, requests: terminals, unknown_terminal: clse}", "[0-9A-Z]{2}|ignore|close"),
        (
            "{port: 1, rules: ignore, wrong_echo: close}",
            "wrong_echo: `rules: ignore` does not look",
        ),
        ("{port: 1, tls: {}}", "a line that we dial needs `ca`"),
        ("{port: 1, role: listen, tls: {}}", "a port with TLS needs a `certificate`"),
        ("{port: 1, tls: {ca: a.pem, key: k.pem}}", "it goes with a `certificate`"),
        ("{port: 1, allow: [10.0.0.1/8], role: listen}", "expected an address such as 10.1.2.3"),
        ("{port: 1, rate_max: 0}", "expected at least 1, found '0'"),
        ("{port: 1, echoes_lost_max: 0}", "expected at least 1, found '0'"),
    ],
)
def test_what_does_not_fit_a_link_is_told(text, said):
    told = "; ".join(complaints(LinkSettings, text))
    what, _, words = said.partition(": ") if said.split(":")[0].isidentifier() else ("", "", said)
    assert words in told
    if what:
        assert told.startswith(f"1:{text.index(what) + 1} ")


def test_acquirers_are_those_of_a_network_not_of_terminals():
    told = complaints(ListenerSettings, "{kind: terminals, port: 1, acquirers: ['504777']}")
    assert told == ["1:28 only where the requests of another network come in"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("links: [a, b, a]", "1:15 this link is there already"),
        ("links: []", "1:8"),
        ("{links: [a], weights: {a: 1}}", "only for `policy: weighted`"),
        ("{links: [a, b], policy: weighted, weights: {a: 1}}", "b has no weight"),
        ("{links: [a], policy: weighted, weights: {a: 1, c: 2}}", "this is none of the links"),
        ("{links: [a], policy: weighted, weights: {a: 0}}", "expected at least 1, found '0'"),
    ],
)
def test_what_does_not_fit_a_destination_is_told(text, said):
    assert said in "; ".join(complaints(DestinationSettings, text))
