"""Card files: numbers that a party keeps sealed, and finds by a keyed hash.

A table of cards has the columns `card_key`, the hash, and `pan`, the number sealed for that hash.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table, select, update

from switch.keys.vault import Vault


def sealed_card(vault: Vault, pan: str) -> dict[str, str]:
    """What a table of cards keeps of a number, by column."""
    key = vault.fingerprint(pan)
    return {"card_key": key, "pan": vault.seal(pan, key)}


def seal_cards(connection: Connection, cards: Table, vault: Vault) -> int:
    """Seal what an older program kept in clear; how many there were."""
    clear = connection.execute(select(cards.c.id, cards.c.pan).where(cards.c.card_key.is_(None)))
    found = clear.all()
    for row in found:
        kept = sealed_card(vault, row.pan)
        connection.execute(update(cards).where(cards.c.id == row.id).values(kept))
    return len(found)
