"""Card files: what an older program kept in clear is sealed, and cards are still found."""

from random import Random

import pytest
from sqlalchemy import insert, select

from simulator.hosts.tables import SCHEMA as ISSUER
from simulator.hosts.tables import accounts as issuer_accounts
from simulator.hosts.tables import cards as issuer_cards
from simulator.payment_core.tables import SCHEMA as CORE
from simulator.payment_core.tables import accounts as core_accounts
from simulator.payment_core.tables import cards as core_cards
from switch.keys.vault import Vault, VaultError, is_sealed
from switch.runtime import SeededEntropy
from switch.store import SqliteDatabase
from switch.store.migrating import migrate
from switch.store.sealed_cards import seal_cards, sealed_card

PAN = "9504010000000019"


def a_vault(seed=1):
    return Vault({"1": bytes([seed]) * 32}, bytes([seed]) * 32, SeededEntropy(Random(seed)))


@pytest.fixture(params=["core", "issuer"])
def older(request, tmp_path):
    """A file as it was before numbers were sealed, with a card in it, brought up to date."""
    schema, accounts, cards, more = {
        "core": (CORE, core_accounts, core_cards, {"currency": "504"}),
        "issuer": (ISSUER, issuer_accounts, issuer_cards, {}),
    }[request.param]
    database = SqliteDatabase(tmp_path / "books.db")
    migrate(database, schema)
    engine = database.engine()
    with engine.begin() as connection:
        account = {"id": 1, "code": "customer:1", "kind": "customer", "balance_minor": 0}
        connection.execute(insert(accounts).values(account | more))
        card = {"pan": PAN, "masked_pan": "950401******0019", "account_id": 1, "expiry": "3112"}
        connection.execute(insert(cards).values(card | {"status": "active"}))
    yield database, engine, cards
    engine.dispose()


def test_numbers_in_clear_are_sealed_once_and_leave_nothing_in_the_file(older):
    database, engine, cards = older
    vault = a_vault()
    for found in (1, 0):
        with engine.begin() as connection:
            assert seal_cards(connection, cards, vault) == found
    with engine.begin() as connection:
        row = connection.execute(
            select(cards).where(cards.c.card_key == vault.fingerprint(PAN))
        ).one()
        assert is_sealed(row.pan)
        assert vault.unseal(row.pan, row.card_key) == PAN
    engine.dispose()
    for file in database.path.parent.iterdir():
        assert PAN.encode() not in file.read_bytes(), file.name


def test_a_number_opens_for_its_own_row_and_vault_alone():
    kept = sealed_card(a_vault(), PAN)
    other = sealed_card(a_vault(), "9504010000000027")
    with pytest.raises(VaultError):
        a_vault().unseal(kept["pan"], other["card_key"])
    with pytest.raises(VaultError):
        a_vault(2).unseal(kept["pan"], kept["card_key"])
    assert sealed_card(a_vault(2), PAN)["card_key"] != kept["card_key"]
