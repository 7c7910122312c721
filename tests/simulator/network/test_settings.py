"""A network file is held against itself, its seeds and its dialects before anything starts."""

from datetime import UTC, datetime

import pytest

from simulator.network import load_network
from switch.certs import made_client, made_server
from switch.settings import SettingsError


class Clock:
    def now(self):
        return datetime.now(UTC)


def test_the_local_network_has_the_fixed_facts():
    loaded = load_network("local")
    section = loaded.settings.switch
    assert {name: each.port for name, each in section.listeners.items()} == {
        "terminals": 8583,
        "secure": 8584,
        "networks": 8585,
    }
    assert (section.links["issuer"].port, section.core.port, section.metrics_port) == (
        8586,
        8587,
        8588,
    )
    assert set(loaded.settings.gabs) == {"GAB00001", "GAB00002"}
    assert set(loaded.settings.counters) == {"AGC00001"}
    assert loaded.acceptor_of("LAB00099") == "AGENCE000000001"
    assert loaded.issuer_link == "issuer"
    assert loaded.core_seed.cards[0].pan.clear == "9504010000000019"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("to: core}", "to: cor}", "no link has this name [core]"),
        ("to: issuer}", "to: isuer}", "no link has this name [issuer]"),
        ("group: lab}", "group: lob}", "there is no group of this name [lab]"),
        ("id: GAB00002,", "id: GAB00001,", "terminal GAB00001 is there already"),
        (
            "id: GAB00002, group: gab}",
            "id: LAB00007, group: gab}",
            "terminal LAB00007 is there already",
        ),
        ("GAB00002: {timeout", "GAB0002: {timeout", "none of the terminals of the switch"),
        ("  AGC00001:\n    timeout", "  GAB00001:\n    timeout", "not both"),
        ("port: 8585", "port: 8583", "port 8583 is that of the listener 'terminals' already"),
        ("metrics_port: 8588", "metrics_port: 8587", "port 8587 is that of the metrics already"),
        ("core: {port: 8587", "core: {port: 8588", "the switch calls the core on port 8588"),
        ("issuer: {port: 8586", "issuer: {port: 8589", "no link of the switch dials this port"),
        (
            "  AGC00001:\n    timeout: 10s",
            "  AGC00001:\n    timeout: 6s",
            "6s is not longer than the 8s",
        ),
        ("dialect: gab87", "dialect: gab78", "unknown dialect"),
        ("framing: 2-byte-binary", "framing: 2-byte-binry", "unknown framing"),
        ("groups: [lab]", "groups: [lob]", "there is no group of this name [lab]"),
        ("[gab, counter]", "[gab]", "no listener of kind `terminals` takes the group 'counter'"),
        ("{made: switch}", "{made: switch, ca: a.pem}", "`made` stands in its place"),
        (
            'cards: ["950402"], processing: [withdrawal, balance, purchase, refund, '
            "pre_authorisation]",
            'cards: ["950401000"], processing: [withdrawal]',
            "never reached: 'our cards' above takes all of it",
        ),
        (
            'name: our cards, cards: ["950401"]',
            'name: our cards, card: absent, cards: ["950401"]',
            "nothing fits: the route wants cards of a range and no card",
        ),
        ("seed: seed/local-core.yaml", "seed: seed/nowhere.yaml", "there is no file"),
        ('bank_code: "999"', 'bank_code: "998"', "a RIB of this bank begins with 998"),
        ("  links:\n    issuer:", "  links:\n    core:", "name it otherwise"),
    ],
)
def test_what_does_not_fit_is_told(network_file, old, new, message):
    network_file.change(old, new)
    assert any(message in told for told in network_file.problems())


def with_files(network_file, folder):
    """The same network with TLS by files instead of certificates that are made."""
    certs = made_server(folder, Clock(), "switch", [])
    made_client(folder, Clock(), "terminals")
    for name in ("switch", "terminals"):
        certificate, key = certs.files(name)
        files = f"certificate: {certificate}, key: {key}, ca: {certs.authority}"
        yield f"{{{files}, crl: {certs.revocations}}}"


def test_terminals_that_dial_a_port_with_files_have_files_of_their_own(network_file, tmp_path):
    switch, terminals = with_files(network_file, tmp_path / "certs")
    network_file.change("{made: switch}", switch)
    told = "the port 'secure' has TLS: say with which files in `terminals_tls`"
    assert [told in each for each in network_file.problems()] == [True] * 3
    network_file.change("gabs: #", f"terminals_tls: {terminals}\ngabs: #")
    assert load_network(network_file.path).settings.terminals_tls.made is None


def test_a_file_of_the_terminals_that_cannot_be_used_is_told(network_file):
    network_file.change("gabs: #", "terminals_tls: {ca: nothing.pem}\ngabs: #")
    (told,) = network_file.problems()
    assert "nothing.pem cannot be read: No such file" in told


def test_a_problem_points_at_its_line(network_file):
    network_file.change("to: issuer}", "to: isuer}")
    line = network_file.line_of("to: isuer}")
    assert network_file.problems() == [f"{line}: no link has this name [issuer]"]


def test_everything_wrong_is_told_at_once_seeds_included(network_file):
    network_file.change("to: issuer}", "to: isuer}")
    network_file.change("group: lab}", "group: lob}")
    seed = network_file.path.parent / "seed" / "local-issuer.yaml"
    seed.write_text(seed.read_text().replace('account: "0018"', 'account: "0019"'))
    told = " ".join(network_file.problems())
    assert "no link has this name" in told
    assert "no group of this name" in told
    assert "no account 0019" in told


def test_a_card_number_in_a_seed_is_masked_in_its_problem(network_file):
    seed = network_file.path.parent / "seed" / "local-issuer.yaml"
    seed.write_text(seed.read_text().replace('account: "0018"', 'account: "0019"'))
    with pytest.raises(SettingsError) as raised:
        load_network(network_file.path)
    assert "9504020000000018" not in str(raised.value)
    assert "950402******0018" in str(raised.value)


def test_a_dialect_may_be_a_file_beside_the_network(network_file):
    mine = network_file.path.parent / "mine-dialect.yaml"
    mine.write_text("title: Mine\nextends: gab87\nfields: {}\n")
    network_file.change("dialect: gab87", "dialect: mine-dialect.yaml")
    listener = load_network(network_file.path).settings.switch.listeners["terminals"]
    assert listener.dialect == str(mine)


def test_a_network_without_issuer_core_or_terminals_of_ours_is_one(network_file):
    text = network_file.path.read_text()
    network_file.path.write_text(text[: text.index("\ncore:\n")])
    loaded = load_network(network_file.path)
    assert (loaded.core_seed, loaded.issuer_seed, loaded.issuer_link) == (None, None, None)


def test_ports_move_together():
    moved = load_network("local").moved_to(9583).settings
    section = moved.switch
    assert [each.port for each in section.listeners.values()] == [9583, 9584, 9585]
    assert (section.links["issuer"].port, moved.issuer.port) == (9586, 9586)
    assert (section.core.port, moved.core.port, section.metrics_port) == (9587, 9587, 9588)


def test_a_host_elsewhere_keeps_its_port(network_file):
    text = network_file.path.read_text()
    network_file.path.write_text(text[: text.index("\ncore:\n")])
    network_file.change("issuer: {port: 8586", "issuer: {host: 192.0.2.7, port: 8586")
    section = load_network(network_file.path).moved_to(9583).settings.switch
    assert section.links["issuer"].port == 8586


def test_a_port_beyond_the_last_is_refused():
    with pytest.raises(ValueError, match="port 8588 would become 65536"):
        load_network("local").moved_to(65531)
