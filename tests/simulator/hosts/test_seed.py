"""The issuer's seed: the fixed facts of the local network, and errors in their places."""

import pytest

from simulator.hosts.settings import IssuerSeed, IssuerSettings
from switch.settings import SettingsError, config_folder, load, parse


def test_the_local_network_has_its_cards():
    seed = load(config_folder() / "seed" / "local-issuer.yaml", IssuerSeed)
    balances = {account.id: account.balance for account in seed.accounts}
    assert {card.pan.clear: balances[card.account] for card in seed.cards} == {
        "9504020000000018": 500_000,
        "9504020000000026": 8_000,
        "9504020000000075": 100_000,
    }


def refused(text: str) -> str:
    with pytest.raises(SettingsError) as wrong:
        parse(text, "issuer.yaml", IssuerSeed)
    return str(wrong.value)


ACCOUNT = 'accounts:\n  - {id: "1", holder: customer 1}\n'


def test_a_card_of_no_account_is_an_error_in_its_place():
    text = ACCOUNT + 'cards:\n  - {pan: "9504020000000018", account: "2", expiry: "3112"}\n'
    assert refused(text).startswith("issuer.yaml:4:")


def test_a_card_twice_is_an_error():
    card = '  - {pan: "9504020000000018", account: "1", expiry: "3112"}\n'
    assert "this card is there twice" in refused(ACCOUNT + "cards:\n" + card + card)


def test_a_wrong_check_digit_is_told_with_the_card_masked():
    text = ACCOUNT + 'cards:\n  - {pan: "9504020000000017", account: "1", expiry: "3112"}\n'
    assert "the check digit of 950402******0017 is wrong" in refused(text)


def test_a_thirteenth_month_is_an_error():
    text = ACCOUNT + 'cards:\n  - {pan: "9504020000000018", account: "1", expiry: "3113"}\n'
    assert "no month 13" in refused(text)


def test_a_section_of_a_network_names_its_port_and_seed():
    section = "port: 8586\ndialect: gab87\nframing: 2-byte-binary\nseed: seed/local-issuer.yaml\n"
    settings = parse(section, "network.yaml", IssuerSettings)
    assert (settings.port, settings.seed) == (8586, "seed/local-issuer.yaml")
